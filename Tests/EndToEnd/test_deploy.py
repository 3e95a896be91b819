"""What is in deploy/, as far as it can be looked at without a Docker engine or a booted machine.

The heavy half is in Tests/Deploy (`make test-deploy`).
"""

import gzip
import os
import re
import shutil
import socket

from support import namespaces, processes
from support.case import ROOT, EndToEndCase, binaries
from support.commands import Checker, commands_of

DEPLOY = ROOT / "deploy"
DOCUMENTS = ("docs/INSTALL.md", "docs/GUIDE-DOCKER.md", "docs/SECURITY.md", "docs/OPERATING.md")
PROGRAMS = ("earshot", "earshot-capture", "earshot-assemble", "earshot-ship")
MANUAL_PAGES = ("man1/earshot.1", "man8/earshot-capture.8", "man8/earshot-assemble.8",
                "man8/earshot-ship.8")
SCORES = {"earshot-capture": 30, "earshot-assemble": 20, "earshot-ship": 30}


class UnitsTest(EndToEndCase):
    """systemd's own word on the units."""

    def setUp(self):
        super().setUp()
        self.need_tools("systemd-analyze")

    def test_units_are_without_fault(self):
        folder = self.directory / "units"
        folder.mkdir()
        for path in (DEPLOY / "systemd").iterdir():
            if path.suffix in (".service", ".socket", ".target", ".slice"):
                text = path.read_text().replace("/usr/bin/earshot", f"{binaries()}/earshot")
                (folder / path.name).write_text(text)
        units = sorted(folder.iterdir())
        self.assertEqual(len(units), 6)
        done = processes.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
                              *units], environment={"SYSTEMD_UNIT_PATH": f"{folder}:"})
        self.assertEqual((done.code, done.stderr), (0, ""), str(done))

    def test_units_leave_little_exposed(self):
        help_text = processes.run(["systemd-analyze", "--help"]).stdout
        self.need(None if "--offline" in help_text else "systemd-analyze has no --offline")
        for name, most in SCORES.items():
            done = processes.run(["systemd-analyze", "security", "--offline=true",
                                  f"--threshold={most}", DEPLOY / "systemd" / f"{name}.service"])
            self.assertEqual(done.code, 0, str(done))
            self.assertIn("Overall exposure level", done.stdout)


class ComposeFilesTest(EndToEndCase):
    """The compose files, as compose understands them, and what they hand to the programs."""

    def compose(self, *arguments, environment=None):
        command = (["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"])
        return processes.run([*command, *arguments], directory=DEPLOY, environment=environment)

    def services(self, name):
        """Variables by service, read without a YAML library: the files are plain."""
        text = (DEPLOY / name).read_text()
        found = {}
        for block in re.split(r"^  (?=[a-z-]+:$)", text.partition("services:\n")[2], flags=re.M):
            service = block.partition(":")[0]
            found[service] = re.findall(r"^      - ([A-Z0-9_]+)(?:=.*)?$", block, re.M)
        return {service: names for service, names in found.items() if names}

    def test_every_variable_handed_over_is_one_that_the_program_reads(self):
        reference = (ROOT / "docs/CONFIGURATION.md").read_text()
        for name in ("docker-compose.yml", "docker-compose.sidecar.yml"):
            services = self.services(name)
            self.assertEqual(set(services), {"capture", "assemble", "ship"})
            for service, variables in services.items():
                part = re.search(rf"^## earshot-{service}\n(.*?)(?=^## |\Z)", reference,
                                 re.M | re.S).group(1)
                known = set(re.findall(r"`([A-Z][A-Z0-9_]{4,})`", part))
                # Secrets have no flag; only ship gets them.
                known |= {"EARSHOT_BEARER_TOKEN", "EARSHOT_SINK_USER"} if service == "ship" else set()
                self.assertEqual([one for one in variables if one not in known], [], service)
                self.assertEqual(len(variables), len(set(variables)), variables)

    def test_the_files_are_good_and_a_shell_beats_the_env_file(self):
        self.need(None if shutil.which("docker-compose") or shutil.which("docker")
                  else "docker-compose is not installed")
        for name in ("docker-compose.yml", "docker-compose.sidecar.yml"):
            done = self.compose("-f", name, "config")
            self.assertEqual(done.code, 0, str(done))
        plain = self.compose("config").stdout
        self.assertRegex(plain, r"APP_PORT: ['\"]?80,8080")
        self.assertIn("USAGE_LOGGERS_URL: http://localhost:4001/message", plain)
        other = self.compose("config", environment={"APP_PORT": "81", "SHIP_NETWORK": "bridge"})
        self.assertRegex(other.stdout, r"APP_PORT: ['\"]?81['\"]?\n")
        self.assertIn("network_mode: bridge", other.stdout)

    def test_the_programs_take_the_env_file_with_or_without_its_quotes(self):
        lines = [line.split("=", 1) for line in (DEPLOY / ".env").read_text().splitlines()
                 if line and not line.startswith("#")]
        for unquote in (False, True):
            values = {key: value.strip('"') if unquote else value for key, value in lines}
            for program in PROGRAMS[1:]:
                done = self.run_earshot(program, "--check", environment=values)
                self.assertIn("the configuration is good", done.stdout)
            self.assertIn("rules = include debug",
                          self.run_earshot("earshot-assemble", "--check", environment=values).stdout)


