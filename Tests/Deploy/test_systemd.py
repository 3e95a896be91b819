"""The package under a real systemd: readiness, kill -9, watchdog, reboot, removal."""

import os
import pathlib
import shutil
import sys
import tempfile
import textwrap

import machine as machines
from heavy import GUIDE_ENV, load_tests  # noqa: F401, unittest calls load_tests
from support import namespaces, processes
from support.calls import problems
from support.case import ROOT, EndToEndCase, binaries
from support.records import parse
from support.waiting import wait_until

DEPLOY = ROOT / "deploy"
COUNT = int(os.environ.get("EARSHOT_DEPLOY_REQUESTS") or 20_000) // 5
SERVICES = ("earshot-capture", "earshot-assemble", "earshot-ship")
MOST = {"earshot-capture": 3.0, "earshot-assemble": 2.0, "earshot-ship": 3.0}


class SystemdTest(EndToEndCase):
    """One machine in the listener's namespace for all steps."""

    time_limit = 900

    def setUp(self):
        super().setUp()
        self.need(machines.missing() or namespaces.missing())
        machines.make_base()
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="earshot-machine-", dir="/var/tmp"))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.net = namespaces.Namespaces()
        self.net.__enter__()
        self.addCleanup(self.net.__exit__)
        self.net.add_vx0()
        self.machine = machines.Machine(self.base / "root", self.net.listener)
        self.addCleanup(self.machine.power_off)

    def install_package(self):
        """The .deb, as apt installs it."""
        done = processes.run([DEPLOY / "make-deb.sh", "--from", binaries(), "--out", self.base],
                             seconds=300)
        self.assertEqual(done.code, 0, str(done))
        package = next(self.base.glob("*.deb"))
        shutil.copy2(package, self.machine.root / "earshot.deb")
        self.machine.chroot("apt-get", "-q", "update")
        self.machine.chroot("apt-get", "-q", "install", "-y", "--no-install-recommends",
                            "/earshot.deb")
        (self.machine.root / "etc/earshot/earshot.env").write_text(textwrap.dedent(GUIDE_ENV))

    def start_receiver(self):
        out = self.directory / "received.ndjson"
        receiver = self.start_tool(sys.executable, DEPLOY / "demo" / "receiver.py", "--out", out,
                                   namespace=self.net.listener, name="receiver")
        wait_until(lambda: self.get(4002, "/count", self.net.listener)[0] == 200, 10, receiver.tail)
        return out

    def received(self):
        status, text = self.get(4002, "/count", self.net.listener)
        return int(text) if status == 200 else 0

    def wait_received(self, count, seconds=120):
        wait_until(lambda: self.received() >= count, seconds, lambda: (
            f"{self.received()} of {count}\n"
            + "".join(self.machine.journal(name) for name in SERVICES)), 0.3)

    def wait_ready(self, *services, seconds=60):
        """Waits until systemd has heard READY=1 and the status is the process's own word for it."""
        def is_ready():
            return all(self.machine.show(name, "ActiveState") == "active"
                       and self.machine.show(name, "StatusText") == "ready" for name in services)

        wait_until(is_ready, seconds,
                   lambda: "".join(self.machine.journal(name) for name in services), 0.3)

    def pid(self, service):
        return int(self.machine.show(service, "MainPID"))

    def restart_by(self, service, kill, seconds):
        """Does something to a service's process; systemd starts it anew."""
        before = int(self.machine.show(service, "NRestarts"))
        self.machine.run("kill", kill, str(self.pid(service)))
        wait_until(lambda: int(self.machine.show(service, "NRestarts")) > before, seconds,
                   lambda: self.machine.journal(service), 0.3)
        self.wait_ready(service)

    def load(self, first, count):
        return self.start_calls(namespaces.SERVER, 80, count, rate=400, first=first,
                                namespace=self.net.client)

    def test_the_package_survives_kills_the_watchdog_and_a_reboot(self):
        self.install_package()
        out = self.start_receiver()
        self.start_web(namespaces.SERVER, 80, namespace=self.net.talker)
        self.machine.boot()
        for name in SERVICES:
            self.assertEqual(self.machine.show(name, "ActiveState"), "inactive")
            # The test does not wait half a minute for what happens after half a minute.
            folder = f"/run/systemd/system/{name}.service.d"
            self.machine.run("mkdir", "-p", folder)
            self.machine.run("sh", "-c", f"printf '[Service]\\nWatchdogSec=4s\\n' >{folder}/w.conf")
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "enable", "--now", "earshot.target", *SERVICES)
        self.wait_ready(*SERVICES)
        self.check_rights()
        self.machine.run("systemctl", "reload", *SERVICES)
        half = COUNT // 2
        load = self.load(0, half)
        self.wait_received(half // 4)
        self.restart_by("earshot-assemble", "-KILL", 20)
        self.restart_by("earshot-ship", "-KILL", 20)
        self.restart_by("earshot-assemble", "-STOP", 40)
        self.assertIn("watchdog", self.machine.journal("earshot-assemble").lower())
        self.finish_calls(load, half)
        self.wait_received(half)
        self.machine.power_off()
        self.machine.boot()
        self.wait_ready(*SERVICES)
        self.finish_calls(self.load(half, half), half)
        self.wait_received(COUNT)
        self.assertEqual(problems(parse(out.read_text()), range(COUNT))[:10], [])
        done = self.as_user("earshot", "ledger", "--spool", "/var/spool/earshot")
        self.assertIn("balanc", done.stdout.lower(), str(done))
        self.check_stop()
        self.check_removal()

    def as_user(self, *command):
        return self.machine.run("runuser", "-u", "earshot", "--", *command)

    def check_rights(self):
        """What systemd says of each unit, and what the kernel says of each process."""
        for name in SERVICES:
            done = self.machine.run("systemd-analyze", "security", "--no-pager",
                                    f"--threshold={int(MOST[name] * 10)}", f"{name}.service",
                                    code=None)
            self.assertEqual(done.code, 0, str(done)[-600:])
            print(f"\n    {done.stdout.strip().splitlines()[-1]}", end="", flush=True)
            status = self.machine.run("cat", f"/proc/{self.pid(name)}/status").stdout
            fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
            wanted = 1 << 13 if name == "earshot-capture" else 0
            self.assertEqual(int(fields["CapEff"], 16), wanted, name)
            self.assertEqual(fields["NoNewPrivs"], "1")
            self.assertNotEqual(fields["Uid"].split()[0], "0")
        links = self.machine.run("cat", f"/proc/{self.pid('earshot-assemble')}/net/dev").stdout
        self.assertEqual([line.split(":")[0].strip() for line in links.splitlines() if ":" in line],
                         ["lo"])
        # Its page comes through the socket systemd opened for it.
        for port in (9464, 9465, 9466):
            self.assertEqual(self.get(port, "/healthz", self.net.listener), (200, "ok\n"))
        mode = self.machine.run("stat", "-c", "%a %U", "/var/spool/earshot").stdout
        self.assertEqual(mode, "700 earshot\n")

    def check_stop(self):
        self.machine.run("systemctl", "stop", "earshot.target")
        for name in SERVICES:
            self.assertEqual(self.machine.show(name, "Result"), "success", name)
            self.assertEqual(self.machine.show(name, "ExecMainStatus"), "0", name)

    def check_removal(self):
        """Removing keeps the spool, purging does not; install.sh does the same without a package."""
        spool = self.machine.root / "var/spool/earshot"
        self.machine.run("dpkg", "--remove", "earshot")
        self.assertTrue(any(spool.iterdir()))
        self.assertFalse((self.machine.root / "usr/bin/earshot").exists())
        self.machine.run("dpkg", "--purge", "earshot")
        self.assertFalse(spool.exists())
        source = self.machine.root / "source"
        shutil.copytree(DEPLOY, source / "deploy")
        shutil.copy2(ROOT / "LICENSE", source)
        (source / "bin").mkdir()
        for name in ("earshot", *SERVICES):
            shutil.copy2(binaries() / name, source / "bin" / name)
        install = ("/source/deploy/install.sh", "--from", "/source/bin")
        for _ in range(2):
            self.machine.run(*install, "--start", seconds=90)
            self.wait_ready(*SERVICES)
        self.machine.run("/source/deploy/install.sh", "--uninstall")
        self.assertTrue(any(spool.iterdir()))
        self.machine.run("/source/deploy/install.sh", "--purge")
        self.assertFalse(spool.exists())
        self.assertFalse((self.machine.root / "etc/earshot").exists())
        self.assertEqual(self.machine.run("getent", "passwd", "earshot", code=None).code, 2)

