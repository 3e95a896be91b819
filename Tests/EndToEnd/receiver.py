#!/usr/bin/env python3
"""A strict stand-in for a Resurface database, for tests.

    receiver.py [--port 0] [--out FILE] [--fail-first N] [--status CODE] [--retry-after VALUE]
                [--delay SECONDS] [--lose-answers N] [--bad TEXT] [--plain]

Listens on 127.0.0.1 and prints its port as the first line of standard output. POST on any path
takes
NDJSON; anything but what the contract says is answered 400 and counted under /stats "violations".
/stats (GET) gives counters as JSON, /ids every batch id in order, / anything else 404.

--fail-first N    the first N requests get --status (default 503), the rest 204
--status CODE     without --fail-first: every request gets it
--retry-after V   sent along with a failure
--delay S         wait before each answer
--lose-answers N  take the first N valid requests, then close without an answer
--bad TEXT        refuse with 400 every request that holds a record with TEXT in it
--plain           also accept bodies without Content-Encoding
--out FILE        append every accepted line
--with-parent     end when standard input ends
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LIMIT = 5 << 20
lock = threading.Lock()
stats = {
    "requests": 0, "accepted": 0, "lines": 0, "bytes": 0, "duplicates": 0, "repeated_batches": 0,
    "violations": [], "statuses": {}, "oversized_alone": 0, "connections": 0, "lost_answers": 0,
}
batches = []
call_ids = set()


def violation(headers, body, options):
    """What is wrong with a request, or None; and its lines."""
    if headers.get("Content-Type") != "application/ndjson; charset=UTF-8":
        return "content type %r" % headers.get("Content-Type"), []
    agent = headers.get("User-Agent", "")
    if not agent.startswith("Resurface/") or "(" not in agent:
        return "user agent %r" % agent, []
    if headers.get("Expect"):
        return "expect header", []
    coding = headers.get("Content-Encoding")
    if coding == "deflated":
        stream = zlib.decompressobj()
        try:
            plain = stream.decompress(body) + stream.flush()
        except zlib.error as error:
            return "zlib: %s" % error, []
        if not stream.eof or stream.unused_data:
            return "zlib stream is not whole or has bytes behind it", []
    elif coding == "gzip" and options.plain:
        plain = zlib.decompress(body, 31)
    elif coding is None and options.plain:
        plain = body
    else:
        return "content encoding %r" % coding, []
    if not plain.endswith(b"\n"):
        return "no line feed at the end", []
    lines = plain[:-1].split(b"\n")
    if len(plain) > LIMIT and len(lines) > 1:
        return "%d bytes in %d lines" % (len(plain), len(lines)), []
    for line in lines:
        try:
            pairs = json.loads(line.decode("utf-8"))
        except ValueError as error:
            return "line is not JSON: %s" % error, []
        good = isinstance(pairs, list) and pairs and all(
            isinstance(p, list) and len(p) == 2 and all(isinstance(x, str) for x in p) for p in pairs)
        if not good:
            return "line is not pairs of strings: %r" % line[:80], []
    return None, lines


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    options = None

    def setup(self):
        with lock:
            stats["connections"] += 1
        super().setup()

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", headers=()):
        with lock:
            stats["statuses"][str(status)] = stats["statuses"].get(str(status), 0) + 1
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)

    def do_GET(self):
        pages = {"/stats": stats, "/ids": batches}
        if self.path not in pages:
            return self.answer(404, b"no such page\n")
        with lock:
            body = json.dumps(pages[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        options = Handler.options
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        with lock:
            stats["requests"] += 1
            number = stats["requests"]
        if options.delay:
            time.sleep(options.delay)
        failing = number <= options.fail_first or (options.fail_first == 0 and options.status)
        if failing:
            extra = [("Retry-After", options.retry_after)] if options.retry_after else []
            return self.answer(options.status or 503, b"told to fail\n", extra)
        wrong, lines = violation(self.headers, body, options)
        if wrong:
            with lock:
                stats["violations"].append(wrong)
            return self.answer(400, wrong.encode())
        if options.bad and any(options.bad.encode() in line for line in lines):
            return self.answer(400, b"a record is bad: " + options.bad.encode())
        self.accept(lines)
        with lock:
            lose = stats["lost_answers"] < options.lose_answers
            if lose:
                stats["lost_answers"] += 1
        if lose:
            self.close_connection = True
            self.connection.shutdown(2)
            return None
        return self.answer(204)

    def accept(self, lines):
        batch = self.headers.get("X-Earshot-Batch")
        with lock:
            if batch:
                stats["repeated_batches"] += batch in batches
                batches.append(batch)
            stats["accepted"] += 1
            stats["lines"] += len(lines)
            stats["bytes"] += sum(len(line) + 1 for line in lines)
            stats["oversized_alone"] += len(lines) == 1 and len(lines[0]) >= LIMIT
            for line in lines:
                name = next((p[1] for p in json.loads(line) if p[0] == "call:id"), None)
                if name is not None:
                    stats["duplicates"] += name in call_ids
                    call_ids.add(name)
            if Handler.options.out:
                with open(Handler.options.out, "ab") as out:
                    out.write(b"".join(line + b"\n" for line in lines))


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--out")
    parser.add_argument("--fail-first", type=int, default=0)
    parser.add_argument("--status", type=int, default=0)
    parser.add_argument("--retry-after")
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--lose-answers", type=int, default=0)
    parser.add_argument("--bad")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--with-parent", action="store_true")
    Handler.options = parser.parse_args()
    # Whoever started us may have had SIGTERM blocked or ignored.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    if Handler.options.with_parent:
        threading.Thread(target=end_with_parent, daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", Handler.options.port), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
