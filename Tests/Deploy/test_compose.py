"""docker-compose as people run it: the files of deploy/ unmodified, beside a .env of guide 1."""

import json
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import time

import engine as engines
from support import namespaces, processes
from support.calls import problems
from support.case import EndToEndCase, binaries, shared_folder
from support.records import parse
from support.waiting import wait_until

DEPLOY = engines.ROOT / "deploy"
COUNT = int(os.environ.get("EARSHOT_DEPLOY_REQUESTS") or 20_000)
RATE = 1200
STOP_SECONDS = 10

# Guide 1's file; the guide itself is read where it lies beside the repository.
GUIDE_ENV = """\
      APP_PORT=80
      VPC_MIRROR_DEVICE="vx0"
      USAGE_LOGGERS_URL=http://localhost:4001/message
      USAGE_LOGGERS_RULES="include debug\\n"
"""


def load_tests(loader, tests, _):
    """No test at all but in the heavy run, `make test-deploy`."""
    return tests if os.environ.get("EARSHOT_DEPLOY") == "heavy" else loader.suiteClass()


def guide_env():
    """The .env of guide 1, as it is written there."""
    shared = shared_folder()
    guide = shared / "mission" / "guide-1-docker.txt" if shared else None
    if guide is None or not guide.exists():
        return GUIDE_ENV
    text = re.search(r"^ *APP_PORT=.*?^ *USAGE_LOGGERS_RULES=[^\n]*\n", guide.read_text(), re.M | re.S)
    return re.sub(r"<[^>]*>", "", text.group(0))


