"""Ports and networks that change while packets come in: without a restart, without a loss."""

import os

from support import processes
from support.case import EndToEndCase
from support.sink import Sink
from support.waiting import wait_until


class ReloadTest(EndToEndCase):
    """The configuration as Kubernetes mounts it: a link through a link that is swapped by rename."""

    count = 1500

    def setUp(self):
        super().setUp()
        self.need_root()
        self.mount = self.directory / "mount"
        self.mount.mkdir()
        self.version = 0
        os.symlink("..data/earshot.yaml", self.mount / "earshot.yaml")
        self.ports = {name: processes.free_port() for name in ("capture", "assemble")}

    def write(self, text):
        """What the kubelet does when a ConfigMap changed."""
        self.version += 1
        folder = self.mount / f"..{self.version}"
        folder.mkdir()
        (folder / "earshot.yaml").write_text(text)
        os.symlink(folder.name, self.mount / "..tmp")
        os.rename(self.mount / "..tmp", self.mount / "..data")

    def reloads(self, name, kind="reloads"):
        for line in self.get(self.ports[name], "/metrics")[1].splitlines():
            if line.startswith(f"earshot_config_{kind}_total"):
                return int(line.split()[-1])
        return 0

    def start_all(self, sink):
        config = ("--config", self.mount / "earshot.yaml", "--spool", self.spool)
        self.capture = self.start("earshot-capture", "-i", "lo", "--listen", self.ports["capture"],
                                  "--lanes", "2", *config)
        # A variable would beat the file.
        self.assemble = self.start("earshot-assemble", "--listen", self.ports["assemble"], *config,
                                   environment={"USAGE_LOGGERS_RULES": ""})
        self.ship = self.start("earshot-ship", "--spool", self.spool, "--to", sink.url)
        for name, port in self.ports.items():
            self.wait_ready(getattr(self, name), port)

    def test_calls_on_a_port_that_stays_survive_every_change_of_the_others(self):
        steady, other = self.start_web(), self.start_web()
        with Sink(self.directory) as sink:
            self.write(f"ports: {steady}\nrules: include debug\n")
            self.start_all(sink)
            client = self.start_calls("127.0.0.1", steady, self.count)
            changes = 0
            while client.is_running and changes < 8:
                changes += 1
                more = f"{steady},{other}" if changes % 2 else f"{steady}"
                self.write(f"ports: [{more}]\nrules: include debug\n")
                for name in self.ports:
                    wait_until(lambda: self.reloads(name) >= changes, 10, self.capture.tail)
            self.finish_calls(client, self.count)
            self.assertGreaterEqual(changes, 1)
            self.write(f"ports: {other}\nrules: include debug\n")
            for name in self.ports:
                wait_until(lambda: self.reloads(name) > changes, 10, self.capture.tail)
            self.finish_calls(self.start_calls("127.0.0.1", other, 10), 10)
            self.finish_calls(self.start_calls("127.0.0.1", steady, 10), 10)
            wait_until(lambda: sink.distinct_count() >= self.count + 10, 30,
                       lambda: f"{sink.distinct_count()}\n{self.ship.tail()}")
            for process in (self.capture, self.assemble, self.ship):
                process.stop()
            found = sink.records()
            self.assertEqual(len(found), self.count + 10)
            self.assertEqual({record.get("call:completeness") for record in found}, {"full"})
            served = [record.get("call:server").rpartition(":")[2] for record in found]
            self.assertEqual((served.count(str(steady)), served.count(str(other))),
                             (self.count, 10))
        self.check_books(self.count + 10)

    def test_a_bad_file_is_refused_loudly_and_the_old_one_stays(self):
        web = self.start_web()
        with Sink(self.directory) as sink:
            self.write(f"ports: {web}\nrules: include debug\n")
            self.start_all(sink)
            self.write("ports: [80, http]\n")
            for name in self.ports:
                wait_until(lambda: self.reloads(name, "reload_failures") == 1, 10,
                           self.capture.tail)
                code, text = self.get(self.ports[name], "/readyz")
                self.assertEqual(code, 503)
                self.assertIn("'80,http' is not a port list", text)
            self.assertIn("configuration_refused", self.capture.stderr)
            self.finish_calls(self.start_calls("127.0.0.1", web, 20), 20)
            wait_until(lambda: sink.distinct_count() >= 20, 30, self.ship.tail)
            self.write(f"ports: {web}\nrules: include debug\n")
            for name, port in self.ports.items():
                self.wait_ready(getattr(self, name), port)

    def test_sighup_reads_the_file_at_once_and_rules_change_with_it(self):
        web = self.start_web()
        with Sink(self.directory) as sink:
            self.write(f"ports: {web}\nrules: include debug\n")
            self.start_all(sink)
            self.finish_calls(self.start_calls("127.0.0.1", web, 5), 5)
            wait_until(lambda: sink.distinct_count() >= 5, 30, self.ship.tail)
            self.write(f"ports: {web}\nrules: |\n  include debug\n  /request_header:.*/ remove\n")
            self.assemble.popen.send_signal(1)
            wait_until(lambda: self.reloads("assemble") == 1, 5, self.assemble.tail)
            self.finish_calls(self.start_calls("127.0.0.1", web, 5), 5)
            wait_until(lambda: sink.distinct_count() >= 10, 30, self.ship.tail)
            fields = [any(key.startswith("request_header:") for key, _ in record.pairs)
                      for record in sink.records()]
            self.assertEqual((fields.count(True), fields.count(False)), (5, 5))
