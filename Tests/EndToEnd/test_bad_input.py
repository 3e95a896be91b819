"""Bad input and bad surroundings: one clear line, the sysexits code, nothing lost."""

import os
import pathlib
import socket

from support import records, traffic
from support.case import EndToEndCase
from support.processes import free_port
from support.sink import Sink
from support.waiting import wait_until

USAGE, DATA, NO_INPUT, UNAVAILABLE, CANNOT_CREATE, IO, NO_PERMISSION, CONFIG = (
    64, 65, 66, 69, 73, 74, 77, 78)
ALL = ("earshot-capture", "earshot-assemble", "earshot-ship")


class BadInputTest(EndToEndCase):
    """What each process says and how it ends."""

    def expect(self, name, *arguments, codes, words, environment=None, **more):
        """The process ends with one of the codes and one line that holds all the words."""
        done = self.run_earshot(name, *arguments, code=None, environment=environment, **more)
        with self.subTest(command=f"{name} {' '.join(map(str, arguments))}"):
            self.assertIn(done.code, codes, str(done))
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            # Parsers of command lines add the usage behind the line that matters.
            matching = [line for line in lines if all(word in line for word in words)]
            self.assertTrue(matching, f"no line with {words}: {done}")
            self.assertLessEqual(len(lines), 6, str(done))
            self.assertNotIn("Fatal error", done.stderr)
            self.assertEqual(done.stdout, "")

    def test_an_unknown_flag_is_named(self):
        for name in ALL:
            self.expect(name, "--spool", self.spool, "--no-such-flag", codes={USAGE},
                        words=["--no-such-flag"])
        self.assertFalse(self.spool.exists(), "nothing was opened")

    def test_bad_values_are_named(self):
        for name, arguments, words in (
                ("earshot-capture", ("-i", "lo", "--ports", "80,http"), ["ports", "http"]),
                ("earshot-capture", ("-i", "lo", "--ports", "70000"), ["ports", "70000"]),
                ("earshot-capture", ("-i", "lo", "--ring", "many"), ["ring", "many"]),
                ("earshot-capture", ("-i", "lo", "--vnis", "16777216"), ["vnis", "16777216"]),
                ("earshot-capture", ("-i", "lo", "--when-full", "panic"), ["when-full", "panic"]),
                ("earshot-assemble", ("--ports", "0-"), ["ports", "0-"]),
                ("earshot-assemble", ("--body-limit", "-1"), ["body-limit"]),
                ("earshot-ship", ("--to", "gopher://x"), ["gopher"]),
        ):
            self.expect(name, "--spool", self.spool, *arguments, codes={USAGE, CONFIG},
                        words=words)

    def test_a_bad_rule_is_quoted(self):
        self.expect("earshot-assemble", "--spool", self.spool, "--rules", "/a/ explode",
                    codes={USAGE, CONFIG}, words=["explode"])

    def test_a_bad_configuration_file_is_named(self):
        file = self.directory / "earshot.yaml"
        file.write_text("no_such_key: 1\n")
        for name in ALL:
            self.expect(name, "--config", file, "--spool", self.spool, codes={USAGE, CONFIG},
                        words=["no_such_key"])
        self.expect("earshot-capture", "--config", self.directory / "absent.yaml",
                    codes={NO_INPUT, CONFIG, USAGE}, words=["absent.yaml"])

    def test_an_interface_that_is_not_there(self):
        self.need_root()
        self.expect("earshot-capture", "-i", "nosuch0", "--spool", self.spool,
                    codes={NO_INPUT, UNAVAILABLE}, words=["nosuch0"])

    def test_no_permission_to_capture(self):
        self.need_root()
        self.directory.chmod(0o755)
        bin_folder = self.copy_of("earshot-capture")
        spool = self.directory / "theirs"
        spool.mkdir()
        spool.chmod(0o777)
        done = self.as_nobody(bin_folder / "earshot-capture", "-i", "lo", "--spool", spool)
        self.assertEqual(done.code, NO_PERMISSION, str(done))
        self.assertIn("lo", done.stderr)

    def test_a_file_that_cannot_be_read(self):
        absent = self.directory / "absent.pcap"
        self.expect("earshot-capture", "-r", absent, "--spool", self.spool, "--drain",
                    codes={NO_INPUT}, words=["absent.pcap", "No such file"])
        self.expect("earshot", "read", absent, codes={NO_INPUT},
                    words=["absent.pcap", "No such file"])

    def test_a_file_that_may_not_be_read(self):
        self.need_root()
        self.directory.chmod(0o755)
        closed = self.directory / "closed.pcap"
        closed.write_bytes(b"")
        closed.chmod(0)
        done = self.as_nobody(self.copy_of("earshot") / "earshot", "read", closed)
        self.assertIn(done.code, {NO_INPUT, NO_PERMISSION}, str(done))
        self.assertIn("ermission denied", done.stderr)

    def test_a_file_that_is_no_capture(self):
        for content in (b"GET / HTTP/1.1\r\n\r\n" * 50, b"\x00" * 100, b""):
            text = self.directory / "text.pcap"
            text.write_bytes(content)
            self.expect("earshot-capture", "-r", text, "--spool", self.spool, "--drain",
                        codes={DATA}, words=["text.pcap"])
            self.expect("earshot", "read", text, codes={DATA}, words=["text.pcap"])

    def test_a_capture_that_ends_early_gives_what_it_holds(self):
        capture = self.directory / "in.pcap"
        traffic.generate(capture, "--calls", 200, "--flows", 5)
        cut = self.directory / "cut.pcap"
        cut.write_bytes(capture.read_bytes()[:-7])
        done = self.run_earshot("earshot", "read", cut, "--rules", "include debug", code=None)
        self.assertIn(done.code, {0, DATA}, str(done))
        self.assertIn("cut.pcap", done.stderr)
        found = records.parse(done.stdout)
        self.assertEqual(len(found), 200)

    def test_a_spool_that_cannot_be_written(self):
        blocked = self.directory / "file"
        blocked.write_text("not a folder")
        capture = self.directory / "in.pcap"
        traffic.generate(capture, "--calls", 10, "--flows", 2)
        codes = {NO_INPUT, CANNOT_CREATE, IO, NO_PERMISSION, UNAVAILABLE}
        self.expect("earshot-capture", "-r", capture, "--spool", blocked / "spool", "--drain",
                    codes=codes, words=["file/spool"])
        for name in ("earshot-assemble", "earshot-ship"):
            self.expect(name, "--spool", blocked / "spool", "--drain", codes=codes,
                        words=["file/spool"])

    def test_two_of_a_kind_do_not_share_a_spool(self):
        first = self.start("earshot-assemble", "--spool", self.spool)
        wait_until(lambda: (self.spool / "state").exists(), 10, first.tail)
        done = self.run_earshot("earshot-assemble", "--spool", self.spool, code=None, seconds=20)
        self.assertNotEqual(done.code, 0, str(done))
        self.assertIn("spool", done.stderr)
        first.stop()

    def test_a_sink_that_cannot_be_reached_costs_nothing(self):
        capture = self.directory / "in.pcap"
        summary = traffic.generate(capture, "--calls", 300, "--flows", 10)
        self.run_earshot("earshot-capture", "-r", capture, "--spool", self.spool, "--drain")
        self.run_earshot("earshot-assemble", "--spool", self.spool, "--drain")
        port = free_port(socket.SOCK_STREAM)
        ship = self.start("earshot-ship", "--spool", self.spool,
                          "--to", f"http://127.0.0.1:{port}/message")
        wait_until(lambda: str(port) in ship.stderr, 20, lambda: f"a line about it\n{ship.tail()}")
        self.assertLess(len(ship.stderr.splitlines()), 30, "a dead sink does not flood the log")
        ship.stop()
        with Sink(self.directory, port=port) as sink:
            self.run_earshot("earshot-ship", "--spool", self.spool, "--drain", "--to", sink.url)
            self.assertEqual(traffic.problems(sink.records(), summary["calls"]), [])

    def test_help_version_and_check_open_nothing(self):
        for name in (*ALL, "earshot"):
            self.assertIn("--", self.run_earshot(name, "--help").stdout)
            self.assertRegex(self.run_earshot(name, "--version").stdout, r"\d+\.\d+")
        self.run_earshot("earshot-capture", "-i", "lo", "--spool", self.spool, "--check")
        self.run_earshot("earshot-assemble", "--spool", self.spool, "--check")
        self.run_earshot("earshot-ship", "--spool", self.spool, "--to", "stdout:", "--check")
        self.assertFalse(self.spool.exists())

    def copy_of(self, name):
        """The executable where everybody may read it; returns the folder."""
        from support.case import binaries
        target = self.directory / "bin"
        target.mkdir(exist_ok=True)
        copy = target / name
        copy.write_bytes((binaries() / name).read_bytes())
        copy.chmod(0o755)
        return target

    def as_nobody(self, *command):
        """Runs a command as the user nobody."""
        from support import processes
        return processes.run(command, user=65534, seconds=20, directory=pathlib.Path(os.sep))
