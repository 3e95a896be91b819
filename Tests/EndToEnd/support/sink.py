"""A strict Resurface receiver inside the test; it notes what the real one would not take.

POST /message with NDJSON, `Content-Type: application/ndjson; charset=UTF-8`, zlib under the name
`Content-Encoding: deflated` or no coding at all; the answer is 204 without a body.
"""

import http.server
import json
import pathlib
import socket
import struct
import threading
import time
import zlib

from support.records import Record


class Sink:
    """A receiver on a port of 127.0.0.1, up inside its `with`, which can go down and come back.

    Its `mood` says what it does with submissions: well; slow; broken (500), busy (429); reset (the
    connection breaks before it is read); lost (taken, no answer); half (taken, half an answer).
    """

    MOODS = ("well", "slow", "broken", "busy", "reset", "lost", "half")

    def __init__(self, directory, port=0, status=204, tls=None):
        self.directory = pathlib.Path(directory)
        self.port = port
        self.status = status
        self.mood = "well"
        self.batches = []
        # An ssl.SSLContext: then the URL is https.
        self.tls = tls
        # What else an answer that is not 204 says: (name, value) pairs.
        self.answer_headers = []
        # Called with the lines of a submission; a number is the status instead of 204.
        self.judge = None
        self.lock = threading.Lock()
        self.lines = []
        self.parsed = []
        self.identities = set()
        self.complaints = []
        self.heads = []
        self.request_count = 0
        self.connections = set()
        self.server = None

    @property
    def url(self):
        """What to give to --to."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}/message"

    def __enter__(self):
        self.come_back()
        return self

    def __exit__(self, *_):
        self.go_down()

    def come_back(self):
        """Listens (again), on the same port as before."""
        sink = self

        class Handler(_Handler):
            """A handler that knows its sink."""

            owner = sink

        self.server = _Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        if self.tls:
            self.server.tls = self.tls
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05},
                         daemon=True).start()

    def go_down(self):
        """Refuses connections and breaks those that are open."""
        if self.server is None:
            return
        server, self.server = self.server, None
        server.shutdown()
        server.server_close()
        with self.lock:
            open_connections = list(self.connections)
        for connection in open_connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def take(self, lines, batch=None):
        """Keeps the lines of an accepted submission."""
        with self.lock:
            self.lines += lines
            self.batches.append((batch, lines))

    def records(self):
        """Everything received, as records, in order of arrival."""
        with self.lock:
            fresh = self.lines[len(self.parsed):]
            for line in fresh:
                record = Record(line)
                self.parsed.append(record)
                self.identities.add(record.get("call:id"))
            return list(self.parsed)

    def distinct_count(self):
        """How many different calls were received."""
        self.records()
        return len(self.identities)

    def violations(self):
        """What a real receiver would not have understood."""
        return self.complaints[:20]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    tls = None

    def finish_request(self, request, client_address):
        """Shakes hands in the connection's own thread."""
        if self.tls:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except OSError:
                return
        super().finish_request(request, client_address)

    def handle_error(self, *_):
        """Says nothing."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner = None

    def setup(self):
        super().setup()
        with self.owner.lock:
            self.owner.connections.add(self.connection)

    def finish(self):
        with self.owner.lock:
            self.owner.connections.discard(self.connection)
        try:
            super().finish()
        except OSError:
            pass

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass

    def log_message(self, *_):
        """Says nothing."""

    def answer(self, status, text=b""):
        self.send_response(status)
        for name, value in self.owner.answer_headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        self.answer(200, b"false")

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or -1)
        if length < 0:
            return self.refuse("no Content-Length")
        body = self.rfile.read(length)
        if len(body) < length:
            return None
        self.owner.request_count += 1
        self.owner.heads.append(list(self.headers.items()))
        mood = self.owner.mood
        if mood == "slow":
            time.sleep(0.3)
        elif mood in ("broken", "busy"):
            return self.answer(500 if mood == "broken" else 429, b"in a mood")
        elif mood == "reset":
            return self.hang_up()
        if self.owner.status != 204:
            return self.answer(self.owner.status)
        if self.path != "/message":
            return self.refuse(f"path {self.path}")
        if self.headers.get("Content-Type") != "application/ndjson; charset=UTF-8":
            return self.refuse(f"Content-Type {self.headers.get('Content-Type')}")
        if not (self.headers.get("User-Agent") or "").startswith(("Resurface/", "Earshot/")):
            return self.refuse(f"User-Agent {self.headers.get('User-Agent')}")
        try:
            lines = self.read_lines(body)
        except (ValueError, zlib.error) as error:
            return self.refuse(str(error))
        verdict = self.owner.judge(lines) if self.owner.judge else 204
        if verdict != 204:
            return self.answer(verdict)
        self.owner.take(lines, self.headers.get("X-Earshot-Batch"))
        if mood == "half":
            self.wfile.write(b"HTTP/1.1 20")
        if mood in ("half", "lost"):
            return self.hang_up()
        return self.answer(204)

    def hang_up(self):
        """Breaks the connection with a reset."""
        self.close_connection = True
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RD)
        except OSError:
            pass
        self.connection.close()

    def read_lines(self, body):
        coding = self.headers.get("Content-Encoding")
        if coding == "deflated":
            decompressor = zlib.decompressobj()
            body = decompressor.decompress(body)
            if not decompressor.eof or decompressor.unused_data:
                raise ValueError("the zlib stream is cut or has a tail")
        elif coding is not None:
            raise ValueError(f"Content-Encoding {coding}")
        lines = body.decode("utf-8").split("\n")
        if lines[-1] == "":
            lines.pop()
        if not lines:
            raise ValueError("an empty submission")
        for line in lines:
            pairs = json.loads(line)
            if not isinstance(pairs, list) or not pairs or not all(
                    isinstance(pair, list) and len(pair) == 2
                    and all(isinstance(part, str) for part in pair) for pair in pairs):
                raise ValueError(f"not an array of pairs of strings: {line[:80]}")
        return lines

    def refuse(self, reason):
        self.owner.complaints.append(reason)
        return self.answer(400, reason.encode())
