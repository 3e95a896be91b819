"""The pod of the rendered DaemonSet, run by podman: no cluster, the rest is real."""

import os
import pathlib
import shutil
import subprocess
import tarfile

from support.case import binaries

USER = 10001
# What a small machine or a container lets podman do.
CONFIGURATION = """
[containers]
default_ulimits = ["nofile=8192:8192", "nproc=8192:8192"]
cgroupns = "host"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def missing():
    """Why no pod can run here, or None."""
    if os.geteuid() != 0:
        return "pods with the host's network need root"
    for tool in ("podman", "setcap"):
        if not shutil.which(tool):
            return f"{tool} is not installed (apt-get install podman libcap2-bin)"
    return None if (binaries() / "earshot-ship").exists() else "nothing is built"


class Podman:
    """podman with its own storage in a folder, in a network namespace; gone after the `with`."""

    def __init__(self, directory, namespace):
        self.directory = pathlib.Path(directory)
        self.namespace = namespace
        self.pods = []
        (self.directory / "containers.conf").write_text(CONFIGURATION)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for file in self.pods:
            self.run("kube", "down", file, check=False)
        self.run("rmi", "--all", "--force", check=False)
        self.run("system", "reset", "--force", check=False)

    def run(self, *words, check=True, seconds=100):
        """Runs podman; gives its output."""
        # Not `ip netns exec`: it hides /sys/fs/cgroup.
        command = ["nsenter", f"--net=/run/netns/{self.namespace}", "podman",
                   "--root", self.directory / "storage", "--runroot", self.directory / "run",
                   "--storage-driver", "vfs", *words]
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=seconds,
            check=False, env=dict(
                os.environ, CONTAINERS_CONF=str(self.directory / "containers.conf"),
                TMPDIR=str(self.directory)))
        assert not check or done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stderr}"
        return done.stdout

    def make_image(self, name):
        """An image of the executables, the libraries they are linked to, and a shell; capture's
        file has its capability, as deploy/Dockerfile gives it."""
        tree = self.directory / "image"
        programs = tree / "usr" / "bin"
        programs.mkdir(parents=True)
        for link in ("bin", "lib", "lib64", "sbin"):
            (tree / link).symlink_to(f"usr/{link}")
        (tree / "etc").mkdir()
        (tree / "tmp").mkdir()
        (tree / "etc" / "passwd").write_text(f"root:x:0:0::/:/bin/sh\nearshot:x:{USER}:{USER}::/:\n")
        names = ["earshot", "earshot-capture", "earshot-assemble", "earshot-ship"]
        for program in names:
            subprocess.run(["strip", "-o", programs / program, binaries() / program], check=True)
        files = [programs / program for program in names]
        for tool in ("sh", "stat", "chown", "chmod"):
            shutil.copy2(shutil.which(tool), programs / tool)
            files.append(programs / tool)
        for library in self.libraries(files):
            place = tree / "usr" / library.lstrip("/").removeprefix("usr/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.path.realpath(library), place)
        subprocess.run(["setcap", "cap_net_raw+ep", programs / "earshot-capture"], check=True)
        archive = self.directory / "image.tar"
        subprocess.run(["tar", "--xattrs", "--xattrs-include=security.capability", "-C", tree,
                        "-cf", archive, "."], check=True)
        assert tarfile.is_tarfile(archive)
        self.run("import", "--change", "ENV=EARSHOT_SPOOL=/spool", "--change",
                 "ENV=PATH=/usr/bin", archive, name, seconds=300)
        shutil.rmtree(tree)
        archive.unlink()

    @staticmethod
    def libraries(files):
        """What the loader wants for these files."""
        found = set()
        for file in files:
            text = subprocess.run(["ldd", file], capture_output=True, text=True,
                                  check=False).stdout
            for word in text.split():
                if word.startswith("/"):
                    found.add(word)
        return sorted(found)

    def play(self, rendered, image):
        """Runs the pod of a rendered DaemonSet with its ConfigMap; gives the containers' names.

        A DaemonSet is no kind that podman 4 plays; ports on the host's network it takes for
        mappings, and its probes want curl in the image: the test asks /healthz itself.
        """
        import yaml
        template = rendered["daemonset.yaml"][0]["spec"]["template"]
        spec = template["spec"]
        for container in spec["containers"] + spec.get("initContainers", []):
            container["image"] = image
            container["imagePullPolicy"] = "Never"
            for key in ("ports", "startupProbe", "livenessProbe", "readinessProbe"):
                container.pop(key, None)
            for variable in container.get("env", []):
                if "valueFrom" in variable:
                    variable.pop("valueFrom")
                    variable["value"] = "node-1"
            container["args"] = [
                word.replace("$(NODE_NAME)", "node-1") for word in container["args"]]
        spec.pop("dnsPolicy", None)
        for volume in spec["volumes"]:
            if "emptyDir" in volume:
                volume["emptyDir"] = {}
        pod = {"apiVersion": "v1", "kind": "Pod", "spec": spec,
               "metadata": {"name": "sniffer", "labels": template["metadata"]["labels"],
                            # Else podman 4.3 wants to remove it while it ends.
                            "annotations": {"io.podman.annotations.init.container.type": "always"}}}
        file = self.directory / "pod.yaml"
        file.write_text(yaml.safe_dump_all(rendered["configmap.yaml"] + [pod]))
        self.pods.append(file)
        self.run("kube", "play", file)
        return [f"sniffer-{container['name']}" for container in spec["containers"]]

    def logs(self, container):
        done = self.run("logs", container, check=False)
        return done[-3000:]