class ComposeTest(EndToEndCase):
    """One engine in a listener's namespace for all tests."""

    time_limit = 900

    @classmethod
    def setUpClass(cls):
        cls.reason = engines.missing() or namespaces.missing()
        if cls.reason:
            return
        cls.base = pathlib.Path(tempfile.mkdtemp(prefix="earshot-docker-", dir="/var/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.base, ignore_errors=True)
        really = os.environ.get("EARSHOT_DEPLOY_BUILD") == "1"
        seconds = engines.build_images(cls.base, None if really else binaries())
        for name, size in engines.sizes().items():
            print(f"\n    {name}: {size / 1e6:.0f} MB", end="")
        print(f"\n    {'built' if really else 'built around ready executables'} in {seconds:.0f} s",
              flush=True)
        cls.net = namespaces.Namespaces()
        cls.net.__enter__()
        cls.addClassCleanup(cls.net.__exit__)
        cls.engine = engines.Engine(cls.base, cls.net.listener)
        cls.addClassCleanup(cls.engine.__exit__)
        cls.engine.__enter__()
        cls.engine.load_images()

    def setUp(self):
        super().setUp()
        self.need(self.reason)

    def project(self, env=None, **more):
        """A copy of deploy/ as a person has it, with a .env of their own."""
        folder = self.directory / "deploy"
        shutil.copytree(DEPLOY, folder)
        if env is not None:
            (folder / ".env").write_text(env)
        project = engines.Project(self.engine, folder, **more)
        self.addCleanup(project.compose, "down", "-v", "-t", "3", code=None)
        return project

    def received(self):
        """The number of different calls the receiver has."""
        status, text = self.get(4002, "/count", self.net.listener)
        return int(text) if status == 200 else 0

    def wait_received(self, count, project, seconds=120):
        wait_until(lambda: self.received() >= count, seconds,
                   lambda: f"{self.received()} of {count}\n"
                           f"{project.compose('logs', '--tail=60', code=None)}", 0.3)

    def start_receiver(self):
        """A receiver on this host (the listener), as guide 1 has one on port 4001."""
        out = self.directory / "received.ndjson"
        receiver = self.start_tool(sys.executable, DEPLOY / "demo" / "receiver.py", "--out", out,
                                   namespace=self.net.listener, name="receiver")
        wait_until(lambda: self.get(4002, "/count", self.net.listener)[0] == 200, 10, receiver.tail)
        return out

    def test_guide_one_with_assemble_killed_in_the_middle(self):
        done = processes.run([
            "ip", "netns", "exec", self.net.listener, DEPLOY / "vxlan.sh", "up",
            "--vni", self.net.vni, "--remote", "10.72.0.1"])
        self.assertEqual(done.code, 0, str(done))
        out = self.start_receiver()
        web_port = self.start_web(namespaces.SERVER, 80, namespace=self.net.talker)
        project = self.project(guide_env())
        project.compose("up", "-d")
        project.wait_healthy("capture", "assemble", "ship")
        load = self.start_calls(namespaces.SERVER, web_port, COUNT, rate=RATE,
                                namespace=self.net.client)
        self.wait_received(COUNT // 4, project)
        project.compose("kill", "assemble")
        wait_until(lambda: not project.state("assemble")["Running"], 10, "assemble killed")
        project.compose("up", "-d", "assemble")
        self.wait_received(COUNT // 2, project)
        # A crash: nobody starts it again but the restart policy.
        restarts = self.engine.inspect(project.container("assemble"))["RestartCount"]
        os.kill(project.state("assemble")["Pid"], signal.SIGKILL)
        wait_until(lambda: self.engine.inspect(project.container("assemble"))["RestartCount"]
                   > restarts, 30, "assemble restarted by Docker")
        self.finish_calls(load, COUNT, seconds=120)
        self.wait_received(COUNT, project)
        self.assertEqual(problems(parse(out.read_text()), range(COUNT))[:10], [])
        ledger = project.compose("exec", "-T", "assemble", "earshot", "ledger")
        self.assertIn("balanc", ledger.stdout.lower(), str(ledger))
        self.check_rights(project)
        self.check_stop(project)

    def check_stop(self, project):
        """`stop` is clean, and soon."""
        begin = time.monotonic()
        project.compose("stop")
        seconds = time.monotonic() - begin
        print(f" (stopped in {seconds:.1f} s)", end="", flush=True)
        self.assertLess(seconds, STOP_SECONDS)
        for service in ("capture", "assemble", "ship"):
            self.assertEqual(project.state(service)["ExitCode"], 0, service)

    def check_rights(self, project):
        """Nobody has more rights than needed; only the spool can be written."""
        wanted = {"capture": 1 << 13, "assemble": 0, "ship": 0}
        modes = {"capture": "host", "assemble": "none", "ship": "host"}
        for service, capabilities in wanted.items():
            known = self.engine.inspect(project.container(service))
            self.assertEqual(known["HostConfig"]["NetworkMode"], modes[service])
            self.assertTrue(known["HostConfig"]["ReadonlyRootfs"])
            self.assertGreater(known["HostConfig"]["Memory"], 0)
            self.assertGreater(known["HostConfig"]["NanoCpus"], 0)
            status = pathlib.Path(f"/proc/{known['State']['Pid']}/status").read_text()
            fields = dict(line.split(":\t", 1) for line in status.splitlines())
            self.assertEqual(int(fields["CapEff"], 16), capabilities, service)
            self.assertEqual(fields["Uid"].split()[0], "10001", service)
            self.assertEqual(fields["NoNewPrivs"], "1", service)
            for path in ("/x", "/usr/bin/x", "/etc/x"):
                done = project.compose("exec", "-T", service, "sh", "-c", f"echo > {path}",
                                       code=None)
                self.assertNotEqual(done.code, 0, f"{service} could write {path}")
        links = project.compose("exec", "-T", "assemble", "cat", "/proc/net/dev").stdout
        devices = [line.split(":")[0].strip() for line in links.splitlines() if ":" in line]
        self.assertEqual(devices, ["lo"])
        shown = project.compose("exec", "-T", "assemble", "earshot", "health", "--show",
                                ":9465/metrics").stdout
        self.assertIn("earshot_", shown)

    def test_the_demo_profile_shows_calls_of_its_own_shop(self):
        project = self.project()
        project.compose("--profile", "demo", "up", "-d")
        project.wait_healthy("capture", "assemble", "ship", "demo-receiver")
        self.wait_received(6, project)
        _, page = self.get(4002, "/", self.net.listener)
        self.assertIn("/products", page)
        _, calls = self.get(4002, "/calls", self.net.listener)
        found = [json.loads(line) for line in calls.splitlines()]
        self.assertIn("POST", {call["request_method"] for call in found})
        self.assertEqual({call["call:completeness"] for call in found}, {"full"})
        project.compose("--profile", "demo", "stop", "-t", "5")

    def test_a_sidecar_hears_its_application_only(self):
        self.start_receiver()
        project = self.project(
            compose_file="docker-compose.sidecar.yml", environment={"APP_NETWORK": "none"})
        project.compose("up", "-d")
        project.wait_healthy("capture", "assemble", "ship")
        self.wait_received(6, project)
        _, calls = self.get(4002, "/calls", self.net.listener)
        hosts = {json.loads(line)["call:server"] for line in calls.splitlines()}
        self.assertEqual(hosts, {"127.0.0.1:8080"})

    def test_every_setting_of_a_program_can_be_given(self):
        """What --help has, the compose file hands over, but for what belongs to the image."""
        fixed = {"--spool", "--listen", "--config", "--drain", "--check", "--version", "--help",
                 "--read", "--user"}
        text = (DEPLOY / "docker-compose.yml").read_text()
        for service in ("capture", "assemble", "ship"):
            block = re.search(rf"^  {service}:\n(.*?)^  [a-z]", text, re.M | re.S).group(1)
            shown = self.run_earshot(f"earshot-{service}", "--help").stdout
            flags = {flag for flag in re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", shown, re.M)
                     if not flag.startswith("--no-")} - fixed
            missing = [name for name in sorted(
                "EARSHOT_" + flag[2:].upper().replace("-", "_") for flag in flags)
                if f"- {name}\n" not in block]
            self.assertEqual(missing, [], service)

    def test_without_a_receiver_calls_are_files(self):
        project = self.project("APP_PORT=8080\nUSAGE_LOGGERS_URL=\nUSAGE_LOGGERS_RULES=include debug")
        project.compose("up", "-d", "capture", "assemble", "ship")
        project.compose("--profile", "demo", "up", "-d", "demo-shop")
        wait_until(lambda: project.compose("exec", "-T", "ship", "find", "/out/calls", "-type", "f",
                                           code=None).stdout.strip(),
                   60, lambda: project.compose("logs", "--tail=20", code=None), 0.5)
