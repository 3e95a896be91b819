"""Real small disks that are full, hang, refuse writes and lose their power."""

import time

from support import calls, chaos, disk, processes, records, traffic
from support.case import EndToEndCase
from support.sink import Sink
from support.waiting import wait_until

PHASE = 150


class DiskTest(EndToEndCase):
    """The spool, or the file a sink writes, on a disk in trouble."""

    def setUp(self):
        super().setUp()
        self.need(disk.missing())

    def start_live(self, spool, sink, *more):
        """The three processes on loopback, before a web server."""
        self.web_port = self.start_web()
        port = processes.free_port()
        self.capture = self.start("earshot-capture", "-i", "lo", "--ports", self.web_port,
                                  "--spool", spool, "--listen", f"127.0.0.1:{port}", *more)
        self.assemble = self.start("earshot-assemble", "--spool", spool)
        self.ship = self.start("earshot-ship", "--spool", spool, "--to", sink.url)
        self.wait_ready(self.capture, port)
        self.metrics_port = port

    def call(self, first):
        """One phase of calls, on connections of its own."""
        self.finish_calls(
            self.start_calls("127.0.0.1", self.web_port, PHASE, first=first, rate=300), PHASE)

    def wait_for_calls(self, sink, wanted, seconds=40):
        """Waits until calls of these numbers have come."""
        def left():
            found = {calls.number_of(record) for record in sink.records()}
            return [number for number in wanted if number not in found]

        wait_until(lambda: not left(), seconds, lambda: (
            f"{len(left())} calls missing\n{self.capture.tail()}\n{self.assemble.tail()}"))

    def stop_all(self):
        """A clean end of the three."""
        for process in (self.capture, self.assemble, self.ship):
            process.stop()

    def refused(self, spool):
        """Packets refused for want of room, as the manifests say."""
        return records.losses(spool)["quota_refusals"] or 0

    def test_a_full_disk_is_refused_counted_and_left_by_itself(self):
        with disk.SmallDisk(self.directory) as small, Sink(self.directory) as sink:
            spool = small.path / "spool"
            self.start_live(spool, sink, "--min-free", "16MiB")
            self.call(0)
            self.wait_for_calls(sink, range(PHASE))
            small.fill()
            # The floor is looked at once a second.
            time.sleep(1.5)
            self.call(PHASE)
            code, text = self.get(self.metrics_port, "/metrics")
            self.assertEqual(code, 200)
            small.free()
            time.sleep(1.5)
            self.call(2 * PHASE)
            self.wait_for_calls(sink, range(2 * PHASE, 3 * PHASE))
            self.stop_all()
            self.assertGreater(self.refused(spool), PHASE, "refusals are counted")
            found = {calls.number_of(record) for record in sink.records()}
            self.assertLess(len(found & set(range(PHASE, 2 * PHASE))), PHASE)
            self.assertEqual(records.repeated([record["call:id"] for record in sink.records()]), [])
            self.run_earshot("earshot", "ledger", "--spool", spool)

    def test_a_disk_that_hangs_costs_nothing(self):
        with disk.SmallDisk(self.directory) as small, Sink(self.directory) as sink:
            spool = small.path / "spool"
            self.start_live(spool, sink, "--min-free", "1MiB")
            self.call(0)
            small.freeze()
            try:
                self.call(PHASE)
                time.sleep(1)
            finally:
                small.thaw()
            self.call(2 * PHASE)
            self.wait_for_calls(sink, range(3 * PHASE))
            self.stop_all()
            losses = {name: count for name, count in records.losses(spool).items() if count}
            self.assertEqual(losses, {})
            self.assertEqual(calls.problems(sink.records(), range(3 * PHASE))[:10], [])
            self.run_earshot("earshot", "ledger", "--spool", spool)

    def prepare_spool(self, spool, count=2000):
        """A spool with the packets of a generated capture."""
        capture = self.directory / "in.pcap"
        summary = traffic.generate(capture, "--calls", str(count), "--flows", "20")
        self.run_earshot("earshot-capture", "-r", capture, "--spool", spool, "--drain",
                         "--seal-bytes", "128KiB")
        return summary

    def test_a_sink_on_a_full_or_read_only_disk_gets_every_record_once(self):
        summary = self.prepare_spool(self.spool)
        with disk.SmallDisk(self.directory, 32) as small:
            target = small.path / "all.ndjson"
            small.fill()
            ship = self.start("earshot-ship", "--spool", self.spool, "--to", f"file:{target}")
            self.run_earshot("earshot-assemble", "--spool", self.spool, "--drain")
            time.sleep(1)
            ship.check_running()
            small.free()
            wait_until(lambda: target.exists() and target.stat().st_size > 0, 40, ship.tail)
            ship.kill()
            small.set_read_only(True)
            done = self.run_earshot(
                "earshot-ship", "--spool", self.spool, "--to", f"file:{target}", "--drain",
                "--drain-timeout", "1s", code=None)
            self.assertIn(done.code, (0, 69, 75), str(done))
            small.set_read_only(False)
            self.run_earshot("earshot-ship", "--spool", self.spool, "--to", f"file:{target}",
                             "--drain")
            found = records.parse(target.read_text())
        self.assertEqual(traffic.problems(found, summary["calls"])[:10], [])

    def test_a_power_cut_while_calls_are_assembled_loses_and_repeats_nothing(self):
        with disk.SmallDisk(self.directory) as small, Sink(self.directory) as sink:
            spool = small.path / "spool"
            summary = self.prepare_spool(spool, 6000)
            for pause in (0.05, 0.3, 0.7):
                running = [self.start("earshot-assemble", "--spool", spool, "--snapshot-every", 2),
                           self.start("earshot-ship", "--spool", spool, "--to", sink.url)]
                time.sleep(pause)
                small.cut_power()
                time.sleep(0.1)
                for process in running:
                    process.kill()
                small.restore_power()
            self.run_earshot("earshot-assemble", "--spool", spool, "--drain")
            self.run_earshot("earshot-ship", "--spool", spool, "--to", sink.url, "--drain")
            self.run_earshot("earshot", "ledger", "--spool", spool)
            self.assertEqual(chaos.repetition_problems(sink), [])
            distinct = {record["call:id"]: record for record in sink.records()}
            self.assertEqual(
                traffic.problems(list(distinct.values()), summary["calls"])[:10], [])

    def test_a_drain_gives_up_on_a_dead_sink_and_goes_on_later(self):
        summary = self.prepare_spool(self.spool, 300)
        self.run_earshot("earshot-assemble", "--spool", self.spool, "--drain")
        with Sink(self.directory) as sink:
            sink.go_down()
            done = self.run_earshot("earshot-ship", "--spool", self.spool, "--to", sink.url,
                                    "--drain", "--drain-timeout", "2s", code=75)
            self.assertIn("its place is kept", done.stderr)
            self.assertLess(done.seconds, 20)
            sink.come_back()
            self.run_earshot("earshot-ship", "--spool", self.spool, "--to", sink.url, "--drain")
            self.assertEqual(traffic.problems(sink.records(), summary["calls"])[:10], [])
