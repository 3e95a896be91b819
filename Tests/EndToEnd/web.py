"""A keep-alive web server and its clients, made to be checked: everything follows from a number.

    web.py serve HOST PORT
    web.py call HOST PORT --first 0 --count 50000 --connections 16 --rate 2000

Call `n` is `POST /calls/n?n=n` with a JSON body that holds n; the answer has the status and the
body that `status(n)` and `response_body(n)` say. The client prints one JSON object at its end.
"""

import argparse
import asyncio
import json
import signal
import sys
import time

STATUSES = (200, 200, 201, 200, 404, 200, 500, 200, 202, 200)
FILLER = "the quick brown fox jumps over the lazy dog and goes on its way through the wood; " * 80


def status(number):
    """The status of call `number`."""
    return STATUSES[number % len(STATUSES)]


def request_body(number):
    """The request's body."""
    note = FILLER[: number % 300]
    return json.dumps({"request": number, "note": note}).encode()


def response_body(number):
    """The response's body: 40 bytes to 6 KB."""
    size = 5000 + number % 1000 if number % 50 == 7 else number * 37 % 900
    return json.dumps({"response": number, "text": FILLER[:size]}).encode()


def request(number, host):
    """The whole request."""
    body = request_body(number)
    return (f"POST /calls/{number}?n={number} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: web.py\r\n"
            f"Accept: */*\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def response(number):
    """The whole response: every fifth is chunked."""
    body = response_body(number)
    head = (f"HTTP/1.1 {status(number)} Number\r\nServer: web.py\r\n"
            f"Content-Type: application/json\r\n")
    if number % 5 == 0:
        half = len(body) // 2
        parts = b"".join(b"%x\r\n%b\r\n" % (len(part), part)
                         for part in (body[:half], body[half:]))
        return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + parts + b"0\r\n\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Server(asyncio.Protocol):
    """One connection of the server."""

    def __init__(self):
        self.buffer = b""
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end]
            start = head.find(b"Content-Length: ")
            length = int(head[start + 16:].split(b"\r\n", 1)[0]) if start >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4:end + 4 + length]
            self.buffer = self.buffer[end + 4 + length:]
            target = head.split(b" ", 2)[1]
            number = int(target.split(b"/")[2].split(b"?")[0])
            if body != request_body(number):
                self.transport.close()
                return
            self.transport.write(response(number))


class Client(asyncio.Protocol):
    """One connection of the client: a call, its answer, the next call."""

    def __init__(self, load):
        self.load = load
        self.transport = None
        self.number = None
        self.expected = b""
        self.buffer = b""
        self.count = 0

    def connection_made(self, transport):
        self.transport = transport
        self.load.wake(self)

    def begin(self, number):
        self.number = number
        self.expected = response(number)
        self.buffer = b""
        self.transport.write(request(number, self.load.host))

    def data_received(self, data):
        self.buffer += data
        if len(self.buffer) < len(self.expected):
            return
        self.load.finished(self.buffer == self.expected)
        self.number = None
        self.count += 1
        if self.count >= self.load.calls_per_connection:
            self.transport.close()
        else:
            self.load.wake(self)

    def connection_lost(self, _):
        if self.number is not None:
            self.load.finished(False)
        self.load.reconnect()


class Load:
    """All calls of a run, at a rate or as fast as it goes."""

    def __init__(self, arguments):
        self.arguments = arguments
        # As browsers write it: the port only when it is not the usual one.
        self.host = arguments.host + (f":{arguments.port}" if arguments.port != 80 else "")
        self.calls_per_connection = arguments.calls_per_connection
        self.begun = 0
        self.ended = 0
        self.good = 0
        self.idle = []
        self.start = time.monotonic()
        self.done = asyncio.get_running_loop().create_future()

    def allowed(self):
        """How many calls may have begun by now."""
        count = self.arguments.count
        if not self.arguments.rate:
            return count
        return min(count, int((time.monotonic() - self.start) * self.arguments.rate) + 1)

    def wake(self, client):
        """Gives an idle connection its next call, or lets it wait."""
        if self.begun < self.allowed():
            self.begun += 1
            client.begin(self.arguments.first + self.begun - 1)
        else:
            self.idle.append(client)

    def finished(self, is_good):
        """A call has its answer, or will not have it."""
        self.good += is_good
        self.ended += 1
        if self.ended == self.arguments.count and not self.done.done():
            self.done.set_result(None)

    def reconnect(self):
        """A connection is over: another takes its place while there are calls to make."""
        if self.begun < self.arguments.count and not self.done.done():
            task = asyncio.get_running_loop().create_task(self.connect())
            task.add_done_callback(self.connected)

    def connected(self, task):
        """Ends the run when the server cannot be reached."""
        if task.exception() is not None and not self.done.done():
            self.done.set_exception(task.exception())

    async def connect(self):
        """Opens one connection."""
        await asyncio.get_running_loop().create_connection(
            lambda: Client(self), self.arguments.host, self.arguments.port)

    async def run(self):
        """Makes all calls; returns the summary."""
        for _ in range(min(self.arguments.connections, self.arguments.count)):
            await self.connect()
        while not self.done.done():
            # Waking idle connections is all that the pace needs.
            await asyncio.wait([self.done], timeout=0.002 if self.arguments.rate else 1)
            idle, self.idle = self.idle, []
            for client in idle:
                self.wake(client)
        self.done.result()
        seconds = time.monotonic() - self.start
        return {"calls": self.ended, "good": self.good, "seconds": round(seconds, 3)}


async def serve(arguments):
    """Serves until SIGTERM."""
    loop = asyncio.get_running_loop()
    stop = loop.create_future()
    loop.add_signal_handler(signal.SIGTERM, lambda: stop.done() or stop.set_result(None))
    server = await loop.create_server(Server, arguments.host, arguments.port, backlog=1024)
    print("ready", flush=True)
    await stop
    server.close()


async def call(arguments):
    """Makes the calls and prints how it went."""
    summary = await Load(arguments).run()
    print(json.dumps(summary), flush=True)
    return summary["good"] == arguments.count


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("role", choices=("serve", "call"))
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--calls-per-connection", type=int, default=500)
    parser.add_argument("--rate", type=float, default=0, help="calls per second; 0 = no limit")
    arguments = parser.parse_args()
    if arguments.role == "serve":
        asyncio.run(serve(arguments))
    else:
        sys.exit(0 if asyncio.run(call(arguments)) else 1)


if __name__ == "__main__":
    main()
