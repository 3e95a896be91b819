"""Live capture on loopback, and what the processes say about themselves meanwhile."""

import re
import shutil
import subprocess

from support import processes
from support.calls import problems
from support.case import IS_CI, EndToEndCase
from support.sink import Sink
from support.waiting import wait_until


class LiveTest(EndToEndCase):
    """Three processes while calls go over the loopback interface."""

    count = 3000

    def setUp(self):
        super().setUp()
        self.need_root()

    def start_pipeline(self, web_port, sink):
        self.ports = {name: processes.free_port() for name in ("capture", "assemble", "ship")}
        listen = {name: ("--listen", f"127.0.0.1:{port}") for name, port in self.ports.items()}
        self.capture = self.start("earshot-capture", "-i", "lo", "--ports", web_port,
                                  "--spool", self.spool, *listen["capture"])
        self.assemble = self.start("earshot-assemble", "--spool", self.spool,
                                   *listen["assemble"])
        self.ship = self.start("earshot-ship", "--spool", self.spool, "--to", sink.url,
                               *listen["ship"])
        for process in (self.capture, self.assemble, self.ship):
            self.wait_ready(process, self.ports[process.name.removeprefix("earshot-")])

    def test_every_call_on_loopback_arrives_within_seconds(self):
        web_port = self.start_web()
        with Sink(self.directory) as sink:
            self.start_pipeline(web_port, sink)
            self.finish_calls(self.start_calls("127.0.0.1", web_port, self.count), self.count)
            wait_until(lambda: len(sink.records()) >= self.count, 30,
                       lambda: f"{len(sink.records())} of {self.count}\n{self.ship.tail()}")
            self.check_metrics()
            for process in (self.capture, self.assemble, self.ship):
                process.stop()
            self.assertEqual(problems(sink.records(), range(self.count))[:10], [])
            self.assertEqual(sink.violations(), [])
        self.check_books(self.count)

    def check_metrics(self):
        """Each process says that it is well, in words that Prometheus understands."""
        if not shutil.which("promtool") and IS_CI:
            self.fail("in CI: promtool is not installed")
        for name, port in self.ports.items():
            self.assertEqual(self.get(port, "/healthz")[0], 200, name)
            code, text = self.get(port, "/metrics")
            self.assertEqual(code, 200, name)
            self.assertIn("earshot_", text)
            self.assertTrue(text.endswith("\n"), name)
            for line in text.splitlines():
                self.assertRegex(line, r"^(# (HELP|TYPE|EOF|UNIT)|[a-zA-Z_:][\w:]*(\{.*\})? \S+$)")
            if shutil.which("promtool"):
                checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                                         capture_output=True, check=False)
                self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""),
                                 name)
            for value in re.findall(r"^earshot_\S*drop\S* (\S+)$", text, re.M):
                self.assertEqual(float(value), 0, text)
