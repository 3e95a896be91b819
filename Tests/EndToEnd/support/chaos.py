"""One seed of chaos: what is generated, which faults strike, what must be true at the end."""

import pathlib
import random
import shutil
import signal
import struct
import subprocess
import time

from support import processes, records, traffic
from support.case import DEBUG_RULES, binaries
from support.sink import Sink

HERE = pathlib.Path(__file__).resolve().parent
# Keys that say where a call is stored: other lanes and other cuts give others.
PLACES = ("call:lane", "call:segment")


def build_faults(directory):
    """Compiles faults.c; None without a compiler."""
    library = pathlib.Path(directory) / "faults.so"
    if not shutil.which("cc"):
        return None
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, HERE / "faults.c"], check=True)
    return library


class Seed:
    """The course of one seed in a folder of its own."""

    def __init__(self, number, directory, faults):
        self.number = number
        self.dice = random.Random(number)
        self.directory = pathlib.Path(directory) / f"seed-{number}"
        self.directory.mkdir()
        self.spool = self.directory / "spool"
        self.faults = faults
        self.running = {}
        self.said = []
        self.lanes = self.dice.choice((1, 1, 2, 4))
        self.noise = self.dice.random() < 0.5
        self.bundle = self.dice.choice(("20KiB", "200KiB", "5MiB"))

    # What is sent.

    def generate(self):
        """Makes the capture, and the calls that are in it by a run without a spool."""
        self.capture = self.directory / "in.pcap"
        options = ["--calls", self.dice.randrange(300, 1500), "--flows", self.dice.randrange(5, 60),
                   "--seed", self.number]
        self.summary = traffic.generate(self.capture, *map(str, options),
                                        *(["--noise"] if self.noise else []))
        done = self.finish("earshot", "read", self.capture, "--rules", "include debug")
        self.expected = {record["call:id"]: content(record)
                         for record in records.parse(done.stdout)}

    def pieces(self):
        """The packets of the capture as bytes of its file, and the file's head."""
        data = self.capture.read_bytes()
        head, offset, found = data[:24], 24, []
        while offset < len(data):
            count = struct.unpack_from("<I", data, offset + 8)[0]
            found.append(data[offset:offset + 16 + count])
            offset += 16 + count
        return head, found

    # Processes.

    def environment(self, chance):
        """Faults for one process, or none."""
        if self.faults is None or self.dice.random() >= chance:
            return {}
        one_in, most = self.dice.choice((3, 8, 20, 60)), self.dice.randrange(1, 7)
        return {"LD_PRELOAD": str(self.faults), "CHAOS_FAULTS":
                f"{self.dice.randrange(1 << 30)}:{one_in}:{most}:{self.spool}"}

    def start(self, name, *arguments, chance=0.0):
        """Starts an executable, with faults now and then."""
        process = processes.Process(
            [binaries() / name, *arguments, "--log-level", "warning"], self.directory, name=name,
            environment=dict(DEBUG_RULES, **self.environment(chance)))
        self.running[name] = process
        return process

    def finish(self, name, *arguments, code=0):
        """Runs an executable to its end."""
        done = processes.run([binaries() / name, *arguments], environment=DEBUG_RULES,
                             directory=self.directory, seconds=90)
        assert code is None or done.code == code, str(done)
        return done

    def kill_all(self):
        """Nothing runs afterwards."""
        for process in self.running.values():
            if process.is_running:
                process.popen.send_signal(signal.SIGCONT)
            process.kill()

    # Capture.

    def run_capture(self):
        """Brings the packets into the spool, in one of several unkind ways."""
        arguments = ["--spool", self.spool, "--drain", "--seal-bytes", "128KiB",
                     "--lanes", self.lanes]
        way = self.dice.choice(("plain", "faults", "kill", "stop"))
        if way == "kill" and self.lanes == 1:
            self.say("capture is killed")
            return self.capture_in_lives(arguments)
        process = self.start("earshot-capture", "-r", self.capture, *arguments,
                             chance=1.0 if way == "faults" else 0.0)
        if way == "faults":
            self.say(f"capture with faults {process.environment.get('CHAOS_FAULTS')}")
        if way == "stop":
            time.sleep(self.dice.uniform(0, 0.05))
            process.popen.send_signal(signal.SIGSTOP)
            time.sleep(0.1)
            process.popen.send_signal(signal.SIGCONT)
        code = process.wait(60)
        if code != 0:
            assert way == "faults", process.tail()
            self.say(f"capture ended with {code}")
            # What it could not seal the next start does; one that did not begin is repeated.
            self.recover(arguments)
            if not any(each["packets"] for each in self.packet_manifests()):
                self.finish("earshot-capture", "-r", self.capture, *arguments)
        return None

    def packet_manifests(self):
        """The manifests of the packet segments."""
        return records.manifests(records.packet_segments(self.spool))

    def recover(self, arguments):
        """A start without packets: what a crash left open is sealed."""
        empty = self.directory / "empty.pcap"
        empty.write_bytes(self.capture.read_bytes()[:24])
        self.finish("earshot-capture", "-r", empty, *arguments)

    def capture_in_lives(self, arguments):
        """Kills capture; what is not stored then is given to the next one."""
        head, packets = self.pieces()
        stored = 0
        for _ in range(self.dice.randrange(1, 4)):
            part = self.directory / "part.pcap"
            part.write_bytes(head + b"".join(packets[stored:]))
            process = self.start("earshot-capture", "-r", part, *arguments)
            time.sleep(self.dice.uniform(0.0, 0.12))
            process.kill()
            self.recover(arguments)
            stored = sum(each["packets"] for each in self.packet_manifests())
            self.say(f"killed with {stored} of {len(packets)} packets stored")
        part.write_bytes(head + b"".join(packets[stored:]))
        self.finish("earshot-capture", "-r", part, *arguments)

    # Assemble and ship.

    def run_chaos(self, sink):
        """Kills, stops and disturbs until it is enough."""
        starts = {"earshot-assemble": ("--spool", self.spool, "--snapshot-every",
                                       self.dice.choice((1, 2, 5, 64))),
                  "earshot-ship": self.ship_arguments(sink)}
        for name in starts:
            self.start(name, *starts[name], chance=0.3)
        end = time.monotonic() + self.dice.uniform(0.6, 2.0)
        while time.monotonic() < end:
            time.sleep(self.dice.uniform(0.01, 0.25))
            if self.dice.random() < 0.5:
                self.change_mood(sink)
                continue
            name = self.dice.choice(sorted(starts))
            self.disturb(name)
            if not self.running[name].is_running:
                self.start(name, *starts[name], chance=0.4)
        self.kill_all()
        if sink.server is None:
            sink.come_back()
        sink.mood = "well"

    def ship_arguments(self, sink):
        """The same at every start: borders of batches depend on them."""
        return "--spool", self.spool, "--to", sink.url, "--bundle-bytes", self.bundle

    def change_mood(self, sink):
        """The receiver goes down, comes back or behaves otherwise."""
        if sink.server is None:
            sink.come_back()
        elif self.dice.random() < 0.2:
            sink.go_down()
        mood = self.dice.choice(Sink.MOODS)
        self.say(f"receiver {mood}{'' if sink.server else ', down'}")
        sink.mood = mood

    def disturb(self, name):
        """Something happens to a process; it may run on."""
        process = self.running[name]
        what = self.dice.choice(("kill", "kill", "terminate", "pause"))
        self.say(f"{what} {name}")
        if process.is_running and what == "pause":
            process.popen.send_signal(signal.SIGSTOP)
            time.sleep(self.dice.uniform(0.02, 0.15))
            process.popen.send_signal(signal.SIGCONT)
        elif process.is_running and what == "terminate":
            process.popen.send_signal(signal.SIGTERM)
            process.wait(30)
        else:
            process.kill()

    def say(self, text):
        """Notes what happens, for whoever reads of a failure."""
        self.said.append(text)

    # The end.

    def run(self):
        """The whole course; returns what is wrong, as sentences."""
        try:
            self.generate()
            with Sink(self.directory) as sink:
                self.run_capture()
                self.run_chaos(sink)
                self.finish("earshot-assemble", "--spool", self.spool, "--drain")
                self.finish("earshot-ship", "--drain", *self.ship_arguments(sink))
                return self.problems(sink)
        finally:
            self.kill_all()

    def problems(self, sink):
        """What is not as promised."""
        wrong = sink.violations() + self.packet_problems() + repetition_problems(sink)
        found = sink.records()
        delivered = {}
        for record in found:
            same = delivered.setdefault(record["call:id"], record)
            if same.pairs != record.pairs:
                wrong.append(f"{record['call:id']} came with other bytes")
        wrong += self.call_problems(delivered)
        ledger = self.finish("earshot", "ledger", "--spool", self.spool, code=None)
        if ledger.code != 0:
            wrong.append(f"the ledger does not balance: {ledger}")
        return wrong

    def call_problems(self, delivered):
        """delivered ∪ declared = sent, and nothing else was delivered."""
        wrong = []
        sent = {identity: content(record) for identity, record in delivered.items()}
        missing = [identity for identity in self.expected if identity not in sent]
        foreign = [identity for identity in sent if identity not in self.expected]
        changed = [identity for identity in sent
                   if identity in self.expected and sent[identity] != self.expected[identity]]
        if self.declared == 0:
            for name, some in (("missing", missing), ("never sent", foreign), ("other", changed)):
                if some:
                    wrong.append(f"{len(some)} of {len(self.expected)} calls {name}: {some[:3]}")
            return wrong
        # Lost packets cost what they carried; what came whole must be what was sent.
        for record in delivered.values():
            identity = record.get("request_header:x-request-id")
            if identity and record.get("call:completeness") == "full":
                _, number, status = identity.split("-")
                wrong += traffic.record_problems(record, number, status)
        if len(missing) > self.declared:
            wrong.append(f"{len(missing)} calls missing, {self.declared} packets declared lost")
        return wrong

    def packet_problems(self):
        """Packets stored and packets declared lost are those of the capture."""
        stored = sum(each["packets"] for each in self.packet_manifests())
        losses = records.losses(self.spool)
        self.declared = sum(number or 0 for number in losses.values())
        if stored + self.declared != self.summary["packets"]:
            return [f"{stored} packets stored, {losses} declared lost, "
                    f"{self.summary['packets']} sent"]
        return []

    def story(self):
        """What happened, for a failure message."""
        return (f"seed {self.number}, {self.lanes} lanes, noise {self.noise}: "
                + "; ".join(self.said))


def repetition_problems(sink):
    """What came twice came in the same batch, byte for byte."""
    wrong, batches, owners = [], {}, {}
    for batch, lines in sink.batches:
        if batches.setdefault(batch, lines) != lines:
            wrong.append(f"batch {batch} came with other lines")
        for line in lines:
            if owners.setdefault(line, batch) != batch:
                wrong.append(f"a line came in batch {owners[line]} and again in {batch}")
                break
    return wrong


def content(record):
    """The pairs of a record without those that say where it is stored."""
    return [pair for pair in record.pairs if pair[0] not in PLACES]
