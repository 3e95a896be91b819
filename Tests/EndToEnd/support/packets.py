"""Capture files as lists of packets, and the changes that must not matter to the calls in them."""

import dataclasses
import random
import struct

ETHERNET = 1
RST_SYN_FIN = 0x07


@dataclasses.dataclass
class Packet:
    """An Ethernet frame with its time in nanoseconds."""

    time: int
    frame: bytes
    length: int

    def tcp(self):
        """The offsets of the IPv4 and TCP headers and of the payload and its end, or None."""
        frame = self.frame
        if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[14] >> 4 != 4:
            return None
        start = 14 + (frame[14] & 15) * 4
        end = 14 + struct.unpack_from(">H", frame, 16)[0]
        fragment = struct.unpack_from(">H", frame, 20)[0] & 0x3FFF
        if frame[23] != 6 or fragment or end > len(frame) or start + 20 > end:
            return None
        payload = start + (frame[start + 12] >> 4) * 4
        return (14, start, payload, end) if payload <= end else None

    def flags(self):
        return self.frame[self.tcp()[1] + 13]

    def payload(self):
        _, _, start, end = self.tcp()
        return self.frame[start:end]

    def direction(self):
        """Addresses and ports, sender first."""
        _, start, _, _ = self.tcp()
        return self.frame[26:34] + self.frame[start:start + 4]

    def connection(self):
        """The same for both directions."""
        own = self.direction()
        return min(own, own[4:8] + own[:4] + own[10:12] + own[8:10])

    def number(self, offset):
        return struct.unpack_from(">I", self.frame, self.tcp()[1] + offset)[0]

    def changed(self, payload=None, sequence=None, acknowledgement=None):
        """The same packet with another payload or other numbers."""
        ip, start, data, end = self.tcp()
        frame = bytearray(self.frame[:data])
        frame += self.frame[data:end] if payload is None else payload
        struct.pack_into(">H", frame, ip + 2, len(frame) - ip)
        if sequence is not None:
            struct.pack_into(">I", frame, start + 4, sequence & 0xFFFFFFFF)
        if acknowledgement is not None:
            struct.pack_into(">I", frame, start + 8, acknowledgement & 0xFFFFFFFF)
        return Packet(self.time, bytes(frame), len(frame))


def read(path):
    """The packets of a classic capture of Ethernet frames, or None when it is something else."""
    data = path.read_bytes()
    orders = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\xa1\xb2\xc3\xd4": (">", 1000),
              b"\x4d\x3c\xb2\xa1": ("<", 1), b"\xa1\xb2\x3c\x4d": (">", 1)}
    if data[:4] not in orders or len(data) < 24:
        return None
    order, scale = orders[data[:4]]
    if struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF != ETHERNET:
        return None
    packets = []
    offset = 24
    while offset + 16 <= len(data):
        seconds, fraction, count, length = struct.unpack_from(order + "4I", data, offset)
        offset += 16
        if offset + count > len(data):
            break
        packets.append(Packet(seconds * 10**9 + fraction * scale, data[offset:offset + count],
                              length))
        offset += count
    return packets


