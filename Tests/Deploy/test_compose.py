"""docker-compose as people run it: the files of deploy/ unmodified, beside a .env of guide 1."""

import json
import os
import pathlib
import shlex
import shutil
import signal
import sys
import tempfile
import time

import engine as engines
from heavy import guide_env, load_tests  # noqa: F401, unittest calls load_tests
from support import namespaces, processes
from support.calls import problems
from support.case import EndToEndCase, binaries
from support.commands import commands_of
from support.records import parse
from support.waiting import wait_until

DEPLOY = engines.ROOT / "deploy"
COUNT = int(os.environ.get("EARSHOT_DEPLOY_REQUESTS") or 20_000)
RATE = 1200
STOP_SECONDS = 10


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

    def test_docker_run_as_the_document_says(self):
        """The very lines of INSTALL.md, with a .env whose quotes docker leaves where they are."""
        self.start_receiver()
        project = self.project('APP_PORT="8080"\nVPC_MIRROR_DEVICE="lo"\n'
                               'USAGE_LOGGERS_URL="http://localhost:4001/message"\n'
                               'USAGE_LOGGERS_RULES="include debug\\n"\n')
        lines = [line for _, line in commands_of(engines.ROOT / "docs/INSTALL.md")
                 if line.startswith("docker run")]
        self.assertEqual(len(lines), 3)
        self.addCleanup(self.engine.docker, "volume", "rm", "spool", code=None)
        self.addCleanup(self.engine.docker, "rm", "-f", "capture", "assemble", "ship", code=None)
        for line in lines:
            done = processes.run(shlex.split(line), directory=self.directory,
                                 environment={"DOCKER_HOST": self.engine.host})
            self.assertEqual(done.code, 0, str(done))
        project.compose("--profile", "demo", "up", "-d", "demo-shop")
        self.wait_received(6, project)
        begin = time.monotonic()
        self.engine.docker("stop", "capture", "assemble", "ship")
        self.assertLess(time.monotonic() - begin, 3 * STOP_SECONDS)

    def test_without_a_receiver_calls_are_files(self):
        project = self.project("APP_PORT=8080\nUSAGE_LOGGERS_URL=\nUSAGE_LOGGERS_RULES=include debug")
        project.compose("up", "-d", "capture", "assemble", "ship")
        project.compose("--profile", "demo", "up", "-d", "demo-shop")
        wait_until(lambda: project.compose("exec", "-T", "ship", "find", "/out/calls", "-type", "f",
                                           code=None).stdout.strip(),
                   60, lambda: project.compose("logs", "--tail=20", code=None), 0.5)


class DemoTest(EndToEndCase):
    """`make demo` where there is no Swift."""

    time_limit = 900

    def test_make_demo_builds_and_runs_in_docker_without_swift(self):
        self.need(engines.missing())
        context, options = engines.make_context(self.directory, binaries())
        path = ":".join(folder for folder in os.environ["PATH"].split(":")
                        if not (pathlib.Path(folder) / "swift").exists())
        done = processes.run([context / "scripts" / "demo.sh"], seconds=800, directory=context,
                             environment={"PATH": path, "DOCKER_BUILD_OPTIONS": " ".join(options),
                                          "DOCKER_BUILDKIT": os.environ.get("DOCKER_BUILDKIT", "0"),
                                          "EARSHOT_SCRATCH": str(self.directory / "scratch")})
        self.assertEqual(done.code, 0, str(done))
        self.assertIn("building with Docker", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^ +POST +200 .* http://127\.0\.0\.1:\d+/calls/\d+$")
        self.assertIn("and 188 more", done.stdout)
