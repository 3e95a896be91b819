#!/usr/bin/env python3
"""A receiver to look at: takes what ship sends and shows it. For trying things, not for keeping.

    receiver.py [--port 4001] [--page-port 4002] [--out FILE]
    receiver.py --ask            ends with 0 when a receiver answers: a health check

POST /message on --port takes call records as a Resurface database does (NDJSON, zlib). The page on
--page-port shows the last calls; /count there is the number of different calls, /calls all kept.
"""

import argparse
import collections
import html
import http.server
import json
import signal
import sys
import threading
import urllib.request
import zlib

KEPT = 100_000
SHOWN = 200
BODY_LIMIT = 64 << 20

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>Calls</title><style>body{font:15px system-ui;margin:2em}table{border-collapse:collapse}
td,th{text-align:left;padding:.25em .8em;border-bottom:1px solid #ddd}</style>
<h1>%d calls</h1><table><tr><th>method<th>URL<th>status<th>ms<th>completeness</tr>%s</table></html>"""


class Calls:
    """The calls received, newest last; a repeated id counts once."""

    def __init__(self, out=None):
        self.lock = threading.Lock()
        self.kept = collections.deque(maxlen=KEPT)
        self.identities = set()
        self.out = out

    def take(self, lines):
        with self.lock:
            for line in lines:
                pairs = dict(json.loads(line))
                identity = pairs.get("call:id")
                if identity in self.identities:
                    continue
                self.identities.add(identity)
                self.kept.append(pairs)
                if self.out:
                    self.out.write(line + "\n")
            if self.out:
                self.out.flush()

    def count(self):
        with self.lock:
            return len(self.identities)

    def newest(self, number):
        with self.lock:
            return list(self.kept)[-number:][::-1]


class Handler(http.server.BaseHTTPRequestHandler):
    """What both ports have."""

    protocol_version = "HTTP/1.1"
    calls = None

    def answer(self, status, body=b"", kind="text/plain"):
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing."""


class Intake(Handler):
    """The port that ship sends to."""

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_LIMIT:
            return self.answer(413)
        body = self.rfile.read(length)
        try:
            if self.headers.get("Content-Encoding"):
                body = zlib.decompress(body)
            self.calls.take(line for line in body.decode().split("\n") if line)
        except (ValueError, TypeError, zlib.error) as error:
            return self.answer(400, str(error).encode())
        return self.answer(204)

    def do_GET(self):
        return self.answer(200, b"false")


class Page(Handler):
    """The port people look at."""

    def do_GET(self):
        if self.path == "/count":
            return self.answer(200, str(self.calls.count()).encode())
        if self.path == "/calls":
            text = "".join(json.dumps(call) + "\n" for call in self.calls.newest(KEPT))
            return self.answer(200, text.encode(), "application/x-ndjson")
        names = ("request_method", "request_url", "response_code", "interval", "call:completeness")
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(call.get(name, ''))}" for name in names) + "</tr>"
            for call in self.calls.newest(SHOWN))
        return self.answer(200, (PAGE % (self.calls.count(), rows)).encode(), "text/html")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=4001)
    parser.add_argument("--page-port", type=int, default=4002)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--out", type=argparse.FileType("a", encoding="utf-8"))
    parser.add_argument("--ask", action="store_true")
    options = parser.parse_args()
    if options.ask:
        with urllib.request.urlopen(f"http://127.0.0.1:{options.page_port}/count", timeout=3):
            return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Handler.calls = Calls(options.out)
    intake = http.server.ThreadingHTTPServer((options.host, options.port), Intake)
    page = http.server.ThreadingHTTPServer((options.host, options.page_port), Page)
    threading.Thread(target=intake.serve_forever, daemon=True).start()
    print(f"calls go to port {options.port}; look at http://localhost:{options.page_port}",
          flush=True)
    page.serve_forever()


if __name__ == "__main__":
    main()
