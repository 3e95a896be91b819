"""What an operator does with a spool: replay, reassemble, export, pin, salvage, ledger."""

import json
import subprocess

from support import processes, records, traffic
from support.case import EndToEndCase
from support.sink import Sink


class OperatorTest(EndToEndCase):
    """The commands of earshot over a spool of real executables."""

    calls = 600

    def setUp(self):
        super().setUp()
        self.capture = self.directory / "in.pcap"
        self.summary = traffic.generate(self.capture, "--calls", self.calls, "--flows", 40)
        self.run_earshot("earshot-capture", "-r", self.capture, "--spool", self.spool, "--drain",
                         "--seal-bytes", "1MiB")
        self.run_earshot("earshot-assemble", "--spool", self.spool, "--drain")
        self.stored = records.stored(self.spool)

    def earshot(self, *arguments, **more):
        return self.run_earshot("earshot", *arguments, "--spool", self.spool, **more)

    def lines(self, path):
        return sorted(path.read_text().splitlines())

    def stored_lines(self):
        return sorted(line for path in records.call_segments(self.spool)
                      for line in records.decompress(path).decode().splitlines())

    def start_of(self, record):
        return int(record.get("call:request_start") or record["call:response_start"])

    def packets(self, path, *arguments):
        done = subprocess.run(["tshark", "-r", str(path), "-T", "fields", "-e", "frame.number",
                               *arguments], check=True, capture_output=True, text=True)
        return len(done.stdout.split())

    def test_a_replay_sends_the_same_calls_once_more_and_moves_no_cursor(self):
        with Sink(self.directory) as sink:
            self.run_earshot("earshot-ship", "--spool", self.spool, "--drain", "--to", sink.url)
            first = sorted(record["call:id"] for record in sink.records())
            state = {path.name: path.read_bytes() for path in (self.spool / "state").iterdir()
                     if path.name.startswith("ship-")}
            done = self.earshot("replay", "--to", sink.url)
            ids = sorted(record["call:id"] for record in sink.records())
            self.assertEqual(sorted(first * 2), ids, str(done))
            self.assertEqual(sink.violations(), [])
            after = {path.name: path.read_bytes() for path in (self.spool / "state").iterdir()
                     if path.name.startswith("ship-")}
            self.assertEqual(state, after)
        self.assertEqual(len(first), self.calls)

    def test_a_selection_replays_what_it_names_and_nothing_else(self):
        middle = sorted(map(self.start_of, self.stored))[self.calls // 2]
        out = self.directory / "later.ndjson"
        self.earshot("replay", "--from", middle, "--to", f"file:{out}")
        wanted = [record["call:id"] for record in self.stored if self.start_of(record) >= middle]
        found = records.parse(out.read_text())
        self.assertEqual(sorted(wanted), sorted(record["call:id"] for record in found))
        out = self.directory / "missing.ndjson"
        self.earshot("replay", "--status", "4xx,5xx", "--method", "get", "--sink", f"file:{out}")
        wanted = [record["call:id"] for record in self.stored
                  if record.get("response_code", "")[:1] in ("4", "5")
                  and record.get("request_method") == "GET"]
        found = records.parse(out.read_text()) if out.exists() else []
        self.assertEqual(sorted(wanted), sorted(record["call:id"] for record in found))

    def test_calls_built_again_are_the_original_lines(self):
        out = self.directory / "again.ndjson"
        done = self.earshot("replay", "--reassemble", "--to", f"file:{out}")
        self.assertEqual(self.lines(out), self.stored_lines(), str(done))

    def test_a_sink_that_is_away_is_given_up_with_its_exit_code(self):
        port = processes.free_port()
        done = self.earshot("replay", "--to", f"http://127.0.0.1:{port}/message",
                            "--patience", "1s", code=69)
        self.assertIn("accepted nothing for 1s", done.stderr)
        self.earshot("replay", code=64)
        self.earshot("replay", "--from", "now", "--to", "-1h", "--sink", "stdout:", code=64)

    def test_packets_are_exported_for_wireshark(self):
        self.need_tools("tshark")
        everything = self.directory / "all.pcapng"
        self.earshot("replay", "--packets", everything)
        self.assertEqual(self.packets(everything), self.summary["packets"])
        self.earshot("replay", "--packets", everything, code=73)
        record = self.stored[0]
        flow = f"{record['call:client']}-{record['call:server']}"
        one = self.directory / "flow.pcapng"
        self.earshot("replay", "--flow", flow, "--packets", one)
        address, _, port = record["call:client"].rpartition(":")
        expected = self.packets(everything, "-Y", f"ip.addr == {address} && tcp.port == {port}")
        self.assertEqual(self.packets(one), expected)
        call = self.directory / "call.pcapng"
        self.earshot("replay", "--call", record["call:id"], "--packets", call)
        self.assertTrue(0 < self.packets(call) <= expected)
        self.earshot("replay", "--call", "0" * 32, "--packets", self.directory / "no", code=66)

    def test_a_pin_shows_in_status_and_goes_by_its_name(self):
        self.earshot("pin", "--from", "1970-01-01", "--to", "now", "--name", "incident")
        self.assertIn("incident", self.earshot("pin", "--list").stdout)
        lanes = json.loads(self.earshot("status", "--json").stdout)["status"]["lanes"]
        for lane in lanes:
            self.assertEqual(lane["pinned_bytes"], lane["stored_bytes"])
        self.earshot("pin", "--from", "1970-01-01", "--name", "incident", code=64)
        # Retention of nothing at all leaves what is pinned.
        before = records.packet_segments(self.spool)
        self.run_earshot("earshot-capture", "-r", self.capture, "--spool", self.spool, "--drain",
                         "--retain", "0")
        self.assertTrue(set(before) <= set(records.packet_segments(self.spool)))
        self.earshot("unpin", "incident")
        self.earshot("unpin", "incident", code=66)

    def test_salvage_says_what_is_whole_and_writes_the_rest_anew(self):
        self.run_earshot("earshot", "salvage", "--spool", self.spool)
        segment = max(records.packet_segments(self.spool), key=lambda path: path.stat().st_size)
        data = bytearray(segment.read_bytes())
        data[len(data) * 2 // 3] ^= 0xFF
        segment.write_bytes(data)
        out = self.directory / "out"
        done = self.run_earshot("earshot", "salvage", segment, "--out", out, "--json", code=1)
        report = json.loads(done.stdout)
        self.assertEqual(report["outcome"], "partly")
        self.assertEqual(len(report["losses"]), 1)
        written = list(out.iterdir())
        self.assertEqual(len(written), 1)
        self.need_tools("tshark")
        self.assertEqual(self.packets(written[0]), report["kept"])
        self.run_earshot("earshot", "salvage", self.capture, code=65)

    def test_the_ledger_names_what_does_not_balance(self):
        ledger = json.loads(self.earshot("ledger", "--json").stdout)
        self.assertTrue(ledger["is_balanced"])
        for cause in ("refused_filter", "refused_oversized", "abandoned_in_ring"):
            self.assertIn(cause, ledger["losses"])
        lane = ledger["lanes"][0]
        delivered = lane["payload_fates"]["tcp_delivered_bytes"]
        self.assertEqual(delivered, sum(lane["content_bytes"].values()))
        empty = json.loads(self.earshot("ledger", "--json", "--to", "1").stdout)
        self.assertEqual(empty["lanes"][0]["stored_packets"], 0)
        path = records.packet_segments(self.spool)[0]
        manifest = path.parent / (path.name.split(".")[0] + ".json")
        document = json.loads(manifest.read_text())
        document["packets"] += 1
        manifest.write_text(json.dumps(document))
        done = self.earshot("ledger", code=1)
        self.assertIn("not balanced: lane 0", done.stderr)

    def test_newest_first_ships_everything_once(self):
        with Sink(self.directory) as sink:
            for _ in range(2):
                self.run_earshot("earshot-ship", "--spool", self.spool, "--drain", "--to",
                                 sink.url, "--order", "newest-first", "--backfill-rate", "1GiB/s")
            ids = sorted(record["call:id"] for record in sink.records())
            self.assertEqual(ids, sorted(record["call:id"] for record in self.stored))
            self.assertEqual(sink.violations(), [])
        self.earshot("ledger")

    def test_the_doctor_looks_at_host_and_spool_and_leaves_both_alone(self):
        before = sorted(path for path in self.spool.rglob("*"))
        done = self.earshot("doctor", "--json", "--interface", "lo", code=None)
        findings = [json.loads(line) for line in done.stdout.splitlines()]
        checks = {finding["check"]: finding for finding in findings}
        self.assertEqual(checks["losses"]["level"], "ok")
        self.assertEqual(checks["spool"]["level"], "ok")
        self.assertIn("written and flushed", checks["disk"]["text"])
        self.assertTrue(all(f.get("fix") for f in findings if f["level"] != "ok"), findings)
        self.assertEqual(done.code, int(any(f["level"] == "fail" for f in findings)))
        self.assertEqual(before, sorted(path for path in self.spool.rglob("*")))
        done = self.earshot("doctor", "--interface", "nothing0", "--no-disk-test", code=1)
        self.assertIn("FAIL  interface nothing0: there is none", done.stdout)

    def test_a_spool_that_only_capture_has_seen_has_a_status_and_a_ledger(self):
        spool = self.directory / "fresh"
        self.run_earshot("earshot-capture", "-r", self.capture, "--spool", spool, "--drain")
        for command in ("status", "ledger", "why", "doctor"):
            done = self.run_earshot("earshot", command, "--spool", spool, code=None)
            self.assertNotIn("No such file", done.stdout + done.stderr, command)
            self.assertLess(done.code, 2, str(done))
