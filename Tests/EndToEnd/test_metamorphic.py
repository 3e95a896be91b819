"""What must not matter to the calls of a real capture, and what one lost packet may cost.

Over the captures of ../shared/captures that are Ethernet in a classic capture file: 40 of them; all
with EARSHOT_E2E=full.
"""

import concurrent.futures
import json
import os
import pathlib
import random
import re
import subprocess

from support import packets
from support.case import IS_FULL, EndToEndCase, binaries, shared_folder

# Where a packet's time goes into a record; changes that move times may change these.
TIMES = {"now", "interval", "call:request_start", "call:request_end", "call:response_start",
         "call:response_end"}
LARGEST = 4_000_000
COUNT = 10_000 if IS_FULL else 40


class Capture:
    """A capture with the calls in it as they should always be."""

    def __init__(self, path):
        self.path = path
        self.packets = packets.read(path)


class MetamorphicTest(EndToEndCase):
    """Calls and their names depend on what was said, not on how it was carried and caught."""

    time_limit = 3600 if IS_FULL else 300

    def setUp(self):
        super().setUp()
        shared = shared_folder()
        corpus = shared / "captures" if shared else None
        if corpus is None or not (corpus / "index.json").exists():
            self.need("no captures beside the repository (../shared/captures)")
        self.captures = list(self.choose(corpus))
        self.assertGreater(len(self.captures), 30)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            plain = pool.map(lambda capture: self.calls(capture, "plain", capture.packets),
                             self.captures)
            self.plain = list(plain)
        self.assertGreater(sum(map(len, self.plain)), 50)

    def choose(self, corpus):
        """Captures with calls that two views agree on, in an order by chance.

        None with SOCKS: behind it a connection begins anew where only SOCKS says, and to who does
        not read it, its last byte may look like the beginning of a method.
        """
        index = json.loads((corpus / "index.json").read_text())
        index = index.get("captures", index) if isinstance(index, dict) else index
        names = [pathlib.Path(entry.get("file") or entry.get("path") or entry["name"])
                 for entry in index
                 if entry["expected"].get("n_required", 0) > 0
                 and not {"evasion-or-malformed", "http-evader"} & set(entry["tags"])]
        usable = []
        for name in names:
            path = corpus / name
            if path.exists() and path.stat().st_size <= LARGEST:
                usable.append(path)
        random.Random(11).shuffle(usable)
        found = 0
        for path in usable:
            capture = Capture(path)
            payloads = [packet.payload()[:2] for packet in capture.packets or [] if packet.tcp()]
            if payloads and not {b"\4\1", b"\5\1"} & set(payloads):
                found += 1
                yield capture
                if found >= COUNT:
                    return

    def calls(self, capture, name, changed, ignored=frozenset(), write=packets.write_pcap,
              parts=1):
        """The calls that `earshot read` finds in packets, sorted, without what is ignored."""
        paths = []
        size = max(1, -(-len(changed) // parts))
        for number in range(parts):
            path = self.directory / (
                f"{capture.path.parent.name}-{capture.path.stem}-{name}-{number}")
            write(path, changed[number * size:(number + 1) * size])
            paths.append(path)
        done = subprocess.run(
            [binaries() / "earshot", "read", "--host", "h", "--binary-bodies", "base64", *paths],
            capture_output=True, text=True, check=False, timeout=60,
            # What steers the tests is nothing the programs know.
            env={name: value for name, value in os.environ.items()
                 if not name.startswith("EARSHOT_")})
        for path in paths:
            path.unlink()
        self.assertIn(done.returncode, (0, 65), f"{capture.path} {name}: {done.stderr[-500:]}")
        return strip(done.stdout.splitlines(), ignored)

    def check(self, name, change, ignored=frozenset(), **options):
        """A change that may not matter: the same calls with the same names."""
        def compare(both):
            capture, plain = both
            wanted = strip(plain, ignored)
            found = self.calls(capture, name, change(capture.packets), ignored, **options)
            if found == wanted:
                return None
            return (f"{capture.path.parent.name}/{capture.path.name}: "
                    f"{difference(wanted, found)}")

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            wrong = [text for text in pool.map(compare, zip(self.captures, self.plain)) if text]
        self.assertEqual(wrong, [], f"{name} changed calls of {len(wrong)} captures:\n"
                         + "\n".join(wrong))

    def test_wrapping_changes_no_call(self):
        self.check("vlan", packets.in_vlan)
        self.check("mpls", packets.in_mpls)
        network = {"call:vni", "call:other_vni"}
        self.check("vxlan", packets.in_vxlan, network)
        self.check("vxlan-8472", lambda all: packets.in_vxlan(all, 8472), network)
        self.check("vxlan-twice", lambda all: packets.in_vxlan(packets.in_vxlan(all)), network)
        self.check("geneve", packets.in_geneve, network)
        self.check("gre-ipv6", packets.in_gre_over_ipv6)

    def test_the_file_format_changes_no_call(self):
        whole = {"call:request_start", "call:request_end", "call:response_start",
                 "call:response_end", "call:id"}
        self.check("big-endian", lambda all: all,
                   write=lambda path, all: packets.write_pcap(path, all, ">"))
        self.check("pcapng", lambda all: all, write=packets.write_pcapng)
        self.check("sections", lambda all: all,
                   write=lambda path, all: packets.write_pcapng(path, all, ">", 3))
        self.check("files", lambda all: all, parts=3)
        # Snoop knows microseconds only.
        self.check("snoop", lambda all: all, whole, write=packets.write_snoop)

    def test_other_segments_change_no_call(self):
        self.check("split", lambda all: packets.split(all, 3))
        self.check("split-twice", lambda all: packets.split(packets.split(all, 4), 5))
        self.check("merged", packets.merged, TIMES)
        self.check("wrap", packets.wrapping_sequences)

    def test_disorder_and_copies_change_no_call(self):
        self.check("doubled", lambda all: packets.doubled(all, 6))
        self.check("shuffled", lambda all: packets.shuffled(all, 7))
        self.check("shuffled-doubled",
                   lambda all: packets.doubled(packets.shuffled(all, 8), 9))

    def test_a_lost_packet_costs_only_calls_that_had_bytes_in_it(self):
        rng = random.Random(10)
        jobs = []
        for capture, plain in zip(self.captures, self.plain):
            # The first packet of a connection names its calls.
            known = set()
            carriers = []
            for number, packet in enumerate(capture.packets):
                if packet.tcp() and (packet.payload() or packet.flags() & 2):
                    if packet.payload() and packet.connection() in known:
                        carriers.append(number)
                    known.add(packet.connection())
            for number in rng.sample(carriers, min(len(carriers), 12 if IS_FULL else 5)):
                jobs.append((capture, plain, number))

        def lose(job):
            capture, plain, number = job
            found = set(self.calls(capture, f"without-{number}",
                                   capture.packets[:number] + capture.packets[number + 1:]))
            lost = capture.packets[number]
            wrong = [call for call in untouched(plain, lost) if call not in found]
            return [f"{capture.path.parent.name}/{capture.path.name} without packet "
                    f"{number + 1}: {difference(wrong, sorted(found))}"] if wrong else []

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            wrong = [text for texts in pool.map(lose, jobs) for text in texts]
        self.assertGreater(len(jobs), 100)
        self.assertEqual(wrong, [], f"{len(wrong)} of {len(jobs)} losses:\n" + "\n".join(wrong))


def strip(lines, ignored):
    """Lines of records, sorted, without what is ignored; without times also those of messages."""
    result = []
    for line in lines:
        pairs = [pair for pair in json.loads(line) if pair[0] not in ignored]
        if "now" in ignored and ["call:protocol", "websocket"] in pairs:
            pairs = [[key, re.sub(r'"time":"[0-9]+"', "", value)] for key, value in pairs]
        result.append(json.dumps(pairs))
    return sorted(result)


def untouched(calls, packet):
    """The calls of other connections, and those not under way when the packet came.

    Calls of one connection that are under way together (pipelining, streams) go together: nothing
    but their order tells them apart, or they share a header table.
    """
    names = {f"{packet.frame[26 + 4 * side]}.{packet.frame[27 + 4 * side]}."
             f"{packet.frame[28 + 4 * side]}.{packet.frame[29 + 4 * side]}:"
             f"{int.from_bytes(packet.direction()[8 + 2 * side:10 + 2 * side], 'big')}"
             for side in (0, 1)}
    rest = []
    hurt = []
    for call in calls:
        record = dict(json.loads(call))
        if {record.get("call:client"), record.get("call:server")} != names:
            rest.append(call)
        elif record.get("call:protocol") not in ("HTTP/2", "websocket"):
            hurt.append((span(record), call))
    reach = [(packet.time, packet.time)]
    while reach:
        low, high = reach.pop()
        for entry in [entry for entry in hurt if entry[0][0] <= high and low <= entry[0][1]]:
            hurt.remove(entry)
            reach.append(entry[0])
    return rest + [call for _, call in hurt]


def span(record):
    """When a call was under way."""
    times = [int(record[f"call:{side}_{end}"]) for side in ("request", "response")
             for end in ("start", "end") if f"call:{side}_{end}" in record]
    return min(times), max(times)


def difference(wanted, found):
    """The first difference between calls, for people."""
    missing = [call for call in wanted if call not in found]
    extra = [call for call in found if call not in wanted]
    text = f"{len(missing)} missing, {len(extra)} new"
    if not missing:
        return text + f": {shorten(extra[0])}" if extra else text
    first = json.loads(missing[0])
    name = dict(first).get("call:id")
    twin = next((json.loads(call) for call in extra if dict(json.loads(call)).get("call:id")
                 == name), None)
    if twin is None:
        return text + f": {shorten(missing[0])}" + (f" | {shorten(extra[0])}" if extra else "")
    return text + ": " + " | ".join(
        f"{[pair for pair in left if pair not in right]}"[:300]
        for left, right in ((first, twin), (twin, first)))


def shorten(call):
    record = dict(json.loads(call))
    return " ".join(str(record.get(key)) for key in (
        "request_method", "request_url", "response_code", "call:client", "call:completeness"))[:200]
