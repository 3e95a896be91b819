"""docs/CONFIGURATION.md and docs/METRICS.md say what the executables say."""

import os
import re

from support import processes, reference, ruled_calls
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
            pages = [(f"earshot-{name}", self.page(ports[name])) for name in PROCESSES]
            for process in started:
                process.stop()
        self.compare("METRICS.md", reference.metrics(pages))

    def page(self, port):
        """/metrics of a process."""
        return self.get(port, "/metrics")[1]
