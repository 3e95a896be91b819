"""VXLAN-mirrored traffic between namespaces, captured both ways, through outages and restarts.

Requests: 3,000 per test; 50,000 and a receiver down for 60 s in CI and with EARSHOT_E2E=full.
"""

import os
import time

from support import namespaces
from support.calls import problems
from support.case import IS_FULL, EndToEndCase
from support.sink import Sink
from support.waiting import wait_until

COUNT = int(os.environ.get("EARSHOT_E2E_REQUESTS")
            or (50_000 if IS_FULL else 3000))
OUTAGE_SECONDS = 60 if IS_FULL else 5
METRICS_PORT = 9464


class MirrorTest(EndToEndCase):
    """Client, talker and listener in namespaces; assemble, ship and the receiver outside."""

    time_limit = 900 if IS_FULL else 300

    def setUp(self):
        super().setUp()
        self.net = self.open_namespaces()
        self.web_port = self.start_web(namespaces.SERVER, 80, namespace=self.net.talker)
        self.sink = Sink(self.directory)
        self.sink.__enter__()
        self.addCleanup(self.sink.__exit__)

    def start_capture(self, interface):
        if interface == namespaces.VX0:
            self.net.add_vx0()
        capture = self.start("earshot-capture", "-i", interface, "--spool", self.spool,
                             "--listen", f"127.0.0.1:{METRICS_PORT}", namespace=self.net.listener)
        self.wait_ready(capture, METRICS_PORT, namespace=self.net.listener)
        return capture

    def start_assemble(self):
        self.assemble = self.start("earshot-assemble", "--spool", self.spool)

    def start_ship(self):
        self.ship = self.start("earshot-ship", "--spool", self.spool, "--to", self.sink.url)

    def start_load(self, rate=0):
        return self.start_calls(namespaces.SERVER, self.web_port, COUNT, rate=rate,
                                namespace=self.net.client)

    def arrived(self):
        return self.sink.distinct_count()

    def wait_for(self, count, seconds=60):
        wait_until(lambda: self.arrived() >= count, seconds,
                   lambda: f"{self.arrived()} of {count} calls at the receiver\n"
                           f"{self.assemble.tail()}{self.ship.tail()}", 0.2)

    def finish(self, capture, load, **options):
        """All calls arrive; then everything stops cleanly and the books agree."""
        self.finish_calls(load, COUNT, seconds=self.time_limit - 60)
        self.wait_for(COUNT, seconds=90)
        for process in (capture, self.assemble, self.ship):
            process.stop()
        self.assertEqual(problems(self.sink.records(), range(COUNT), **options)[:10], [])
        self.assertEqual(self.sink.violations(), [])
        self.check_books(COUNT)

    def test_calls_on_the_underlay_are_decapsulated(self):
        capture = self.start_capture(namespaces.UNDERLAY)
        self.start_assemble()
        self.start_ship()
        self.finish(capture, self.start_load())
        self.assertEqual({record.get("call:vni") for record in self.sink.records()},
                         {str(namespaces.VNI)})
        self.check_no_complaint_to_production()

    def check_no_complaint_to_production(self):
        """The listener never answered a mirrored packet with ICMP port unreachable."""
        table = self.net.run(self.net.listener, "cat", "/proc/net/snmp")
        names, values = [line.split()[1:] for line in table.splitlines()
                         if line.startswith("Icmp:")]
        self.assertEqual(dict(zip(names, values))["OutDestUnreachs"], "0")

    def test_calls_on_vx0_are_taken_as_they_come(self):
        capture = self.start_capture(namespaces.VX0)
        self.start_assemble()
        self.start_ship()
        self.finish(capture, self.start_load())

    def test_a_receiver_that_is_down_costs_nothing(self):
        capture = self.start_capture(namespaces.UNDERLAY)
        self.start_assemble()
        self.start_ship()
        load = self.start_load(rate=COUNT / (OUTAGE_SECONDS * 1.5))
        self.wait_for(COUNT // 8)
        self.sink.go_down()
        time.sleep(OUTAGE_SECONDS)
        self.sink.come_back()
        # A batch whose answer was cut off is sent again with the same bytes.
        self.finish(capture, load, same_bytes_twice_is_fine=True)

    def test_stopped_and_killed_processes_go_on_where_they_were(self):
        capture = self.start_capture(namespaces.UNDERLAY)
        self.start_assemble()
        self.start_ship()
        load = self.start_load(rate=COUNT / (25 if IS_FULL else 12))
        part = COUNT // 8
        self.wait_for(part)
        self.assemble.stop()
        self.start_assemble()
        self.wait_for(2 * part)
        self.ship.stop()
        self.start_ship()
        self.wait_for(3 * part)
        self.assemble.kill()
        self.start_assemble()
        self.wait_for(4 * part)
        self.ship.kill()
        self.start_ship()
        self.wait_for(5 * part)
        self.assemble.kill()
        self.ship.kill()
        self.start_ship()
        self.start_assemble()
        self.finish(capture, load, same_bytes_twice_is_fine=True)

    def test_a_stopped_pipeline_repeats_nothing(self):
        capture = self.start_capture(namespaces.UNDERLAY)
        self.start_assemble()
        self.start_ship()
        load = self.start_load(rate=COUNT / (20 if IS_FULL else 8))
        for part in (1, 2, 3):
            self.wait_for(part * COUNT // 6)
            self.assemble.stop()
            self.ship.stop()
            self.start_assemble()
            self.start_ship()
        self.finish(capture, load)
