#!/usr/bin/env python3
"""Writes small seeds for every fuzz driver: seeds.py FOLDER makes FOLDER/<driver>/<name>."""

import gzip
import json
import pathlib
import struct
import sys
import zlib


def chunk(kind, data):
    """A piece as Fuzz/Drivers/Chunks.swift reads it."""
    if len(data) < 192:
        return bytes([kind, len(data)]) + data
    units = min(-(-len(data) // 64), 64)
    return bytes([kind, units + 191]) + data[:units * 64].ljust(units * 64, b" ")


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) \
        + struct.pack(">I", stream) + payload


def packet(payload=b"GET / HTTP/1.1\r\n\r\n"):
    tcp = struct.pack(">HHIIBBHHH", 40000, 80, 1, 1, 0x50, 0x18, 9, 0, 0) + payload
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, 1, 2) + tcp
    return bytes(12) + b"\x08\0" + ip


def in_udp(port, data):
    udp = struct.pack(">HHHH", 5000, port, 8 + len(data), 0) + data
    return bytes(12) + b"\x08\0" + struct.pack(
        ">BBHHHBBHII", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, 1, 2) + udp


def captures():
    one = packet()
    yield "pcap", struct.pack("<IHHiIIIIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1, 1, 2, len(one),
                              len(one)) + one
    yield "nano", struct.pack(">IHHiIIIIIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1, 1, 2, len(one),
                              len(one)) + one
    yield "snoop", b"snoop\0\0\0" + struct.pack(
        ">8I", 2, 4, len(one), len(one), 24 + len(one), 0, 1, 2) + one

    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
    yield "pcapng", (
        block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
        + block(1, struct.pack("<HHIHHBxxxHH", 1, 0, 0, 9, 1, 9, 0, 0))
        + block(6, struct.pack("<5I", 0, 1, 2, len(one), len(one)) + one)
        + block(5, struct.pack("<IIIHHQ", 0, 1, 2, 4, 8, 5))
        + block(3, struct.pack("<I", len(one)) + one))


def packets():
    plain = packet()
    for name, data in {
        "plain": plain,
        "vlan": plain[:12] + b"\x81\0\0\5" + plain[12:],
        "vxlan": in_udp(4789, b"\x08\0\0\0\0\0\7\0" + plain),
        "geneve": in_udp(6081, b"\1\0\x65\x58\0\0\7\0" + bytes(4) + plain),
        "gtp": in_udp(2152, b"\x34\xff\0\x50" + bytes(4) + b"\0\0\0\x85\1\0\x09\0" + plain[14:]),
        "teredo": in_udp(3544, b"\x60\0\0\0\0\x14\x06\x40\x20\1\0\0" + bytes(28) + plain[34:54]),
        "l2tp": in_udp(1701, b"\0\2\0\1\0\1\xff\3\0\x21" + plain[14:]),
        "tzsp": in_udp(37008, b"\1\0\0\1\1" + plain),
        "erspan": bytes(12) + b"\x08\0" + plain[14:23] + b"\x2f" + plain[24:34]
        + b"\x10\0\x88\xbe" + bytes(12) + plain,
        "mpls": plain[:12] + b"\x88\x47\0\0\x11\x40" + plain[14:],
        "pppoe": plain[:12] + b"\x88\x64\x11\0\0\1\0\x40\0\x21" + plain[14:],
        "fragments": plain[:20] + b"\x20\0" + plain[22:],
        "ipv6": bytes(12) + b"\x86\xdd\x60\0\0\0\0\x1c\x2c\x40" + bytes(32) + b"\6\0\0\1\0\0\0\7"
        + plain[34:54],
    }.items():
        yield name, b"\1" + chunk(0, data) + chunk(0, data)
    yield "cooked", bytes([113]) + chunk(0, bytes(14) + b"\x08\0" + plain[14:])
    yield "wlan", bytes([105]) + chunk(0, b"\x08\1" + bytes(22) + b"\xaa\xaa\3\0\0\0\x08\0"
                                       + plain[14:])