class InstallTest(EndToEndCase):
    """install.sh and make-deb.sh below a root of their own."""

    def install(self, *arguments, code=0):
        done = processes.run([DEPLOY / "install.sh", *arguments],
                             environment={"DESTDIR": str(self.directory / "root")})
        self.assertEqual(done.code, code, str(done))
        return done

    def test_install_again_uninstall_and_purge(self):
        root = self.directory / "root"
        source = ("--from", binaries(), "--prefix", "/usr")
        self.install(*source)
        settings = root / "etc/earshot/earshot.yaml"
        for program in PROGRAMS[1:]:
            done = processes.run([root / "usr/bin" / program, "--config", settings, "--check"])
            self.assertIn("the configuration is good", done.stdout, str(done))
        unit = (root / "etc/systemd/system/earshot-ship.service").read_text()
        self.assertIn("ExecStart=/usr/bin/earshot-ship ", unit)
        for page in MANUAL_PAGES:
            text = gzip.decompress((root / "usr/share/man" / f"{page}.gz").read_bytes())
            self.assertEqual(text, (ROOT / "docs/man" / page.split("/")[1]).read_bytes())
        settings.write_text("ports: [81]\n")
        self.assertIn("kept /etc/earshot/earshot.yaml", self.install(*source).stdout)
        self.assertEqual(settings.read_text(), "ports: [81]\n")
        spool = root / "var/spool/earshot"
        spool.mkdir(parents=True)
        self.install("--uninstall", "--prefix", "/usr")
        self.assertEqual([path.name for path in (root / "usr/bin").iterdir()], [])
        self.assertEqual([path for path in (root / "usr/share/man").rglob("*.gz")], [])
        self.assertTrue(settings.exists() and spool.exists())
        self.install("--purge", "--prefix", "/usr")
        self.assertFalse(settings.exists() or spool.exists())

    def test_mistakes_of_install_are_said(self):
        self.assertIn("no such option: --frm", self.install("--frm", code=64).stderr)
        self.assertIn("make build", self.install("--from", self.directory, code=66).stderr)

    def test_a_package_is_built_that_dpkg_understands(self):
        self.need_tools("dpkg-deb", "strip")
        done = processes.run([DEPLOY / "make-deb.sh", "--from", binaries(), "--out", self.directory],
                             environment={"DPKG_DEB_COMPRESSOR_TYPE": "gzip",
                                          "DPKG_DEB_COMPRESSOR_LEVEL": "1"}, seconds=100)
        self.assertEqual(done.code, 0, str(done))
        package = next(self.directory.glob("earshot_*.deb"))
        facts = processes.run(["dpkg-deb", "-f", package]).stdout
        for name in re.findall(r"^run +(\S+)", (DEPLOY / "debian-packages").read_text(), re.M):
            self.assertIn(f" {name}", facts)
        listed = processes.run(["dpkg-deb", "-c", package]).stdout
        for path in [f"./usr/bin/{name}" for name in PROGRAMS] + [
                "./lib/systemd/system/earshot-capture.service", "./usr/lib/sysusers.d/earshot.conf",
                "./etc/earshot/earshot.yaml", "./usr/bin/earshot-vxlan",
                *(f"./usr/share/man/{page}.gz" for page in MANUAL_PAGES)]:
            self.assertIn(f" {path}\n", listed)
        self.assertNotIn("/etc/systemd", listed)
        self.assertEqual(set(re.findall(r" (\S+/\S+) +\d+ \d{4}-", listed)), {"root/root"})


