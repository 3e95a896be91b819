"""Many calls through the lossy mirror of the test bed, and HTTP/2 by h2load: all reported, none
mixed up. 2,000 and 5,000 requests; 20,000 and 50,000 in CI and with EARSHOT_E2E=full.
"""

import collections
import fcntl
import json
import re
import subprocess

from support import namespaces, processes, records
from support.case import IS_FULL, EndToEndCase, shared_folder
from support.waiting import wait_until

COUNT = 20_000 if IS_FULL else 2000
H2_COUNT = 50_000 if IS_FULL else 5000
LOCK = "/tmp/netns.lock"
METRICS_PORT = 9464


class LossyMirrorTest(EndToEndCase):
    """The namespaces of ../shared/testbed, with 1 % loss, 3 % copies and 5 % disorder."""

    time_limit = 600 if IS_FULL else 180

    def setUp(self):
        super().setUp()
        self.need(namespaces.missing())
        shared = shared_folder()
        self.bed = shared / "testbed" if shared else None
        if self.bed is None or not (self.bed / "wire-testbed.sh").exists():
            self.need("no test bed beside the repository (../shared/testbed)")
        self.need_tools("cc")
        lock = open(LOCK, "w", encoding="utf-8")
        self.addCleanup(lock.close)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self.bed_script("netns-testbed.sh", "down", check=False)
        self.addCleanup(self.bed_script, "netns-testbed.sh", "down", check=False)
        self.bed_script("netns-testbed.sh", "up")
        self.addCleanup(self.bed_script, "wire-testbed.sh", "off", check=False)
        self.bed_script("wire-testbed.sh", "on", "loss=1", "dup=3", "reorder=5", "seed=7")

    def bed_script(self, name, *arguments, check=True):
        done = subprocess.run(["bash", str(self.bed / name), *arguments], capture_output=True,
                              text=True, check=False, timeout=60)
        if check and done.returncode:
            self.need(f"the test bed does not work here: {done.stderr[-300:]}")
        return done

    def test_every_request_is_reported_and_none_is_mispaired(self):
        self.start_web("10.10.0.2", 80, namespace="talker")
        capture = self.start("earshot-capture", "-i", "v-listener", "--spool", self.spool,
                             "--listen", f"127.0.0.1:{METRICS_PORT}", namespace="listener")
        self.wait_ready(capture, METRICS_PORT, namespace="listener")
        load = self.start_calls("10.10.0.2", 80, COUNT, namespace="cli")
        self.finish_calls(load, COUNT, seconds=self.time_limit - 60)
        wait_until(lambda: is_quiet(self.spool), 20, "the capture is quiet", 0.5)
        capture.stop()
        segments = records.packet_segments(self.spool)
        done = self.run_earshot("earshot", "read", *segments, seconds=120)
        found = records.parse(done.stdout)
        reported = collections.Counter()
        for record in found:
            numbers = set(ids(record))
            self.assertLessEqual(len(numbers), 1, f"two calls in one: {record.pairs}")
            reported.update(numbers)
            if record.get("call:completeness") == "partial":
                self.check_says_what_is_missing(record)
        caught = set()
        for segment in segments:
            blob = records.decompress(segment)
            caught.update(int(number) for number in re.findall(
                rb"POST /calls/(\d+)\?n=\1 HTTP/1.1\r\n|$", blob) if number)
            caught.update(int(number) for number in re.findall(
                rb'\{"response": (\d+), ', blob))
        self.assertGreater(len(caught), COUNT * 0.99)
        missing = sorted(caught - set(reported))
        self.assertEqual(missing[:10], [], f"{len(missing)} calls that were caught are missing")
        full = sum(record.get("call:completeness") == "full" for record in found)
        print(f" {full} of {COUNT} whole, {len(found) - full} in part", end="")
        self.assertGreater(full, COUNT * 0.9)

    def check_says_what_is_missing(self, record):
        keys = {key for key, _ in record.pairs}
        self.assertTrue(keys & {"call:request_gaps", "call:response_gaps", "call:truncated"}
                        or record.get("response_code") is not None, record.pairs)


class HTTP2LoadTest(EndToEndCase):
    """h2load against nghttpd, mirrored."""

    time_limit = 600 if IS_FULL else 180

    def test_every_stream_is_reported_with_its_fields(self):
        self.need_tools("h2load", "nghttpd")
        net = self.open_namespaces()
        www = self.directory / "www"
        www.mkdir()
        (www / "a.txt").write_text("hello, world\n" * 20)
        self.start_tool("nghttpd", "--no-tls", "-d", www, "-a", namespaces.SERVER, "8080",
                        namespace=net.talker)
        capture = self.start("earshot-capture", "-i", namespaces.UNDERLAY, "--spool", self.spool,
                             "--listen", f"127.0.0.1:{METRICS_PORT}", namespace=net.listener)
        self.wait_ready(capture, METRICS_PORT, namespace=net.listener)
        distinct = 500
        uris = self.directory / "uris"
        uris.write_text("".join(f"http://{namespaces.SERVER}:8080/a.txt?n={number}\n"
                                for number in range(distinct)))
        load = processes.run(
            ["ip", "netns", "exec", net.client, "h2load", "-n", H2_COUNT, "-c", "10", "-m", "10",
             "-i", uris, "-H", "x-probe: one two"], seconds=self.time_limit - 90)
        self.assertIn(f"{H2_COUNT} succeeded", load.stdout, str(load))
        wait_until(lambda: is_quiet(self.spool), 20, "the capture is quiet", 0.5)
        capture.stop()
        done = self.run_earshot("earshot", "read", *records.packet_segments(self.spool),
                                seconds=120)
        found = records.parse(done.stdout)
        self.assertEqual(len(found), H2_COUNT)
        kinds = collections.Counter(json.dumps(
            [pair for pair in record.pairs if pair[0].startswith(("request_header", "response_"))
             or pair[0] in ("request_method", "call:completeness", "call:protocol")])
            for record in found)
        # All alike, but for the second that `date` names.
        self.assertLessEqual(len(kinds), self.time_limit)
        for kind in kinds:
            pairs = json.loads(kind)
            self.assertIn(["request_header:x-probe", "one two"], pairs)
            self.assertIn(["response_body", "hello, world\n" * 20], pairs)
            self.assertIn(["response_code", "200"], pairs)
            self.assertIn(["call:completeness", "full"], pairs)
            self.assertIn(["call:protocol", "HTTP/2"], pairs)
            self.assertIn("response_header:content-length", dict(pairs))
        urls = collections.Counter(record["call:target"] for record in found)
        self.assertEqual(len(urls), distinct)
        # Every connection goes through the list from its beginning.
        self.assertGreater(min(urls.values()), 0)
        self.assertEqual(len({record["call:id"] for record in found}), H2_COUNT)


def ids(record):
    """The numbers that a record's request and response tell of."""
    for text in (record.get("request_url") or "", record.get("request_body") or "",
                 record.get("response_body") or ""):
        for number in re.findall(r'/calls/(\d+)\?|^\{"(?:request|response)": (\d+),', text):
            yield int(number[0] or number[1])


QUIET = {}


def is_quiet(spool):
    """Whether the files of a spool have not grown since the last look."""
    size = sum(path.stat().st_size for path in spool.rglob("*") if path.is_file())
    last = QUIET.get(spool)
    QUIET[spool] = size
    return last == size
