"""gRPC through real sockets, mirrored: every call a record of its own, its messages byte for byte.

300 calls; 5,000 in CI and with EARSHOT_E2E=full. Server and client are gRPC's own (python3-grpcio).
"""

import base64
import collections
import gzip
import json
import struct
import subprocess
import sys
import urllib.parse

import grpc_calls
from support import namespaces, records
from support.case import HERE, IS_FULL, EndToEndCase
from support.waiting import wait_until
from test_wire import is_quiet

COUNT = 5000 if IS_FULL else 300
CHANNELS = 3
PORT = 50051
METRICS_PORT = 9464


class GRPCTest(EndToEndCase):
    """Unary and streaming calls, errors, large and compressed messages, many streams at once."""

    time_limit = 600 if IS_FULL else 180

    def setUp(self):
        super().setUp()
        pythons = (sys.executable, "/usr/bin/python3")
        self.python = next((name for name in pythons if can_grpc(name)), None)
        if self.python is None:
            self.need("python3-grpcio is not installed")
        self.net = self.open_namespaces()

    def test_every_grpc_call_is_a_record_with_its_messages_and_its_status(self):
        script = HERE / "grpc_calls.py"
        server = self.start_tool(self.python, script, "serve", namespaces.SERVER, PORT,
                                 namespace=self.net.talker, name="grpc-server")
        wait_until(lambda: "ready" in server.stdout, 20, server.tail)
        capture = self.start("earshot-capture", "-i", namespaces.UNDERLAY, "--spool", self.spool,
                             "--listen", f"127.0.0.1:{METRICS_PORT}", namespace=self.net.listener)
        self.wait_ready(capture, METRICS_PORT, namespace=self.net.listener)
        client = self.start_tool(self.python, script, "call", namespaces.SERVER, PORT, "--count",
                                 COUNT, "--channels", CHANNELS, namespace=self.net.client,
                                 name="grpc-client")
        summary = self.finish_calls(client, COUNT, seconds=self.time_limit - 60)
        self.assertEqual(summary["calls"], COUNT)
        wait_until(lambda: is_quiet(self.spool), 20, "the capture is quiet", 0.5)
        capture.stop()
        segments = records.packet_segments(self.spool)
        done = self.run_earshot("earshot", "read", "--binary-bodies", "base64", "--body-limit",
                                "8MiB", *segments, seconds=200)
        found = records.parse(done.stdout)
        numbers = collections.Counter(int(record["request_header:x-call"]) for record in found)
        self.assertEqual(sorted(numbers), list(range(COUNT)))
        self.assertEqual([number for number, count in numbers.items() if count > 1], [])
        wrong = [text for record in found for text in problems(record)]
        self.assertEqual(wrong[:5], [], f"{len(wrong)} problems")
        self.assertEqual(len({record["call:id"] for record in found}), COUNT)
        self.assertEqual(len({record["call:client"] for record in found}), CHANNELS)
        kinds = collections.Counter(record["request_url"].rpartition("/")[2] for record in found)
        self.assertEqual(set(kinds), set(grpc_calls.KINDS) | {"Large"})


def can_grpc(python):
    """Whether a Python has gRPC."""
    done = subprocess.run([python, "-c", "import grpc"], capture_output=True, check=False)
    return done.returncode == 0


def problems(record):
    """What in a record is not as its call was."""
    number = int(record["request_header:x-call"])
    kind = grpc_calls.kind(number)
    is_given_up = kind == "GivenUp"
    wanted = {
        "request_method": "POST",
        "request_url": f"http://{namespaces.SERVER}:{PORT}/{grpc_calls.SERVICE}/{kind}",
        "call:protocol": "HTTP/2", "request_header:te": "trailers",
        "request_header:content-type": "application/grpc",
    }
    if not is_given_up:
        wanted |= {"response_code": "200", "response_header:content-type": "application/grpc",
                   "call:completeness": "full"}
    for key, value in wanted.items():
        if record.get(key) != value:
            yield f"call {number} ({kind}): {key} is {record.get(key)!r}, not {value!r}"
    is_squeezed = kind == "Squeezed"
    # Giving up may come before the request is on its way.
    if not is_given_up:
        yield from compare(number, record, "request", grpc_calls.requests(number), is_squeezed)
        yield from compare(number, record, "response", grpc_calls.responses(number), is_squeezed)
        yield from check_status(number, record, kind)


def compare(number, record, side, wanted, is_squeezed):
    """Whether a body is these messages."""
    text = record.get(f"{side}_body") or ""
    encoding = record.get(f"call:{side}_body_encoding")
    body = base64.b64decode(text) if encoding == "base64" else text.encode()
    if wanted and any(wanted) and encoding != "base64":
        yield f"call {number}: the {side} is not base64 but {encoding}"
    found, flags = [], set()
    while body:
        if len(body) < 5:
            yield f"call {number}: the {side} ends in a message's prefix"
            return
        flag, size = struct.unpack_from(">BI", body)
        data = body[5:5 + size]
        flags.add(flag)
        found.append(gzip.decompress(data) if flag else data)
        body = body[5 + size:]
    if found != wanted:
        yield (f"call {number}: {len(found)} messages of {[len(data) for data in found]} bytes in "
               f"the {side}, not {[len(data) for data in wanted]}")
    if is_squeezed and flags != {1}:
        yield f"call {number}: the {side} is not marked as compressed"


def check_status(number, record, kind):
    """grpc-status and grpc-message: in trailers, or in the only block there is."""
    code, message = grpc_calls.outcome(number)
    # Without messages it is Trailers-Only, but for a server that had sent its head already.
    has_messages = bool(grpc_calls.responses(number))
    side = ("response_trailer" if has_messages or record.get("response_trailer:grpc-status")
            else "response_header")
    if kind == "Refused" and side != "response_header":
        yield f"call {number} ({kind}): not Trailers-Only"
    if record.get(f"{side}:grpc-status") != str(code):
        yield (f"call {number} ({kind}): no {side}:grpc-status {code}: "
               f"{json.dumps(record.pairs)[:800]}")
    found = urllib.parse.unquote(record.get(f"{side}:grpc-message") or "")
    if found != message:
        yield f"call {number} ({kind}): {side}:grpc-message is {found!r}"
