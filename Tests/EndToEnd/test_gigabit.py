"""A gigabit a second for as long as asked, with assemble standing still for the first half.

Runs with `make soak` only (EARSHOT_SOAK_SECONDS): it wants the machine for itself. A generated
capture is sent again and again over a veth pair, each time with other addresses, and every call of
it has to come out of ship once.
"""

import array
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest

from support import namespaces, records
from support.case import EndToEndCase, binaries
from support.processes import clean_environment
from support.waiting import wait_until

SECONDS = float(os.environ.get("EARSHOT_SOAK_SECONDS", 0))
BYTES_PER_SECOND = 125_000_000
CAPTURE_BYTES = 256_000_000
METRICS_PORT = 9464
IDENTIFIER = re.compile(rb'\["call:id","([^"]*)"\]')


def load_tests(_, tests, __):
    """No test at all but in `make soak`."""
    return tests if SECONDS else unittest.TestSuite()


class CallCounter(threading.Thread):
    """Reads records from a pipe and keeps what tells them apart."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self.pipe = pipe
        self.hashes = array.array("q")

    def run(self):
        rest = b""
        while chunk := os.read(self.pipe.fileno(), 1 << 20):
            whole, newline, rest = (rest + chunk).rpartition(b"\n")
            if newline:
                self.hashes.extend(hash(name) for name in IDENTIFIER.findall(whole))

    @property
    def count(self):
        return len(self.hashes)


class GigabitTest(EndToEndCase):
    """Three processes against 1 Gbit/s."""

    time_limit = int(4 * SECONDS) + 600

    def test_nothing_is_lost_at_a_gigabit_with_assemble_standing_still(self):
        self.need(None if shutil.which("tcpreplay") else "needs tcpreplay")
        pcap, calls = self.generate("long.pcap", "--bytes", CAPTURE_BYTES)
        rounds = math.ceil(SECONDS * BYTES_PER_SECOND / pcap.stat().st_size)
        net = self.open_namespaces()
        self.start_three(net)
        began = time.monotonic()
        self.running["assemble"].send_signal(signal.SIGSTOP)
        sender = self.send(net, pcap, "--preload-pcap", "--loop", rounds, "--unique-ip",
                           "--mbps", 1000)
        self.watch(lambda: time.monotonic() - began > SECONDS / 2)
        self.running["assemble"].send_signal(signal.SIGCONT)
        self.watch(lambda: sender.poll() is not None)
        sent = time.monotonic() - began
        self.watch(lambda: self.counter.count >= rounds * calls)
        drained = time.monotonic() - began
        latency = self.latency(net)
        self.report(rounds, calls, pcap, sent, drained, latency)
        for name in ("capture", "assemble", "ship"):
            self.running[name].send_signal(signal.SIGTERM)
            self.assertEqual(self.running[name].wait(60), 0, name)
        self.counter.join(60)
        self.assertEqual(len(set(self.counter.hashes)), self.counter.count, "a call came twice")
        self.assertEqual(self.counter.count, rounds * calls + self.extra)
        lost = {name: number for name, number in records.losses(self.spool).items() if number}
        self.assertEqual(lost, {})
        self.assertLess(latency, 2)
        self.check_memory()
        self.run_earshot("earshot", "ledger", "--spool", self.spool)

    def generate(self, name, *options):
        """A capture and how many calls are in it."""
        path, expect = self.directory / name, self.directory / f"{name}.json"
        subprocess.run([binaries() / "traffic", *map(str, options), "--expect", expect, path],
                       check=True, stdout=subprocess.DEVNULL, timeout=300)
        return path, json.loads(expect.read_text())["calls"]

    def send(self, net, pcap, *options):
        """Starts sending a capture to the listener."""
        command = ["ip", "netns", "exec", net.talker, "tcpreplay", "-q", "-i", "u0",
                   *map(str, options), pcap]
        with open(self.directory / "tcpreplay.log", "wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        self.addCleanup(process.kill)
        return process

    def start_three(self, net):
        """The pipeline; what ship writes goes through the counter."""
        self.running = {}
        self.resident = []
        capture = self.start("earshot-capture", "-i", namespaces.UNDERLAY, "--spool", self.spool,
                             "--retain", "20s", "--listen", f"127.0.0.1:{METRICS_PORT}",
                             namespace=net.listener)
        self.wait_ready(capture, METRICS_PORT, namespace=net.listener)
        self.running["capture"] = capture.popen
        self.running["assemble"] = self.start(
            "earshot-assemble", "--spool", self.spool).popen
        with open(self.directory / "ship.log", "wb") as log:
            ship = subprocess.Popen(
                [binaries() / "earshot-ship", "--spool", self.spool, "--to", "stdout:",
                 "--retain", "20s"], stdout=subprocess.PIPE, stderr=log, env=clean_environment())
        self.addCleanup(ship.kill)
        self.running["ship"] = ship
        self.counter = CallCounter(ship.stdout)
        self.counter.start()

    def watch(self, is_over):
        """Notes the memory of all processes until something is over."""
        while not is_over():
            for name, process in self.running.items():
                self.assertIsNone(process.poll(), f"{name} ended by itself")
            self.resident.append({name: self.mebibytes(process)
                                  for name, process in self.running.items()})
            time.sleep(1)

    @staticmethod
    def mebibytes(process):
        with open(f"/proc/{process.pid}/statm", encoding="ascii") as numbers:
            return int(numbers.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)

    def latency(self, net):
        """Seconds until the calls of a moment's traffic are out of ship, with the backlog gone."""
        pcap, self.extra = self.generate("short.pcap", "--calls", 50, "--flows", 5, "--seed", 99)
        wanted = self.counter.count + self.extra
        self.assertEqual(self.send(net, pcap, "--mbps", 10).wait(60), 0)
        began = time.monotonic()
        wait_until(lambda: self.counter.count >= wanted, 20,
                   lambda: f"{wanted - self.counter.count} calls are missing after 20 s", 0.02)
        return time.monotonic() - began

    def check_memory(self):
        """No process grows once it has worked for a while."""
        third = len(self.resident) // 3
        for name in self.running:
            early = max(sample[name] for sample in self.resident[:2 * third])
            late = max(sample[name] for sample in self.resident[2 * third:])
            self.assertLess(late, early * 1.3 + 48, name)

    def report(self, rounds, calls, pcap, sent, drained, latency):
        size = rounds * pcap.stat().st_size
        used = {}
        for name, process in self.running.items():
            with open(f"/proc/{process.pid}/stat", encoding="ascii") as numbers:
                fields = numbers.read().rpartition(")")[2].split()
            used[name] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        print(f"\n    {size / 1e9:.1f} GB, {rounds * calls} calls, "
              f"{size * 8 / sent / 1e9:.2f} Gbit/s for {sent:.0f} s, drained {drained - sent:.0f} s "
              f"later, then wire to sink {latency:.2f} s; CPU s per GB "
              + ", ".join(f"{name} {seconds / size * 1e9:.2f}" for name, seconds in used.items())
              + "; peak MiB " + ", ".join(
                  f"{name} {max(sample[name] for sample in self.resident):.0f}"
                  for name in self.running), file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