def write_pcap(path, packets, order="<"):
    """A classic capture with nanoseconds."""
    with open(path, "wb") as file:
        file.write(struct.pack(order + "IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, ETHERNET))
        for packet in packets:
            file.write(struct.pack(order + "4I", packet.time // 10**9, packet.time % 10**9,
                                   len(packet.frame), packet.length) + packet.frame)


def write_pcapng(path, packets, order="<", sections=1):
    """A pcapng capture with nanoseconds, in one or several sections."""
    def block(kind, body):
        body += bytes(-len(body) % 4)
        size = struct.pack(order + "I", len(body) + 12)
        return struct.pack(order + "I", kind) + size + body + size

    head = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    head += block(1, struct.pack(order + "HHIHHBxxxHH", ETHERNET, 0, 0, 9, 1, 9, 0, 0))
    with open(path, "wb") as file:
        for number, packet in enumerate(packets):
            if number % max(1, -(-len(packets) // sections)) == 0:
                file.write(head)
            file.write(block(6, struct.pack(
                order + "5I", 0, packet.time >> 32, packet.time & 0xFFFFFFFF, len(packet.frame),
                packet.length) + packet.frame))


def write_snoop(path, packets):
    """A snoop capture (RFC 1761); its microseconds must be enough for the packets."""
    with open(path, "wb") as file:
        file.write(b"snoop\0\0\0" + struct.pack(">II", 2, 4))
        for packet in packets:
            frame = packet.frame + bytes(-len(packet.frame) % 4)
            file.write(struct.pack(">6I", packet.length, len(packet.frame), 24 + len(frame), 0,
                                   packet.time // 10**9, packet.time % 10**9 // 1000) + frame)


def wrapped(packets, before):
    """Every frame behind the bytes that `before` makes for it."""
    result = []
    for packet in packets:
        head = before(packet)
        result.append(Packet(packet.time, head + packet.frame, packet.length + len(head)))
    return result


def in_vlan(packets):
    return [Packet(packet.time, packet.frame[:12] + b"\x81\0\0\x09" + packet.frame[12:],
                   packet.length + 4) for packet in packets]


def udp_over_ipv4(port, head):
    """Ethernet, IPv4 and UDP in front of a tunnel's header."""
    def make(packet):
        size = packet.length + len(head)
        ipv4 = struct.pack(">BBHHHBBH4s4s", 0x45, 0, (size + 28) & 0xFFFF, 0, 0, 64, 17, 0,
                           b"\x0a\x09\x08\x01", b"\x0a\x09\x08\x02")
        return (bytes(12) + b"\x08\x00" + ipv4 + struct.pack(
            ">HHHH", 50000, port, (size + 8) & 0xFFFF, 0) + head)
    return make


def in_vxlan(packets, port=4789):
    return wrapped(packets, udp_over_ipv4(port, b"\x08\0\0\0\0\0\x4d\0"))


def in_geneve(packets):
    return wrapped(packets, udp_over_ipv4(6081, b"\x01\0\x65\x58\0\0\x4d\0" + b"\1\2\3\0"))


def in_gre_over_ipv6(packets):
    """Frames in GRE (transparent Ethernet bridging) in IPv6."""
    def make(packet):
        head = b"\0\0\x65\x58"
        ipv6 = struct.pack(">IHBB", 6 << 28, (packet.length + 4) & 0xFFFF, 47, 64) \
            + b"\xfd" + bytes(14) + b"\1" + b"\xfd" + bytes(14) + b"\2"
        return bytes(12) + b"\x86\xdd" + ipv6 + head
    return wrapped(packets, make)


def in_mpls(packets):
    """IPv4 behind an MPLS label; other frames as they are."""
    result = []
    for packet in packets:
        frame = packet.frame
        more = 0
        if frame[12:14] == b"\x08\x00":
            frame = frame[:12] + b"\x88\x47" + b"\0\0\x11\x40" + frame[14:]
            more = 4
        result.append(Packet(packet.time, frame, packet.length + more))
    return result


def split(packets, seed):
    """Segments cut at a random place; those with SYN, FIN, RST or URG stay whole."""
    rng = random.Random(seed)
    result = []
    for packet in packets:
        if not packet.tcp() or packet.flags() & 0x27 or len(packet.payload()) < 2:
            result.append(packet)
            continue
        data = packet.payload()
        middle = rng.randrange(1, len(data))
        result.append(packet.changed(payload=data[:middle]))
        result.append(packet.changed(payload=data[middle:],
                                     sequence=packet.number(4) + middle))
    return result


def merged(packets):
    """Segments that follow each other directly, as one."""
    result = []
    for packet in packets:
        last = result[-1] if result else None
        if (last and last.tcp() and packet.tcp() and last.direction() == packet.direction()
                and not (last.flags() | packet.flags()) & 0x27 and last.payload()
                and packet.payload() and last.number(8) == packet.number(8)
                and len(last.payload()) + len(packet.payload()) < 60000
                and (last.number(4) + len(last.payload())) & 0xFFFFFFFF == packet.number(4)):
            result[-1] = last.changed(payload=last.payload() + packet.payload())
        else:
            result.append(packet)
    return result


def wrapping_sequences(packets):
    """All numbers of a direction moved alike, so that its first lies just before the wrap."""
    moves = {}
    for packet in packets:
        if packet.tcp():
            moves.setdefault(packet.direction(), 0xFFFFFFFF - 300 - packet.number(4))
    result = []
    for packet in packets:
        if not packet.tcp():
            result.append(packet)
            continue
        own = packet.direction()
        other = own[4:8] + own[:4] + own[10:12] + own[8:10]
        number = packet.number(4) + moves[own]
        read_up_to = None
        if packet.flags() & 0x10 and other in moves:
            read_up_to = packet.number(8) + moves[other]
        result.append(packet.changed(sequence=number, acknowledgement=read_up_to))
    return result


def shuffled(packets, seed, reach=6, window=500_000_000):
    """Packets moved up to some places, as a mirror under load does; each keeps its time.

    SYN, FIN and RST stay in front of and behind all others of their connection, since packets that
    change places with those tell another story.
    """
    rng = random.Random(seed)
    keys = [number + rng.uniform(0, reach) for number in range(len(packets))]
    order = sorted(range(len(packets)), key=keys.__getitem__)
    connections = {}
    for place, number in enumerate(order):
        if packets[number].tcp():
            members = connections.setdefault(packets[number].connection(), [])
            members.append((place, number))
    # A connection in which something crossed its beginning or its end is put back in order.
    for members in connections.values():
        places = [place for place, _ in members]
        numbers = [number for _, number in members]
        ordered = sorted(numbers)
        is_fence = {number for number in numbers if packets[number].flags() & RST_SYN_FIN}
        late = any(number != ordered[index] and (number in is_fence or ordered[index] in is_fence)
                   for index, number in enumerate(numbers))
        slow = any(abs(packets[number].time - packets[ordered[index]].time) > window
                   for index, number in enumerate(numbers))
        if late or slow:
            for place, number in zip(places, ordered):
                order[place] = number
    return [packets[number] for number in order]


def doubled(packets, seed, window=500_000_000):
    """Every packet once more, up to some places later, but not much later in time."""
    rng = random.Random(seed)
    entries = []
    for number, packet in enumerate(packets):
        place = number
        for _ in range(rng.randrange(0, 8)):
            if place + 1 == len(packets) or packets[place + 1].time - packet.time > window:
                break
            # A copy behind an end or a beginning tells another story.
            if packets[place + 1].tcp() and packets[place + 1].flags() & RST_SYN_FIN:
                break
            place += 1
        entries.append((number, 0, packet))
        entries.append((place, 1, packet))
    return [packet for _, _, packet in sorted(entries, key=lambda entry: entry[:2])]