def connections():
    client = b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
    server = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream"
              b"\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n")
    yield "http1", "call", chunk(0, client) + chunk(1, server)
    yield "http1", "hole", chunk(0, client[:20]) + chunk(14, b"12345") + chunk(0, client) \
        + chunk(1, server) + chunk(15, b"123") + chunk(1, server)
    yield "http1", "proxy", chunk(0, b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n" + client) \
        + chunk(0, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12) + client)
    yield "http1", "connect", chunk(0, b"CONNECT h:1 HTTP/1.1\r\n\r\n") \
        + chunk(1, b"HTTP/1.1 200 OK\r\n\r\n") + chunk(0, client) + chunk(1, server)
    yield "http1", "gzip", chunk(0, b"GET / HTTP/1.1\r\n\r\n") + chunk(
        1, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n"
        + gzip.compress(b"hello hello", mtime=0))
    head = b"\x82\x84\x86\x41\x01h\x40\x01a\x01b"
    yield "http2", "call", chunk(0, frame(1, 5, 1, head)) + chunk(
        1, frame(1, 4, 1, b"\x88\x0f\x10\x09text/html") + frame(0, 1, 1, b"body"))
    yield "http2", "grpc", chunk(0, frame(1, 4, 1, head) + frame(0, 9, 1, b"\2hi\0\0")) + chunk(
        1, frame(1, 4, 1, b"\x88") + frame(0, 0, 1, b"\0\0\0\0\1x") + frame(1, 5, 1, b"\x40\x01a0")
        + frame(3, 0, 3, bytes(4)) + frame(7, 0, 0, bytes(8)) + frame(8, 0, 0, bytes(4)))
    yield "http2", "continuation", chunk(0, frame(1, 1, 1, head[:4]) + frame(9, 4, 1, head[4:])) \
        + chunk(1, frame(5, 4, 1, b"\0\0\0\2" + head) + frame(4, 0, 0, b"\0\1\0\0\0\0"))
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    deflated = (squeezed.compress(b"hello") + squeezed.flush(zlib.Z_SYNC_FLUSH))[:-4]
    yield "websocket", "text", chunk(0, b"\x81\x85\1\2\3\4" + bytes(
        byte ^ mask for byte, mask in zip(b"hello", b"\1\2\3\4\1"))) + chunk(1, b"\x82\2ab") \
        + chunk(1, b"\1\1a\x89\0\x80\1b") + chunk(0, b"\x88\x82\0\0\0\0\3\xe8")
    yield "websocket", "deflate", chunk(1, bytes([0xC1, len(deflated)]) + deflated)


def texts():
    yield "rules", "default", b"include default\n/request_header:cookie|response_header:.*/ remove"
    yield "rules", "replace", (b"include strict\nallow_http_url\nsample 10\n!.*! stop_if "
                               b"/[0-9.]{3}/\n/request_body/ replace /(\\d+)\\s*/, /x\\\\1/")
    yield "record", "call", json.dumps([["request_method", "GET"], ["now", 5], [
        "request_url", "http://a/\u00e9\u20ac\\\"\n"]]).encode()
    yield "state", "cursor", b"\2" + b'{"next":{"lanes":{"0":{"sequence":1,"line":0}}}}'
    yield "state", "sink", b"\3" + b'{"sink":"a","lanes":{}}'
    yield "state", "manifest", b"\0" + b'{"segment":{"format":1,"bytes":5}}'
    yield "lz4", "frame", bytes.fromhex("04224d1864704073" "06000080") + b"hello\n" + bytes(4)
    for number, data in enumerate((gzip.compress(b"hello" * 9, mtime=0), zlib.compress(b"hi" * 9))):
        yield "body", f"coding{number}", bytes([number]) + data
    yield "body", "brotli", b"\2" + bytes.fromhex("0b028068656c6c6f03")
    yield "body", "zstd", b"\3" + bytes.fromhex("28b52ffd0405290000") + b"hello" + bytes(4)
    segments = [(0, 0, 0, 0, 2, 0), (1, 0, 0, 1, 0x12, 0), (0, 0, 1, 1, 0x18, 9),
                (1, 1, 1, 73, 0x18, 20), (0, 1, 200, 161, 0x18, 3), (1, 0, 161, 73, 0x11, 0)]
    yield "segments", "talk", b"".join(
        struct.pack(">BBHHBB", *segment) for segment in segments)
    yield "snapshot", "table", b"\0" + bytes([2]) + bytes(28 + 28 * 8 + 4 + 12)
    yield "snapshot", "connection", b"\1" + bytes(400)


def main():
    root = pathlib.Path(sys.argv[1])
    seeds = [("capture", *seed) for seed in captures()]
    seeds += [("packet", *seed) for seed in packets()]
    seeds += [*connections(), *texts()]
    for driver, name, data in seeds:
        folder = root / driver
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
