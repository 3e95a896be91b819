"""What must not matter to the calls of a real capture, and what one lost packet may cost.

Over the captures of ../shared/captures that are Ethernet in a classic capture file: 40 of them; all
with EARSHOT_E2E=full.

What may differ, and why:
- Times, where a change moves times: a merged segment has one, and of copies with times of their own
  the first caught gives its own. `call:vni`, where a change adds a network.
- A shuffle moves no packet across a SYN, FIN or RST of its connection: that is another story, not
  the same one in disorder.
- A lost packet may change the calls that it carried bytes of, and those under way with them
  (pipelining): nothing but their order tells them apart. On HTTP/2 it may change what came later on
  its connection: header blocks refer to those before them (RFC 7541 §2.2). It may also change a
  conversation of WebSocket from there on.
- A hole at a call's end is known by what comes behind it, and is not when that is lost.
- Where TCP segments contradict each other, a lost one lets the other be believed.
- Of two networks in which a connection was seen, the first caught is `call:vni`.
"""

import concurrent.futures
import ipaddress
import json
import os
import pathlib
import random
import re
import shutil
import subprocess

from support import packets, records, wrapping
from support.case import IS_FULL, EndToEndCase, binaries, shared_folder

# Where a packet's time goes into a record; changes that move times may change these.
TIMES = {"now", "interval", "call:request_start", "call:request_end", "call:response_start",
         "call:response_end"}
