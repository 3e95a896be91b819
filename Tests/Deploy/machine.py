"""A booted Debian 12 with systemd as process 1, in a container that shares a network namespace."""

import os
import pathlib
import shutil
import signal
import subprocess

from support import processes
from support.waiting import wait_until

BASE = pathlib.Path(os.environ.get("EARSHOT_MACHINE_ROOT", "/var/cache/earshot-tests/bookworm"))
PACKAGES = ("systemd", "systemd-sysv", "dbus", "procps", "iproute2")


def missing():
    """Why no machine can be booted here, or None."""
    if os.geteuid() != 0:
        return "booting a machine needs root"
    if not shutil.which("systemd-nspawn"):
        return "systemd-nspawn is not installed (scripts/install-packages.sh deploy)"
    if not (BASE / "sbin" / "init").exists() and not shutil.which("debootstrap"):
        return "debootstrap is not installed (scripts/install-packages.sh deploy)"
    return None


def make_base():
    """A Debian to copy from, made once."""
    if (BASE / "sbin" / "init").exists():
        return
    shutil.rmtree(BASE, ignore_errors=True)
    BASE.parent.mkdir(parents=True, exist_ok=True)
    draft = BASE.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    sources = pathlib.Path("/etc/apt/sources.list.d/debian.sources")
    mirror = []
    if sources.exists():
        mirror = [line.split()[1] for line in sources.read_text().splitlines()
                  if line.startswith("URIs:")][:1]
    done = processes.run(["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}",
                          "bookworm", draft, *mirror], seconds=900)
    assert done.code == 0, str(done)
    if sources.exists():
        (draft / "etc/apt/sources.list").unlink(missing_ok=True)
        shutil.copy2(sources, draft / "etc/apt/sources.list.d/debian.sources")
    for extra in pathlib.Path("/etc/apt/apt.conf.d").glob("99*"):
        shutil.copy2(extra, draft / "etc/apt/apt.conf.d")
    (draft / "etc/hostname").write_text("earshot-test\n")
    (draft / "etc/resolv.conf").write_text("")
    draft.rename(BASE)


class Machine:
    """One machine; `install` before `boot`."""

    def __init__(self, root, namespace):
        self.root = pathlib.Path(root)
        self.namespace = namespace
        self.process = None
        self.leader = None
        subprocess.run(["cp", "-a", "--reflink=auto", str(BASE), str(self.root)], check=True)

    def chroot(self, *command, seconds=300):
        """Runs a command in the machine's files, with this host's network: for packages."""
        for name in ("resolv.conf", "hosts"):
            shutil.copy2(f"/etc/{name}", self.root / "etc" / name, follow_symlinks=True)
        done = processes.run(["chroot", self.root, *command], seconds=seconds,
                             environment={"DEBIAN_FRONTEND": "noninteractive"})
        assert done.code == 0, str(done)
        return done

    def boot(self):
        """Boots, and waits until everything that shall run does."""
        self.process = processes.Process(
            ["systemd-nspawn", "--register=no", "--keep-unit",
             f"--network-namespace-path=/run/netns/{self.namespace}", "-D", self.root, "--boot"],
            self.root.parent, name="machine")
        wait_until(self._find_leader, 30, self.process.tail, 0.2)
        wait_until(lambda: self.run("systemctl", "is-system-running", code=None).stdout.strip()
                   in ("running", "degraded"), 90, self._state, 0.3)

    def _find_leader(self):
        self.process.check_running()
        children = subprocess.run(["pgrep", "-P", str(self.process.popen.pid)],
                                  capture_output=True, text=True, check=False).stdout.split()
        for child in children:
            command = pathlib.Path(f"/proc/{child}/cmdline").read_bytes()
            if b"systemd-nspawn" not in command and b"systemd" in command or b"/init" in command:
                self.leader = int(child)
                return True
        return False

    def _state(self):
        return self.run("systemctl", "--no-pager", "list-jobs", code=None).stdout

    def run(self, *command, code=0, seconds=60):
        """Runs a command inside."""
        done = processes.run(["nsenter", "-t", self.leader, "-a", *command], seconds=seconds)
        assert code is None or done.code == code, str(done)
        return done

    def show(self, unit, name):
        """A property of a unit."""
        return self.run("systemctl", "show", unit, "-p", name, "--value").stdout.strip()

    def journal(self, unit):
        """The end of a unit's log."""
        return self.run("journalctl", "--no-pager", "-n", "40", "-u", unit, code=None).stdout

    def power_off(self):
        """SIGRTMIN+4 is how systemd is told; returns when the machine is down."""
        if self.process is None or not self.process.is_running:
            return
        os.kill(self.leader, signal.SIGRTMIN + 4)
        self.process.wait(60)
