"""Conversations full of secrets, each with a name that says where it was."""

import gzip
import struct

from support.conversation import CaptureFile, Conversation

START = 1_700_000_000_000_000_000
MILLISECOND = 1_000_000


class Secrets:
    """The capture, and the secrets planted in it."""

    def __init__(self):
        self.capture = CaptureFile()
        self.names = []
        self.count = 0
        self.plain()
        self.coded()
        self.odd_targets()
        self.broken()
        self.websocket()
        self.grpc()

    def __call__(self, name):
        """A new secret: letters only, so that no encoding changes it."""
        self.names.append(f"Planted{name.title().replace(' ', '')}Secret")
        return self.names[-1]

    def conversation(self):
        self.count += 1
        return Conversation(self.capture, (f"10.3.0.{self.count}", 4000), ("10.3.1.1", 80),
                            START + self.count * 100 * MILLISECOND)

    def exchange(self, request, response=None, is_closed=True):
        talk = self.conversation()
        time = START + (self.count * 100 + 1) * MILLISECOND
        time = talk.say(0, request, time) + MILLISECOND
        if response is not None:
            time = talk.say(1, response, time) + MILLISECOND
        if is_closed:
            talk.close(time)
        return talk, time

    def plain(self):
        """Query, cookies, authorization, bodies, trailers of both sides."""
        self.exchange(
            f"POST /form?token={self('query')}&n=1 HTTP/1.1\r\nHost: a.example\r\n"
            f"Cookie: sid={self('cookie')}; other=1\r\nAuthorization: Bearer {self('authorization')}"
            f"\r\nReferer: http://x/?{self('referer')}\r\nX-Api-Key: {self('key header')}\r\n"
            f"Transfer-Encoding: chunked\r\n\r\n{chunk(self('request body'))}0\r\n"
            f"X-Signature: {self('request trailer')}\r\n\r\n".encode(),
            f"HTTP/1.1 200 OK\r\nSet-Cookie: sid={self('set cookie')}\r\nTransfer-Encoding: chunked"
            f"\r\nX-Internal: {self('response header')}\r\n\r\n"
            f"{chunk(self('response body'))}0\r\n"
            f"X-Trail: {self('response trailer')}\r\n\r\n".encode())

    def coded(self):
        """A body that shows only when its coding is off, and one that is not UTF-8."""
        body = gzip.compress(self("gzip body").encode(), mtime=0)
        other = b"\xff\xfe" + self("binary body").encode()
        self.exchange(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(other) + other,
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
            + body)

    def odd_targets(self):
        """User-info, parameters without a value, broken escapes."""
        answer = b"HTTP/1.1 204 No Content\r\n\r\n"
        for target in (f"http://user:{self('user info')}@b.example/x",
                       f"/bare?{self('bare query')}", f"/bad?a=%zz{self('bad escape')}",
                       f"/empty?{self('empty value')}=", f"/semi;{self('path parameter')}",
                       f"/two?a=1?{self('second question')}"):
            self.exchange(f"GET {target} HTTP/1.1\r\nHost: b.example\r\n\r\n".encode(), answer)
        self.exchange(f"GET / HTTP/1.1\r\nHost: me:{self('host user info')}@b\r\n\r\n".encode(),
                      answer)

    def broken(self):
        """Halves, cut heads, and bytes that are no HTTP: what logs may be tempted to quote."""
        self.exchange(f"GET /half?a={self('half query')} HTTP/1.1\r\nHost: c\r\n"
                      f"Cookie: {self('half cookie')}\r\n\r\n".encode())
        self.exchange(f"GET /cut HTTP/1.1\r\nHost: c\r\nCookie: {self('cut cookie')}".encode(),
                      is_closed=False)
        self.exchange(f"GET /no\r\n{self('no colon line')}\r\n\r\n".encode(),
                      f"HTTP/1.1 abc {self('status line')}\r\n\r\n".encode())
        self.exchange(f"{self('not http')}\r\n\r\n".encode() * 3)
        self.exchange(f"POST /short HTTP/1.1\r\nHost: c\r\nContent-Length: 9000\r\n\r\n"
                      f"{self('short body')}".encode(), is_closed=False)

    def websocket(self):
        """Messages, a ping and a reason for closing."""
        talk, time = self.exchange(
            f"GET /chat?ticket={self('ticket')} HTTP/1.1\r\nHost: d\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode(),
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", is_closed=False)
        for side, opcode, name in ((0, 1, "client message"), (1, 1, "server message"),
                                   (1, 2, "binary message"), (0, 9, "ping"), (1, 10, "pong")):
            time = talk.say(side, websocket_frame(opcode, self(name).encode(), side == 0),
                            time + MILLISECOND)
        reason = struct.pack("!H", 1000) + self("close reason").encode()
        time = talk.say(0, websocket_frame(8, reason, True), time + MILLISECOND)
        time = talk.say(1, websocket_frame(8, reason, False), time + MILLISECOND)
        talk.close(time + MILLISECOND)

    def grpc(self):
        """A call over HTTP/2: headers, a message each way, trailers."""
        request = (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2_frame(4, 0, 0, b"")
                   + http2_frame(1, 4, 1, fields(
                       (":method", "POST"), (":scheme", "http"), (":path", "/pkg.Api/Get"),
                       (":authority", f"me:{self('authority user info')}@e.example"),
                       ("content-type", "application/grpc"), ("te", "trailers"),
                       ("authorization", self("metadata"))))
                   + http2_frame(0, 1, 1, message(self("message").encode())))
        response = (http2_frame(4, 0, 0, b"")
                    + http2_frame(1, 4, 1, fields(
                        (":status", "200"), ("content-type", "application/grpc"),
                        ("x-session", self("answer metadata"))))
                    + http2_frame(0, 0, 1, message(self("answer message").encode()))
                    + http2_frame(1, 5, 1, fields(
                        ("grpc-status", "13"), ("grpc-message", self("status message")))))
        self.exchange(request, response)


def chunk(text):
    """RFC 9112 §7.1."""
    return f"{len(text):x}\r\n{text}\r\n"


def websocket_frame(opcode, payload, is_masked):
    """RFC 6455 §5.2, short payloads."""
    head = bytes([0x80 | opcode, len(payload) | (0x80 if is_masked else 0)])
    if not is_masked:
        return head + payload
    mask = b"\x11\x22\x33\x44"
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def http2_frame(kind, flags, stream, payload):
    """RFC 9113 §4.1."""
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def fields(*pairs):
    """Literal fields without indexing: RFC 7541 §6.2.2."""
    return b"".join(b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)])
                    + value.encode() for name, value in pairs)


def message(content):
    """A gRPC message."""
    return b"\0" + struct.pack("!I", len(content)) + content
