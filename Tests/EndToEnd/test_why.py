"""`earshot why`: what connections were that gave no call, by address, port and network."""

import struct

from support import packets, wrapping
from support.case import EndToEndCase


class WhyTest(EndToEndCase):
    """A capture with HTTP, TLS, one direction only, frames without a table, and something else."""

    def test_every_connection_is_explained(self):
        talk = [
            (80, 0, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
            (80, 1, b"HTTP/1.1 204 No\r\n\r\n"),
            (443, 0, b"\x16\x03\x01\x00\x05hello"), (443, 1, b"\x16\x03\x03\x00\x02hi"),
            (6379, 0, b"PING\r\n"), (6379, 1, b"+PONG\r\n"),
            (9999, 1, b"only this direction"),
        ]
        frames = [packets.Packet(number * 10**6, frame, len(frame)) for number, frame in
                  enumerate(segments(talk))]
        plain, wrapped = self.directory / "plain.pcap", self.directory / "wrapped.pcap"
        packets.write_pcap(plain, frames)
        packets.write_pcap(wrapped, wrapping.in_vxlan(frames))
        text = self.run_earshot("earshot", "why", "--read", plain, wrapped).stdout
        self.assertRegex(text, r"10\.0\.0\.2:80 +- +HTTP +1 ")
        self.assertRegex(text, r"10\.0\.0\.2:443 +- +TLS.* 1 ")
        self.assertRegex(text, r"10\.0\.0\.2:6379 +- +another protocol +1 ")
        self.assertRegex(text, r"10\.0\.0\.2:9999 +- +one direction only.* 1 ")
        self.assertEqual(len(self.why(plain, "443")), 2)
        self.assertEqual(len(self.why(wrapped, "77")), 5)
        self.assertEqual(len(self.why(plain, "10.0.0.2")), 5)
        self.assertEqual(len(self.why(plain, "10.0.0.2:80", "6379")), 3)
        self.assertRegex(self.why(plain, "10.0.0.9")[0], "no connection fits 10.0.0.9")
        self.run_earshot("earshot", "why", "443", code=64)

    def why(self, capture, *wanted):
        return self.run_earshot("earshot", "why", *wanted, "--read", capture).stdout.splitlines()


def segments(talk):
    """Frames of connections 10.0.0.1:40000 → 10.0.0.2:PORT, picked up without their beginning."""
    places = {}
    for port, side, payload in talk:
        here, there = places.setdefault((port, side), 1), places.setdefault((port, 1 - side), 1)
        ports = (40000, port) if side == 0 else (port, 40000)
        ends = (0x0A000001, 0x0A000002) if side == 0 else (0x0A000002, 0x0A000001)
        tcp = struct.pack(">HHIIBBHHH", *ports, here, there, 0x50, 0x18, 9, 0, 0) + payload
        yield bytes(12) + b"\x08\0" + struct.pack(
            ">BBHHHBBHII", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, *ends) + tcp
        places[port, side] += len(payload)
