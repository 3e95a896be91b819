#!/usr/bin/env python3
"""A small web shop that visits itself: something to listen to.

    shop.py [--port 8080] [--every 1.0] [--visits 0]

Serves /products and /orders on 127.0.0.1 and calls them itself, --visits times (0: for good).
"""

import argparse
import http.client
import http.server
import itertools
import json
import threading
import time

PRODUCTS = [{"id": number, "name": name, "price": price} for number, name, price in (
    (1, "kettle", 24.9), (2, "lamp", 39.0), (3, "chair", 89.5))]


class Shop(http.server.BaseHTTPRequestHandler):
    """The shop's pages."""

    protocol_version = "HTTP/1.1"

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path.startswith("/products"):
            return self.answer(200, PRODUCTS)
        return self.answer(404, {"error": f"no {self.path}"})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return self.answer(201, {"order": len(body), "received": body.decode("utf-8", "replace")})

    def log_message(self, *_):
        """Says nothing."""


def visit(port, number):
    """One customer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", f"/products?visit={number}")
    connection.getresponse().read()
    order = json.dumps({"product": number % 3 + 1, "count": 1})
    connection.request("POST", "/orders", order, {"Content-Type": "application/json"})
    connection.getresponse().read()
    if number % 5 == 0:
        connection.request("GET", "/cart")
        connection.getresponse().read()
    connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--every", type=float, default=1.0)
    parser.add_argument("--visits", type=int, default=0)
    options = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Shop)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"a shop on 127.0.0.1:{options.port}", flush=True)
    numbers = range(options.visits) if options.visits else itertools.count()
    for number in numbers:
        visit(options.port, number)
        time.sleep(options.every)
    if options.visits:
        threading.Event().wait()


if __name__ == "__main__":
    main()
