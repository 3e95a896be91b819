"""docs/CONFIGURATION.md, docs/METRICS.md and docs/man say what the executables say."""

import json
import os
import re

from support import manual, processes, reference, ruled_calls
from support.case import ROOT, EndToEndCase
from support.rules import Rules
from support.sink import Sink
from support.waiting import wait_until

PROCESSES = ("capture", "assemble", "ship")


class ReferenceTest(EndToEndCase):
    """The references."""

    def compare(self, name, text):
        """The committed document is the one made now; or writes it."""
        path = ROOT / "docs" / name
        if os.environ.get("EARSHOT_WRITE_REFERENCE"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
            return
        self.assertEqual(path.read_text("utf-8"), text, f"run 'make reference': {name} is stale")

    def test_every_setting_is_in_the_configuration_reference(self):
        tables = [self.run_earshot(f"earshot-{name}", "--settings").stdout for name in PROCESSES]
        self.compare("CONFIGURATION.md", reference.configuration(tables))

    def test_help_and_the_reference_know_the_same_flags_and_defaults(self):
        for name in PROCESSES:
            table = self.run_earshot(f"earshot-{name}", "--settings").stdout
            text = self.run_earshot(f"earshot-{name}", "--help").stdout
            shown = set(re.findall(r"--([a-z-]+)", text.split("USAGE", 1)[1]))
            rows = re.findall(r"(?m)^\| (?:`-.`, )?`--([a-z-]+)`(.*)$", table)
            self.assertGreater(len(rows), 15)
            listed = {flag for row in rows for flag in (row[0], *re.findall(r"--([a-z-]+)", row[1]))}
            self.assertEqual(shown - listed - {"help", "version", "settings"}, set(), name)
            self.assertEqual({flag for flag, _ in rows} - shown, set(), name)
            words = " ".join(text.split())
            for flag, rest in rows:
                default = rest.split(" | ")[3].strip("`– ")
                said = re.search(rf"--{flag} <[^>]*> [^<]*?\(default: ([^)]*)\)", words)
                if said and default and " " not in default:
                    # Behind it may stand another command's: `1GiB; read: 128MiB`.
                    self.assertEqual(said[1].split(";")[0], default, f"earshot-{name} --{flag}")

    def test_every_metric_is_in_the_metrics_reference(self):
        self.need_root()
        calls = ruled_calls.RuledCalls(50, Rules(""))
        capture_file = calls.capture.write(self.directory / "calls.pcap")
        self.run_earshot("earshot-capture", "-r", capture_file, "--spool", self.spool, "--drain")
        ports = {name: processes.free_port() for name in PROCESSES}
        with Sink(self.directory) as sink:
            started = [
                self.start("earshot-capture", "-i", "lo", "--filter", "udp port 9", "--spool",
                           self.spool, "--listen", ports["capture"]),
                self.start("earshot-assemble", "--spool", self.spool, "--listen",
                           ports["assemble"]),
                self.start("earshot-ship", "--spool", self.spool, "--to", sink.url, "--listen",
                           ports["ship"])]
            for process, port in zip(started, ports.values()):
                self.wait_ready(process, port)
            wait_until(lambda: len(sink.records()) == 50, 30, started[-1].tail)
            wait_until(lambda: "earshot_ship_backlog_bytes" in self.page(ports["ship"]), 30,
                       "housekeeping's numbers")
            wait_until(lambda: "interface_dropped" in self.page(ports["capture"]), 30,
                       "the kernel's numbers")
            pages = [(f"earshot-{name}", self.page(ports[name])) for name in PROCESSES]
            for process in started:
                process.stop()
        self.compare("METRICS.md", reference.metrics(pages))

    def dump(self, name):
        """What a program says of its commands and options."""
        return json.loads(self.run_earshot(name, "--experimental-dump-help").stdout)

    def manuals(self):
        """All manual pages, made now: file name and text."""
        operating = (ROOT / "docs" / "OPERATING.md").read_text("utf-8")
        yield "earshot.1", manual.operator(self.dump("earshot"), operating)
        for name in PROCESSES:
            program = f"earshot-{name}"
            table = self.run_earshot(program, "--settings").stdout
            yield f"{program}.8", manual.process(self.dump(program), table, operating)

    def test_every_command_and_option_is_in_the_manual_pages(self):
        for name, text in self.manuals():
            self.compare(f"man/{name}", text)

    def test_manual_pages_are_well_formed(self):
        pages = sorted((ROOT / "docs" / "man").iterdir())
        self.assertEqual(len(pages), 4)
        self.need_tools("man")
        for page in pages:
            done = processes.run(
                ["man", "--warnings", "-E", "UTF-8", "-l", page],
                environment={"MANROFFSEQ": "", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
            self.assertEqual((done.code, done.stderr), (0, ""), str(done))
            for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "FILES",
                          "EXAMPLES", "SEE ALSO"):
                self.assertRegex(done.stdout, f"(?m)^{title}$")

    def test_mandoc_finds_no_fault_in_the_manual_pages(self):
        self.need_tools("mandoc")
        for page in (ROOT / "docs" / "man").iterdir():
            done = processes.run(["mandoc", "-T", "lint", "-W", "warning", page])
            self.assertEqual(done.stdout + done.stderr, "", str(done))

    def test_help_and_the_manual_pages_know_the_same_options(self):
        for name in PROCESSES:
            self.check_options(f"earshot-{name}", f"earshot-{name}.8")
        for path, _ in manual.walk(self.dump("earshot")["command"]):
            self.check_options(path, "earshot.1")

    def check_options(self, path, name):
        """Every option of a --help is in the page, and in its section."""
        page = (ROOT / "docs" / "man" / name).read_text("utf-8").replace("\\-", "-")
        program, *words = path.split()
        if words:
            page = re.split(r"(?m)^\.S[SH] ", page.split(f".SS {path}\n", 1)[1])[0]
        text = self.run_earshot(program, *words, "--help").stdout.split("USAGE", 1)[1]
        shown = set(re.findall(r"--([a-z][a-z-]*)", text)) - {"help", "version"}
        missing = {flag for flag in shown if f"--{flag}" not in page}
        self.assertEqual(missing, set(), f"{path}: not in {name}")

    def test_every_command_is_in_the_documents(self):
        documents = "".join(
            (ROOT / name).read_text("utf-8") for name in ("README.md", "docs/OPERATING.md"))
        page = (ROOT / "docs" / "man" / "earshot.1").read_text("utf-8")
        text = self.run_earshot("earshot", "--help").stdout
        commands = re.findall(r"(?m)^  ([a-z]+)  ", text.split("SUBCOMMANDS:", 1)[1])
        self.assertIn("top", commands)
        for command in commands:
            self.assertIn(f"earshot {command}", documents, "README.md or docs/OPERATING.md")
            self.assertIn(f".SS earshot {command}\n", page)

    def page(self, port):
        """/metrics of a process."""
        return self.get(port, "/metrics")[1]