class MirrorDeviceTest(EndToEndCase):
    """vxlan.sh against a real mirror."""

    def setUp(self):
        super().setUp()
        self.net = self.open_namespaces()

    def vxlan(self, *arguments, code=0):
        done = processes.run(["ip", "netns", "exec", self.net.listener, DEPLOY / "vxlan.sh",
                              *arguments])
        self.assertEqual(done.code, code, str(done))
        return done.stdout + done.stderr

    def test_the_device_is_made_checked_changed_and_removed(self):
        these = ("--vni", self.net.vni, "--remote", "10.72.0.1")
        self.assertIn("heal it with", self.vxlan("check", *these, code=1))
        self.assertIn("made vx0", self.vxlan("up", *these))
        self.assertIn("there already", self.vxlan("up", *these))
        # Nobody listens: each try is a packet there and one back.
        self.net.run(self.net.client, "bash", "-c",
                     f"for i in 1 2 3; do : <>/dev/tcp/{namespaces.SERVER}/9; done 2>/dev/null; true")
        text = self.vxlan("check", *these)
        self.assertGreaterEqual(int(re.search(r"has received (\d+) packets", text).group(1)), 6)
        self.assertIn("as it should be", text)
        self.net.run(self.net.listener, "ip", "link", "set", "vx0", "down")
        self.assertIn("is down", self.vxlan("check", *these, code=1))
        self.assertIn("making it anew", self.vxlan("up", "--vni", 7, "--remote", "10.72.0.1"))
        self.assertIn("has id 7", self.vxlan("check", *these, code=1))
        self.net.run(self.net.listener, "ip", "link", "set", "under0", "mtu", "1500")
        self.assertIn("cuts mirrored packets", self.vxlan("up", *these))
        self.assertIn("removed", self.vxlan("down"))
        self.assertIn("there is no vx0", self.vxlan("down"))

    def test_swapped_addresses_and_other_mistakes_are_told(self):
        self.assertIn("must be the talker",
                      self.vxlan("up", "--vni", 7, "--remote", "10.72.0.2", code=64))
        self.assertIn("must be this machine's",
                      self.vxlan("up", "--vni", 7, "--remote", "10.72.0.1",
                                 "--local", "10.72.0.1", code=64))
        self.assertIn("no way to", self.vxlan("up", "--vni", 7, "--remote", "9.9.9.9", code=64))
        self.assertIn("not a number", self.vxlan("up", "--vni", 16777216, code=64))
        self.assertIn("no VXLAN device", self.vxlan("down", "--name", "under0", code=73))


class DocumentsTest(EndToEndCase):
    """Every command that a document tells people to type is one that exists, with these options."""

    def test_every_command_in_the_documents_exists(self):
        checker = Checker(ROOT, binaries())
        count = 0
        for name in DOCUMENTS:
            for line, command in commands_of(ROOT / name):
                count += 1
                with self.subTest(f"{name}:{line}"):
                    self.assertIsNone(checker.fault(command))
        self.assertGreater(count, 40)

    def test_health_ends_as_a_health_check_must(self):
        port = processes.free_port()
        self.run_earshot("earshot", "health", str(port), code=69)
        ship = self.start("earshot-ship", "--spool", self.spool, "--listen", str(port),
                          "--to", f"file:{self.directory}/calls/")
        self.wait_ready(ship, port)
        done = self.run_earshot("earshot", "health", "--show",
                                environment={"EARSHOT_LISTEN": str(port)})
        self.assertEqual(done.stdout, "ok\n")
        page = self.run_earshot("earshot", "health", "--show", f":{port}/metrics").stdout
        self.assertIn("earshot_build_info", page)
        self.run_earshot("earshot", "health", f"127.0.0.1:{port}/nothing", code=69)
        ship.stop()


class NotifyTest(EndToEndCase):
    """What the service manager hears, on a path and on an abstract name."""

    def test_the_service_manager_hears_ready_alive_and_stopping(self):
        for name in (str(self.directory / "notify"), f"\0earshot-test-{os.getpid()}"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                manager.bind(name)
                manager.settimeout(15)
                ship = self.start(
                    "earshot-ship", "--spool", self.spool, "--to", f"file:{self.directory}/calls/",
                    environment={"NOTIFY_SOCKET": name.replace("\0", "@"),
                                 "WATCHDOG_USEC": "400000"})
                heard = ""
                while "READY=1" not in heard or heard.count("WATCHDOG=1") < 3:
                    heard += manager.recv(4096).decode() + "\n"
                self.assertIn("STATUS=ready", heard)
                ship.popen.terminate()
                while "STATUS=stopped" not in heard:
                    heard += manager.recv(4096).decode() + "\n"
                self.assertIn("STOPPING=1", heard)
                self.assertEqual(ship.wait(10), 0)
