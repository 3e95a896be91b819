"""The part of `make demo` behind the build: traffic, the three processes, the table.

Steps [3/5] to [5/5]. Everything is kept in --folder: spool/ and calls.ndjson.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))

from support import processes, records  # noqa: E402
from support.waiting import TimedOut, wait_until  # noqa: E402

CALLS = 200
RULES = {"USAGE_LOGGERS_RULES": "include debug"}


def step(number, text):
    """The headline of a step."""
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print(f"{bold}[{number}/5] {text}{plain}", flush=True)


class Demo:
    """One run."""

    def __init__(self, binaries, folder):
        self.bin = binaries
        self.folder = folder
        self.spool = folder / "spool"
        self.calls = folder / "calls.ndjson"
        self.logs = folder / "logs"
        self.running = []

    def start(self, *command, name=None):
        process = processes.Process(command, self.logs, name=name, environment=RULES)
        self.running.append(process)
        return process

    def shown(self, *command):
        """Prints a command as a person would type it."""
        text = " ".join(str(part) for part in command)
        print("    $ " + text.replace(str(self.bin) + "/", "").replace(f"{ROOT}/", ""), flush=True)
        return command

    def start_readers(self):
        """assemble and ship: they may be there before any packet is."""
        self.assemble = self.start(*self.shown(
            self.bin / "earshot-assemble", "--spool", self.spool))
        self.ship = self.start(*self.shown(
            self.bin / "earshot-ship", "--spool", self.spool, "--to", f"file:{self.calls}"))

    def live(self):
        """Catches calls on loopback; False where capturing is not allowed."""
        port = processes.free_port()
        metrics = processes.free_port()
        command = (self.bin / "earshot-capture", "-i", "lo", "--ports", str(port),
                   "--spool", self.spool, "--listen", f"127.0.0.1:{metrics}")
        capture = self.start(*command)
        if not self.is_capturing(capture, metrics):
            capture.kill()
            self.running.remove(capture)
            return False
        self.shown(*command)
        self.start_readers()
        web = ROOT / "Tests" / "EndToEnd" / "web.py"
        server = self.start(sys.executable, web, "serve", "127.0.0.1", port, name="web-server")
        wait_until(lambda: "ready" in server.stdout, 15, server.tail)
        step(4, f"{CALLS} calls from a client to a web server on 127.0.0.1:{port}")
        client = self.start(sys.executable, web, "call", "127.0.0.1", port, "--count", CALLS,
                            "--rate", 200, name="web-client")
        client.wait(60)
        self.wait_for_calls(CALLS)
        for process in (capture, self.assemble, self.ship, server):
            process.stop()
        return True

    def is_capturing(self, capture, port):
        """Whether the capture runs; it ends by itself without permission."""
        import urllib.error
        import urllib.request

        def settled():
            if not capture.is_running:
                return "ended"
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                    return "ready"
            except OSError:
                return None

        return wait_until(settled, 20, capture.tail) == "ready"

    def replayed(self):
        """The same without sockets: a generated capture is read in place of an interface."""
        capture = self.folder / "generated.pcap"
        self.start_readers()
        step(4, f"{CALLS} calls from a generated capture")
        subprocess.run(self.shown(self.bin / "traffic", "--calls", str(CALLS), "--flows", "20",
                                  "--profile", "small", capture),
                       check=True, stderr=subprocess.DEVNULL)
        reader = self.start(*self.shown(
            self.bin / "earshot-capture", "-r", capture, "--spool", self.spool, "--drain"))
        code = reader.wait(60)
        if code != 0:
            raise AssertionError(reader.tail())
        self.wait_for_calls(CALLS)
        for process in (self.assemble, self.ship):
            process.stop()

    def wait_for_calls(self, count):
        wait_until(lambda: len(self.delivered()) >= count, 60,
                   lambda: f"{len(self.delivered())} of {count} calls\n"
                           f"{self.assemble.tail()}{self.ship.tail()}", 0.2)

    def delivered(self):
        """The call records that ship wrote."""
        found = []
        for path in [self.calls] if self.calls.exists() else []:
            if path.is_file() and "json" in path.name and not path.name.startswith("."):
                data = records.decompress(path) if path.suffix == ".lz4" else path.read_bytes()
                found += records.parse(data.decode("utf-8"))
        return found

    def table(self, found):
        """Prints the first calls, and how many there are."""
        print(f"\n    {'method':7} {'status':6} {'ms':>4} {'bytes':>7}  url")
        for record in found[:12]:
            print(f"    {record.get('request_method', '-'):7} {record.get('response_code', '-'):6}"
                  f" {record.get('interval', '-'):>4}"
                  f" {record.get('call:response_body_bytes', '0'):>7}"
                  f"  {record.get('request_url', '-')[:72]}")
        if len(found) > 12:
            print(f"    … and {len(found) - 12} more")
        full = sum(record.get("call:completeness") == "full" for record in found)
        print(f"\n    {len(found)} calls caught, {full} of them whole", flush=True)

    def where(self):
        """Where things are and what to type next."""
        def short(path):
            try:
                return path.resolve().relative_to(pathlib.Path.cwd())
            except ValueError:
                return path

        packets = records.packet_segments(self.spool)
        program = short(self.bin / "earshot")
        print(f"\n    packets  {short(self.spool / 'packets')}/  ({len(packets)} segments: "
              "pcapng in LZ4, for tcpdump and Wireshark)")
        print(f"    calls    {short(self.calls)}  (one JSON line per call)")
        print("\nWhat to type next:")
        lines = [
            (f"{program} status --spool {short(self.spool)}", "what came in, what went out"),
            (f"{program} ledger --spool {short(self.spool)}", "every byte accounted for"),
            ("sudo " + str(short(self.bin / "earshot-capture")) + " -i eth0 --ports 80,8080",
             "your own traffic"),
        ]
        if packets:
            lines.insert(0, (f"{program} read --format table {short(packets[0])}",
                             "calls straight from stored packets"))
            lines.insert(1, (f"lz4 -dc {short(packets[0])} | tcpdump -nr - | head",
                             "the packets themselves"))
        for command, purpose in lines:
            print(f"    {command}\n        {purpose}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    begin = time.monotonic()
    if arguments.folder.exists():
        # Only what an earlier demo left is removed, never a folder of somebody's.
        if not (arguments.folder / "logs").is_dir() or not (arguments.folder / "spool").is_dir():
            print(f"demo: {arguments.folder} is in the way and not from a demo", file=sys.stderr)
            return 73
        shutil.rmtree(arguments.folder)
    demo = Demo(arguments.bin.resolve(), arguments.folder.resolve())
    demo.logs.mkdir(parents=True)
    demo.spool.mkdir()
    try:
        step(3, "the three processes")
        if not demo.live():
            print("    not allowed to capture on an interface (that takes root or CAP_NET_RAW):"
                  "\n    a generated capture is read instead", flush=True)
            demo.replayed()
        step(5, "what they caught")
        demo.table(demo.delivered())
        demo.where()
        print(f"\ndone in {time.monotonic() - begin:.0f} s; remove {arguments.folder.name}/ "
              "when you have seen enough")
    except (AssertionError, TimedOut) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    finally:
        for process in reversed(demo.running):
            process.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
