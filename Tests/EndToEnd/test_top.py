"""earshot top: its pages, its screen, and that it leaves spool and terminal as they were."""

import collections
import json
import re
import shutil
import signal
import time

from support import records, traffic
from support.case import EndToEndCase, binaries
from support.conversation import CaptureFile, Conversation
from support.screen import CODES, Screen
from support.waiting import wait_until


class TopTest(EndToEndCase):
    """The calls of a spool, watched."""

    calls = 300

    def setUp(self):
        super().setUp()
        capture = self.directory / "in.pcap"
        traffic.generate(capture, "--calls", self.calls, "--flows", 20)
        self.feed(capture)
        self.stored = records.stored(self.spool)

    def feed(self, capture):
        """The calls of a capture into the spool."""
        self.run_earshot("earshot-capture", "-r", capture, "--spool", self.spool, "--drain")
        self.run_earshot("earshot-assemble", "--spool", self.spool, "--drain")

    def top(self, *arguments, **more):
        return self.run_earshot("earshot", "top", "--spool", self.spool, "--interval", "100ms",
                                *arguments, **more)

    def screen(self, *arguments, **more):
        return Screen([binaries() / "earshot", "top", "--spool", self.spool, "--interval", "200ms",
                       *arguments], **more)

    def hostile(self):
        """A capture whose texts would move cursors, set titles and turn lines around."""
        capture = CaptureFile()
        start = 1_700_000_000 * 10**9
        talk = Conversation(capture, ("10.0.0.1", 4000), ("10.0.9.9", 80), start)
        path = b"/\x1b]0;owned\x07/\x1b[2J\xc2\x9b31m/\xe2\x80\xae/x"
        talk.say(0, b"GET " + path + b" HTTP/1.1\r\nHost: a\x1b[5mb\r\n\r\n", start + 10**6)
        talk.say(1, b"HTTP/1.1 204 No\r\n\r\n", start + 2 * 10**6)
        talk.close(start + 3 * 10**6)
        return capture.write(self.directory / "hostile.pcap")

    def test_a_page_for_scripts_says_what_the_records_say(self):
        first, second = [json.loads(line) for line in
                         self.top("--json", "--count", 2, "--rows", 200).stdout.splitlines()]
        self.assertGreater(second["at_nanoseconds"], first["at_nanoseconds"])
        self.assertEqual(second["calls"], self.calls)
        self.assertEqual(second["sample"]["seen"], self.calls)
        statuses = collections.Counter(r.get("response_code", "none") for r in self.stored)
        methods = collections.Counter(r.get("request_method", "-") for r in self.stored)
        hosts = collections.Counter(r["request_url"].split("/")[2].split(":")[0]
                                    for r in self.stored)
        groups = {name: {row["key"]: row["calls"] for row in rows}
                  for name, rows in second["groups"].items()}
        self.assertEqual(groups["status"], statuses)
        self.assertEqual(groups["method"], methods)
        self.assertEqual(groups["host"], {key: hosts[key] for key in groups["host"]})
        self.assertTrue(all("{id}" in path for path in groups["path"]), groups["path"])
        spans = sorted(int(r["call:response_end"]) - int(r["call:request_start"])
                       for r in self.stored)
        latency = second["all"]["latency_nanoseconds"]
        self.assertEqual([latency["p50"], latency["max"]], [spans[(len(spans) - 1) // 2], spans[-1]])
        wrong = sum(count for code, count in statuses.items() if code[0] == "4")
        self.assertEqual(second["all"]["client_errors"], wrong)

    def test_without_a_terminal_it_is_one_page_without_codes(self):
        page = self.top("--by", "status").stdout
        self.assertIn(f"{self.calls} in the last 60 s", page)
        for word in ("latency  p50", "dropped  nothing in the last 60 s", "waiting  packets: none",
                     "sinks    none has shipped"):
            self.assertIn(word, page)
        self.assertRegex(page, r"(?m)^ +CALLS/S +SHARE .* STATUS$")
        self.assertRegex(page, r"(?m) 200$")
        self.assertNotRegex(page, r"[^\n -~·]")
        with self.screen("--once") as screen:
            self.assertEqual(screen.finish(), 0)
            self.assertIn(b"CALLS/S", screen.output)
            self.assertNotIn(b"\x1b", screen.output)

    def test_calls_that_come_are_seen_and_nothing_is_written(self):
        more = self.directory / "more.pcap"
        traffic.generate(more, "--calls", 50, "--flows", 5, "--seed", 7)
        before = self.files()
        self.top()
        self.assertEqual(self.files(), before)
        watching = self.start("earshot", "top", "--spool", self.spool, "--json", "--interval",
                              "100ms")
        wait_until(lambda: watching.stdout.count("\n") >= 1, 10, watching.tail)
        self.feed(more)
        wait_until(lambda: json.loads(watching.stdout.splitlines()[-2])["calls"]
                   == self.calls + 50, 10, watching.tail)

    def files(self):
        return {path: path.stat().st_mtime_ns for path in self.spool.rglob("*")}

    def test_keys_change_what_is_shown_and_q_gives_the_terminal_back(self):
        with self.screen() as screen:
            self.assertIn(b"by host", screen.read_until(b"q quit"))
            for key, title in ((b"p", b" PATH"), (b"s", b" STATUS"), (b"m", b" METHOD"),
                               (b"h", b" HOST")):
                screen.press(key)
                screen.read_until(title)
            screen.press(b" ")
            screen.read_until(b"PAUSED")
            screen.press(b"\x1a\x1c")  # Ctrl-Z and Ctrl-\ must not leave it half-way.
            screen.press(b"q")
            self.assertEqual(screen.finish(), 0)
            self.assertTrue(screen.is_restored, screen.output[-200:])

    def test_it_fits_the_terminal_and_follows_its_size(self):
        with self.screen(columns=60, rows=16) as screen:
            screen.read_until(b"q quit")
            time.sleep(0.5)
            screen.read_some(0.1)
            frames = screen.output.split(b"\x1b[H")[1:]
            for frame in frames[:-1]:
                # A terminal's driver puts one more return before a line feed.
                lines = CODES.sub(b"", frame).decode().replace("\r", "").split("\n")
                self.assertLessEqual(len(lines), 16)
                self.assertLessEqual(max(map(len, lines)), 60)
            screen.resize(120, 40)
            screen.tell_size()
            screen.read_until(b"\x1b[40;1H")

    def test_signals_and_errors_give_the_terminal_back(self):
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.screen() as screen:
                screen.read_until(b"q quit")
                screen.popen.send_signal(name)
                self.assertEqual(screen.finish(), 0, name)
                self.assertTrue(screen.is_restored, name)
        with self.screen() as screen:
            screen.read_until(b"q quit")
            self.spool.rename(self.directory / "gone")
            self.assertEqual(screen.finish(), 66)
            self.assertTrue(screen.is_restored)
            said = screen.popen.stderr.read()
            self.assertRegex(said, rb"^earshot: [^\n]*No such file[^\n]*\n$")

    def test_the_wire_cannot_speak_to_the_terminal(self):
        shutil.rmtree(self.spool)
        self.feed(self.hostile())
        stored = records.stored(self.spool)
        self.assertEqual(len(stored), 1)
        self.assertIn("\x1b[2J", stored[0]["request_url"])
        for by in ("host", "path", "status", "method"):
            self.assertNotRegex(self.top("--by", by).stdout, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")
        self.assertNotRegex(self.top("--json", "--count", 1).stdout, "[\x7f-\x9f\u202e]|\\\\u00")
        with self.screen("--by", "path") as screen:
            screen.read_until(b"owned")
            screen.press(b"h")
            screen.read_until(b" HOST")
            screen.press(b"q")
            self.assertEqual(screen.finish(), 0)
            drawn = CODES.sub(b"", screen.output).decode()
            self.assertNotRegex(drawn, "[\x00-\x09\x0b-\x0c\x0e-\x1f\x7f-\x9f\u202e]")
            self.assertNotIn(b"\x1b[2J", screen.output)

    def test_no_color_is_heard(self):
        colours = rb"\x1b\[[0-9;]*m"
        with self.screen() as screen:
            self.assertRegex(screen.read_until(b"q quit"), colours)
        with self.screen(environment={"NO_COLOR": "1"}) as screen:
            self.assertNotRegex(screen.read_until(b"q quit"), colours)

    def test_mistakes_are_one_line_with_their_code(self):
        for arguments, said in (
                (("--interval", "0"), "--interval: 0s is not from 100ms to 1h"),
                (("--window", "2h"), "--window: 2h is not from 1s to 1h"),
                (("--by", "client"), "client"), (("--rows", "0"), "--rows: 0 is not from 1"),
                (("--count", "3"), "--count goes with --json"),
                (("--json", "--count", "0"), "--count: 0 is not above 0")):
            done = self.run_earshot("earshot", "top", "--spool", self.spool, *arguments, code=64)
            self.assertIn(said, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
        nothing = self.directory / "nothing"
        for command in ("status", "top"):
            done = self.run_earshot("earshot", command, "--spool", nothing, code=66)
            self.assertIn("there is no spool here", done.stderr)
            self.assertFalse(nothing.exists())

    def test_a_segment_that_cannot_be_read_is_said(self):
        segment = records.call_segments(self.spool)[0]
        segment.unlink()
        segment.symlink_to(self.directory / "in.pcap")
        self.assertRegex(self.top().stdout, re.compile(r"^! .*ndjson", re.M))