# What calls in a spool say beside.
IN_SPOOL = {"call:segment", "call:lane"}
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
        """Captures that hold calls, in an order by chance."""
        index = json.loads((corpus / "index.json").read_text())["captures"]
        paths = [corpus / entry["file"] for entry in index
                 if entry["expected"]["calls"] and entry["size"] <= LARGEST]
        random.Random(11).shuffle(paths)
        found = 0
        for path in paths:
            capture = Capture(path)
            if capture.packets and any(packet.tcp() for packet in capture.packets):
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
        self.check("vlan", wrapping.in_vlan)
        self.check("mpls", wrapping.in_mpls)
        network = {"call:vni", "call:other_vni"}
        self.check("vxlan", wrapping.in_vxlan, network)
        self.check("vxlan-8472", lambda all: wrapping.in_vxlan(all, 8472), network)
        self.check("vxlan-twice", lambda all: wrapping.in_vxlan(wrapping.in_vxlan(all)), network)
        self.check("geneve", wrapping.in_geneve, network)
        self.check("gre-ipv6", wrapping.in_gre_over_ipv6)
        self.check("ipv6", wrapping.in_ipv6)
        self.check("vxlan-ipv6", wrapping.in_vxlan_over_ipv6, network)

    def test_the_file_format_changes_no_call(self):
        whole = {"call:request_start", "call:request_end", "call:response_start",
                 "call:response_end", "call:id"}
        self.check("big-endian", lambda all: all,
                   write=lambda path, all: packets.write_pcap(path, all, ">"))
        self.check("pcapng", lambda all: all, write=packets.write_pcapng)
        self.check("sections", lambda all: all,
                   write=lambda path, all: packets.write_pcapng(path, all, ">", 3))
        self.check("files", lambda all: all, parts=3)
        self.check("gzip", lambda all: all, write=packets.write_gzip)
        self.check("lz4", lambda all: all, write=packets.write_lz4)
        # Snoop and the usual classic file know microseconds only.
        self.check("snoop", lambda all: all, whole, write=packets.write_snoop)
        self.check("microseconds", lambda all: all, whole,
                   write=lambda path, all: packets.write_pcap(path, all, unit=1000))

    def test_other_segments_change_no_call(self):
        self.check("split", lambda all: packets.split(all, 3))
        self.check("split-twice", lambda all: packets.split(packets.split(all, 4), 5))
        self.check("merged", packets.merged, TIMES)
        self.check("wrap", packets.wrapping_sequences)

    def test_disorder_and_copies_change_no_call(self):
        # Of two copies of a request with times of their own, the first caught gives its time.
        self.check("doubled", lambda all: packets.doubled(all, 6))
        ignored = TIMES | {"call:vni", "call:other_vni"}
        self.check("shuffled", lambda all: packets.shuffled(all, 7), ignored)
        self.check("shuffled-doubled",
                   lambda all: packets.doubled(packets.shuffled(all, 8), 9), ignored)

    def test_segment_borders_change_no_call(self):
        if not shutil.which("lz4"):
            self.need("lz4 is not installed")

        def compare(both):
            capture, plain = both
            wanted = strip(plain, IN_SPOOL)
            found = self.stored(capture, 3)
            return None if found == wanted else (
                f"{capture.path.parent.name}/{capture.path.name}: {difference(wanted, found)}")

        count = 150 if IS_FULL else 10
        with concurrent.futures.ThreadPoolExecutor(2 * os.cpu_count()) as pool:
            both = list(zip(self.captures, self.plain))[:count]
            wrong = [text for text in pool.map(compare, both) if text]
        self.assertEqual(wrong, [], f"calls of {len(wrong)} captures:\n" + "\n".join(wrong))

    def stored(self, capture, parts):
        """The calls of a capture that came into a spool in parts, each a segment of its own."""
        folder = self.directory / f"{capture.path.parent.name}-{capture.path.stem}-spool"
        folder.mkdir()
        size = max(1, -(-len(capture.packets) // parts))
        for number in range(0, len(capture.packets), size):
            path = folder / "part"
            packets.write_pcap(path, capture.packets[number:number + size])
            self.run_earshot("earshot-capture", "-r", path, "--spool", folder, "--drain")
        # A snapshot at every border: what was saved is not what goes on, but it was saved.
        self.run_earshot("earshot-assemble", "--spool", folder, "--drain", "--host", "h",
                         "--binary-bodies", "base64", "--snapshot-every", "1",
                         environment={"USAGE_LOGGERS_RULES": "allow_http_url"})
        lines = [line for path in records.call_segments(folder)
                 for line in records.decompress(path).decode().splitlines()]
        self.assertGreater(len(records.packet_segments(folder)), min(2, len(capture.packets) - 1))
        shutil.rmtree(folder)
        return strip(lines, IN_SPOOL)

    def test_a_lost_packet_costs_only_calls_that_had_bytes_in_it(self):
        rng = random.Random(10)
        jobs = []
        for capture, plain in zip(self.captures, self.plain):
            contradictory = packets.contradictory(capture.packets)
            # The first packet of a connection names its calls.
            known = set()
            carriers = []
            for number, packet in enumerate(capture.packets):
                if packet.tcp() and (packet.payload() or packet.flags() & 2):
                    connection = packet.connection()
                    if packet.payload() and connection in known - contradictory:
                        carriers.append(number)
                    known.add(connection)
            for number in rng.sample(carriers, min(len(carriers), 40 if IS_FULL else 5)):
                jobs.append((capture, plain, number))

        def lose(job):
            capture, plain, number = job
            found = self.calls(capture, f"without-{number}",
                               capture.packets[:number] + capture.packets[number + 1:])
            lost = capture.packets[number]
            present = set(found)
            wrong = [call for call in untouched(plain, lost) if call not in present]
            name = f"{capture.path.parent.name}/{capture.path.name} without packet {number + 1}"
            if wrong:
                return [f"{name}: {difference(wrong, found)}"]
            return [f"{name}: invented {shorten(call)}" for call in invented(plain, found)]

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            wrong = [text for texts in pool.map(lose, jobs) for text in texts]
        self.assertGreater(len(jobs), 100)
        print(f" {len(jobs)} packets", end="")
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

    Calls of one connection that are under way together go together; of a connection whose messages
    refer to those before them, all that came later. Of a call with a hole nobody knows which packet
    behind it showed the hole.
    """
    names = {named(packet.endpoint(side)) for side in (0, 1)}
    rest = []
    hurt = []
    for call in calls:
        record = dict(json.loads(call))
        if {record.get("call:client"), record.get("call:server")} != names:
            rest.append(call)
        elif {"call:request_gaps", "call:response_gaps"} & set(record):
            continue
        elif record.get("call:protocol") not in ("HTTP/2", "websocket"):
            hurt.append((span(record), call))
        elif record.get("call:completeness") == "full" and span(record)[1] < packet.time:
            rest.append(call)
    reach = [(packet.time, packet.time)]
    while reach:
        low, high = reach.pop()
        for entry in [entry for entry in hurt if entry[0][0] <= high and low <= entry[0][1]]:
            hurt.remove(entry)
            reach.append(entry[0])
    return rest + [call for _, call in hurt]


def named(endpoint):
    """An address and a port as records write them."""
    address = ipaddress.ip_address(endpoint[0])
    port = int.from_bytes(endpoint[1], "big")
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def invented(plain, found):
    """Calls whose request or response nobody sent: no call of their connection had the like."""
    known = {half for call in plain for half in halves(call)}
    # Of a response whose final head is lost the interim one is told.
    return [call for call in found for half in halves(call)
            if half not in known and not (half[1] == "response" and half[2] < "200")]


def halves(call):
    """What a call's request and its response begin with, and whose they are."""
    record = dict(json.loads(call))
    ends = frozenset((record.get("call:client"), record.get("call:server")))
    if "request_method" in record:
        yield ends, "request", record["request_method"], record.get("call:target")
    if "response_code" in record:
        yield ends, "response", record["response_code"]


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
