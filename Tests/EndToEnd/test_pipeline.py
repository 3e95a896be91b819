"""A capture file through all three processes: what goes in comes out, once, in standard files."""

import json
import subprocess

from support import records, traffic
from support.case import EndToEndCase
from support.sink import Sink
from support.waiting import wait_until


class PipelineTest(EndToEndCase):
    """capture -r, assemble, ship."""

    calls = 2000

    def generate(self, *arguments, calls=None):
        self.capture = self.directory / "in.pcap"
        return traffic.generate(self.capture, "--calls", calls or self.calls, "--flows", 60,
                                *arguments)

    def capture_and_assemble(self, spool=None):
        spool = spool or self.spool
        self.run_earshot("earshot-capture", "-r", self.capture, "--spool", spool, "--drain")
        self.run_earshot("earshot-assemble", "--spool", spool, "--drain")
        return spool

    def check(self, found, summary):
        self.assertEqual(traffic.problems(found, summary["calls"], summary["damaged"])[:10], [])

    def test_every_call_of_a_capture_arrives_once_and_unchanged(self):
        summary = self.generate()
        self.capture_and_assemble()
        with Sink(self.directory) as sink:
            for _ in range(2):
                self.run_earshot("earshot-ship", "--spool", self.spool, "--drain",
                                 "--to", sink.url)
            self.check(sink.records(), summary)
            self.assertEqual(len(sink.records()), summary["calls"], "a second run sent nothing")
            self.assertEqual(sink.violations(), [])

    def test_every_call_in_vxlan_carries_its_network(self):
        summary = self.generate("--vxlan", 8864121)
        self.capture_and_assemble()
        found = records.stored(self.spool)
        self.check(found, summary)
        self.assertEqual({record.get("call:vni") for record in found}, {"8864121"})

    def test_a_noisy_mirror_costs_only_the_calls_it_damaged(self):
        summary = self.generate("--noise", "--profile", "small", calls=5000)
        self.assertGreater(summary["lost"], 0)
        self.capture_and_assemble()
        self.check(records.stored(self.spool), summary)

    def test_processes_may_start_in_any_order_and_run_together(self):
        summary = self.generate()
        with Sink(self.directory) as sink:
            ship = self.start("earshot-ship", "--spool", self.spool, "--to", sink.url)
            assemble = self.start("earshot-assemble", "--spool", self.spool)
            self.run_earshot("earshot-capture", "-r", self.capture, "--spool", self.spool,
                             "--drain")
            # The last calls come when packet time says that nothing more belongs to them.
            wait_until(lambda: len(sink.records()) >= summary["calls"], 60,
                       lambda: f"{len(sink.records())} of {summary['calls']} calls")
            assemble.stop()
            ship.stop()
            self.check(sink.records(), summary)
            self.assertEqual(sink.violations(), [])

    def test_the_same_packets_give_the_same_calls(self):
        self.generate()
        runs = []
        for name in ("one", "two"):
            found = records.stored(self.capture_and_assemble(self.directory / name))
            # Where a packet is stored may differ: segments are sealed by time, too.
            runs.append(sorted([pair for pair in record.pairs if pair[0] != "call:segment"]
                               for record in found))
        self.assertEqual(len(runs[0]), self.calls)
        self.assertEqual(runs[0], runs[1])
        identities = [dict(map(tuple, pairs))["call:id"] for pairs in runs[0]]
        self.assertEqual(records.repeated(identities), [])

    def test_a_second_run_of_assemble_writes_nothing_new(self):
        self.generate()
        self.capture_and_assemble()
        before = {path: path.read_bytes() for path in records.call_segments(self.spool)}
        self.run_earshot("earshot-assemble", "--spool", self.spool, "--drain")
        after = {path: path.read_bytes() for path in records.call_segments(self.spool)}
        self.assertEqual(before, after)

    def test_segments_are_files_for_lz4_tcpdump_and_wireshark(self):
        self.need_tools("lz4", "tcpdump", "tshark")
        summary = self.generate()
        self.capture_and_assemble()
        by_tcpdump = by_tshark = 0
        for path in records.packet_segments(self.spool):
            listing = subprocess.run(
                f"lz4 -dcq '{path}' | tcpdump -nr - 2>/dev/null | wc -l", shell=True, check=True,
                capture_output=True, text=True)
            by_tcpdump += int(listing.stdout)
            fields = subprocess.run(["tshark", "-r", str(path), "-T", "fields", "-e",
                                     "frame.number"], check=True, capture_output=True, text=True)
            by_tshark += len(fields.stdout.split())
        self.assertEqual(by_tcpdump, summary["packets"])
        self.assertEqual(by_tshark, summary["packets"])
        lines = sum(records.decompress(path).count(b"\n")
                    for path in records.call_segments(self.spool))
        self.assertEqual(lines, summary["calls"])

    def test_a_capture_may_come_from_standard_input_and_compressed(self):
        summary = self.generate(calls=300)
        gzipped = subprocess.run(["gzip", "-c", str(self.capture)], check=True,
                                 capture_output=True).stdout
        packed = self.directory / "in.pcap.gz"
        packed.write_bytes(gzipped)
        lz4 = self.directory / "in.pcap.lz4"
        subprocess.run(["lz4", "-q", str(self.capture), str(lz4)], check=True)
        for index, (source, stdin) in enumerate(
                ((packed, None), (lz4, None), ("-", self.capture.read_bytes()))):
            spool = self.directory / f"spool{index}"
            with self.subTest(source=str(source)):
                self.run_earshot("earshot-capture", "-r", source, "--spool", spool, "--drain",
                                 stdin=stdin)
                self.run_earshot("earshot-assemble", "--spool", spool, "--drain")
                self.check(records.stored(spool), summary)

    def test_read_prints_the_same_calls_without_a_spool(self):
        summary = self.generate()
        done = self.run_earshot("earshot", "read", self.capture, "--rules", "include debug")
        found = records.parse(done.stdout)
        self.check(found, summary)
        self.capture_and_assemble()
        self.assertEqual(sorted(record["call:id"] for record in found),
                         sorted(record["call:id"] for record in records.stored(self.spool)))

    def test_read_writes_json_har_and_a_table(self):
        summary = self.generate(calls=50)
        text = self.run_earshot("earshot", "read", self.capture, "--format", "har").stdout
        har = json.loads(text)
        self.assertEqual(len(har["log"]["entries"]), summary["calls"])
        table = self.run_earshot("earshot", "read", self.capture, "--format", "table").stdout
        self.assertGreaterEqual(len(table.splitlines()), summary["calls"])
        text = self.run_earshot("earshot", "read", self.capture, "--format", "json").stdout
        try:
            objects = json.loads(text)
        except ValueError:
            objects = [json.loads(line) for line in text.splitlines()]
        self.assertEqual(len(objects), summary["calls"])

    def test_the_ledger_balances_and_status_agrees(self):
        summary = self.generate()
        self.capture_and_assemble()
        self.run_earshot("earshot-ship", "--spool", self.spool, "--drain",
                         "--to", f"file:{self.directory / 'calls'}")
        ledger = self.run_earshot("earshot", "ledger", "--spool", self.spool)
        status = self.run_earshot("earshot", "status", "--spool", self.spool)
        for number in (summary["packets"], summary["calls"]):
            for done in (ledger, status):
                self.expect_number(number, done)
        lines = [line for path in sorted((self.directory / "calls").rglob("*"))
                 if path.is_file() and not path.name.startswith(".")
                 for line in content(path).splitlines()]
        self.assertEqual(len(lines), summary["calls"])


def content(path):
    """The text of a file that may be compressed."""
    return (records.decompress(path) if path.suffix == ".lz4" else path.read_bytes()).decode()
