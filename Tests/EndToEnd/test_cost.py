"""What the packet path may cost: no allocation once warm, memory within its budget."""

import os
import pathlib
import subprocess

from support import traffic
from support.case import EndToEndCase, binaries


class CostTest(EndToEndCase):
    """`earshot read`, counted from outside."""

    def allocations(self, counter, capture):
        count = self.directory / "allocations"
        environment = {"LD_PRELOAD": str(counter), "ALLOCATIONS": str(count)}
        subprocess.run([str(binaries() / "earshot"), "read", str(capture)], check=True,
                       stdout=subprocess.DEVNULL, env=environment, timeout=120)
        return int(count.read_text())

    def test_twice_the_packets_allocate_no_more(self):
        counter = self.directory / "count_allocations.so"
        source = pathlib.Path(__file__).parent / "support" / "count_allocations.c"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", counter, source], check=True)
        found = []
        for calls in (20_000, 40_000):
            capture = self.directory / f"{calls}.pcap"
            summary = traffic.generate(capture, "--calls", calls, "--flows", 100,
                                       "--profile", "small")
            found.append((summary["packets"], self.allocations(counter, capture)))
        (few_packets, few), (many_packets, many) = found
        self.assertGreater(few, 0, "the counter works")
        # What is left: tables that double, a connection's first steps.
        share = (many - few) / (many_packets - few_packets)
        self.assertLess(share, 0.001, f"{many - few} allocations by "
                        f"{many_packets - few_packets} packets more")

    def test_long_bodies_in_many_connections_stay_within_the_memory_budget(self):
        capture = self.directory / "large.pcap"
        summary = traffic.generate(capture, "--bytes", "600MB", "--flows", 800,
                                   "--profile", "large")
        output = self.directory / "calls.ndjson"
        with open(output, "wb") as target:
            process = subprocess.Popen([str(binaries() / "earshot"), "read", str(capture)],
                                       stdout=target, env={})
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        self.assertLess(usage.ru_maxrss, 256 << 10, "KiB resident")
        with open(output, "rb") as lines:
            self.assertEqual(sum(1 for _ in lines), summary["calls"], "no call is lost for it")
