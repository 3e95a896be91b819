"""A Docker engine of the test's own, inside a network namespace: `network_mode: host` is that one.

It has its own data, socket and containerd, so that an engine of this machine is not touched; that
one, if there is any, builds the images and hands them over.
"""

import json
import os
import pathlib
import shutil
import subprocess
import time

from support import processes
from support.waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
IMAGES = ("earshot-capture", "earshot-assemble", "earshot-ship", "earshot-demo")


def compose_command():
    """docker-compose or docker compose, whichever is here; None without."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    done = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return ["docker", "compose"] if done.returncode == 0 else None


def missing():
    """Why no engine can be started and filled here, or None."""
    if os.geteuid() != 0:
        return "a Docker engine needs root"
    for tool in ("docker", "dockerd", "iptables"):
        if not shutil.which(tool):
            return f"{tool} is not installed (scripts/install-packages.sh deploy)"
    if compose_command() is None:
        return "neither docker-compose nor docker compose is here"
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode != 0:
        return "no Docker engine runs here to build the images with"
    return None


def build_images(folder, executables=None):
    """Builds the four images with the machine's engine; from executables if given. Returns seconds.
    """
    context = pathlib.Path(folder) / "context"
    shutil.copytree(ROOT, context, symlinks=True,
                    ignore=shutil.ignore_patterns(".build", ".git", "__pycache__", "demo-*"))
    extra = []
    if executables:
        prebuilt = context / "deploy" / "prebuilt"
        prebuilt.mkdir()
        for name in ("earshot", "earshot-capture", "earshot-assemble", "earshot-ship"):
            shutil.copy2(executables / name, prebuilt / name)
        extra = ["--build-arg", "EXECUTABLES=deploy/prebuilt"]
    begin = time.monotonic()
    for image in IMAGES:
        role = image.removeprefix("earshot-")
        files = (["-f", "deploy/demo/Dockerfile"] if role == "demo"
                 else ["-f", "deploy/Dockerfile", "--target", role, *extra])
        done = processes.run(["docker", "build", "-q", "--network=host", *files, "-t", image, "."],
                             seconds=3000, directory=context,
                             environment={"DOCKER_BUILDKIT": os.environ.get("DOCKER_BUILDKIT", "0")})
        assert done.code == 0, str(done)
    shutil.rmtree(context)
    return time.monotonic() - begin


def sizes():
    """Bytes of each image."""
    done = processes.run(["docker", "image", "inspect", *IMAGES])
    return {image["RepoTags"][0].partition(":")[0]: image["Size"]
            for image in json.loads(done.stdout)}


class Engine:
    """The engine, up inside its `with`."""

    def __init__(self, folder, namespace):
        self.folder = pathlib.Path(folder)
        self.namespace = namespace
        self.host = f"unix://{self.folder}/docker.sock"
        self.process = None

    def __enter__(self):
        # Not ip netns exec: it mounts /sys anew, without the control groups the engine needs.
        self.process = processes.Process(
            ["nsenter", f"--net=/run/netns/{self.namespace}", "dockerd", "--data-root", self.folder / "data", "--exec-root", self.folder / "exec",
             "--pidfile", self.folder / "pid", "-H", self.host, "--bridge=none",
             "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
             "--exec-opt", "native.cgroupdriver=cgroupfs"],
            self.folder, name="dockerd")

        def is_up():
            self.process.check_running()
            return self.docker("info", code=None).code == 0

        wait_until(is_up, 60, self.process.tail, 0.3)
        return self

    def __exit__(self, *_):
        names = self.docker("ps", "-aq", code=None).stdout.split()
        if names:
            self.docker("rm", "-f", *names, code=None)
        if self.process.is_running:
            self.process.popen.terminate()
            self.process.wait(30)
        # The engine leaves its namespace's handle mounted.
        subprocess.run(["umount", self.folder / "exec" / "netns" / "default"],
                       capture_output=True, check=False)

    def docker(self, *arguments, code=0, seconds=120):
        """Runs docker against this engine."""
        done = processes.run(["docker", "-H", self.host, *arguments], seconds=seconds)
        assert code is None or done.code == code, str(done)
        return done

    def load_images(self):
        """Takes the images over from the machine's engine."""
        with subprocess.Popen(["docker", "save", *IMAGES], stdout=subprocess.PIPE) as saving:
            subprocess.run(["docker", "-H", self.host, "load", "-q"], stdin=saving.stdout,
                           stdout=subprocess.DEVNULL, check=True, timeout=300)

    def inspect(self, name):
        """What the engine knows of a container."""
        return json.loads(self.docker("inspect", name).stdout)[0]


class Project:
    """A folder with a compose file, and compose in it."""

    def __init__(self, engine, folder, compose_file="docker-compose.yml", environment=None):
        self.engine = engine
        self.folder = pathlib.Path(folder)
        self.compose_file = compose_file
        self.environment = dict({"DOCKER_HOST": engine.host}, **(environment or {}))

    def compose(self, *arguments, code=0, seconds=180):
        """Runs compose in the folder, as a person would there."""
        done = processes.run(
            [*compose_command(), "-f", self.compose_file, *arguments], seconds=seconds,
            directory=self.folder, environment=self.environment)
        assert code is None or done.code == code, str(done)
        return done

    def container(self, service):
        """The id of a service's container."""
        return self.compose("ps", "-q", service).stdout.strip()

    def state(self, service):
        """The engine's word on a service's container."""
        return self.engine.inspect(self.container(service))["State"]

    def wait_healthy(self, *services, seconds=90):
        """Waits until the health checks of services say so."""
        def is_healthy():
            return all(self.state(service).get("Health", {}).get("Status") == "healthy"
                       for service in services)

        wait_until(is_healthy, seconds, lambda: self.compose("logs", "--tail=40", code=None), 0.5)
