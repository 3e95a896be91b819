"""Captures made by hand: TCP conversations of given bytes at given times, as a pcap file."""

import struct

PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)  # nanoseconds, Ethernet
SYN, FIN, PSH, ACK = 0x02, 0x01, 0x08, 0x10
SEGMENT_BYTES = 1400


class CaptureFile:
    """Packets in the order of their times, written at the end."""

    def __init__(self):
        self.packets = []

    def add(self, nanoseconds, frame):
        self.packets.append((nanoseconds, len(self.packets), frame))

    def write(self, path):
        """Writes the file."""
        with open(path, "wb") as file:
            file.write(PCAP_HEADER)
            for nanoseconds, _, frame in sorted(self.packets):
                seconds, rest = divmod(nanoseconds, 1_000_000_000)
                file.write(struct.pack("<IIII", seconds, rest, len(frame), len(frame)) + frame)
        return path


class Conversation:
    """One TCP connection: what each side says, and when."""

    def __init__(self, capture, client, server, start):
        self.capture = capture
        self.ends = (client, server)
        self.sequences = [1000, 5000]
        self.send(0, b"", start, SYN)
        self.send(1, b"", start + 1000, SYN | ACK)
        self.send(0, b"", start + 2000, ACK)

    def send(self, side, data, time, flags):
        """One segment from a side: 0 is the client."""
        (address, port), (other, other_port) = self.ends[side], self.ends[1 - side]
        tcp = struct.pack("!HHIIBBHHH", port, other_port, self.sequences[side],
                          self.sequences[1 - side] if flags & ACK else 0, 5 << 4, flags, 65535,
                          0, 0)
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + len(data), 0, 0x4000, 64, 6, 0,
                         packed(address), packed(other))
        self.capture.add(time, b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0" + ip + tcp + data)
        step = len(data) + (1 if flags & (SYN | FIN) else 0)
        self.sequences[side] = (self.sequences[side] + step) & 0xFFFFFFFF

    def say(self, side, data, time):
        """Bytes in as many segments as they need, a microsecond apart; returns the last time."""
        for offset in range(0, len(data), SEGMENT_BYTES):
            self.send(side, data[offset:offset + SEGMENT_BYTES], time, ACK | PSH)
            time += 1000
        return time - 1000

    def close(self, time):
        """Both sides say that they are done."""
        self.send(0, b"", time, FIN | ACK)
        self.send(1, b"", time + 1000, FIN | ACK)
        self.send(0, b"", time + 2000, ACK)


def packed(address):
    """The four bytes of an IPv4 address."""
    return bytes(int(part) for part in address.split("."))
