"""Capture files as lists of packets, and the changes that must not matter to the calls in them."""

import dataclasses
import gzip
import pathlib
import random
import struct
import subprocess

ETHERNET = 1
RST_SYN_FIN = 0x07


@dataclasses.dataclass
class Packet:
    """An Ethernet frame with its time in nanoseconds."""

    time: int
    frame: bytes
    length: int

    def network(self):
        """The offset of the IP header behind Ethernet and its VLAN tags, and its version."""
        offset = 12
        while self.frame[offset:offset + 2] in (b"\x81\x00", b"\x88\xa8"):
            offset += 4
        version = {b"\x08\x00": 4, b"\x86\xdd": 6}.get(self.frame[offset:offset + 2], 0)
        return offset + 2, version

    def tcp(self):
        """The offsets of the IP and TCP headers and of the payload and its end, or None."""
        frame = self.frame
        ip, version = self.network()
        if len(frame) < ip + 40 or frame[ip] >> 4 != version:
            return None
        if version == 4:
            start = ip + (frame[ip] & 15) * 4
            end = ip + struct.unpack_from(">H", frame, ip + 2)[0]
            protocol = frame[ip + 9]
            fragment = struct.unpack_from(">H", frame, ip + 6)[0] & 0x3FFF
        elif version == 6:
            start = ip + 40
            end = start + struct.unpack_from(">H", frame, ip + 4)[0]
            protocol = frame[ip + 6]
            fragment = 0
        else:
            return None
        if protocol != 6 or fragment or end > len(frame) or start + 20 > end:
            return None
        payload = start + (frame[start + 12] >> 4) * 4
        return (ip, start, payload, end) if payload <= end else None

    def flags(self):
        return self.frame[self.tcp()[1] + 13]

    def payload(self):
        _, _, start, end = self.tcp()
        return self.frame[start:end]

    def direction(self):
        """Addresses and ports, sender first."""
        return tuple(self.endpoint(side) for side in (0, 1))

    def endpoint(self, side):
        """Address and port of the sender (0) or the receiver (1)."""
        ip, start, _, _ = self.tcp()
        size = 4 if self.network()[1] == 4 else 16
        place = ip + (12 if size == 4 else 8) + side * size
        return self.frame[place:place + size], self.frame[start + 2 * side:start + 2 * side + 2]

    def connection(self):
        """The same for both directions."""
        return tuple(sorted(self.direction()))

    def is_fragment(self):
        """Whether this is a part of an IPv4 datagram."""
        ip, version = self.network()
        return (version == 4 and len(self.frame) >= ip + 20
                and struct.unpack_from(">H", self.frame, ip + 6)[0] & 0x3FFF != 0)

    def addresses(self):
        """Both IPv4 addresses, the same for both directions."""
        ip, _ = self.network()
        return tuple(sorted((self.frame[ip + 12:ip + 16], self.frame[ip + 16:ip + 20])))

    def family(self, fragmented):
        """What keeps its order at beginnings and ends: a connection, or all between two hosts that
        send fragments."""
        _, version = self.network()
        if version == 4 and len(self.frame) >= 34 and self.addresses() in fragmented:
            return self.addresses()
        return self.connection() if self.tcp() else None

    def number(self, offset):
        return struct.unpack_from(">I", self.frame, self.tcp()[1] + offset)[0]

    def changed(self, payload=None, sequence=None, acknowledgement=None):
        """The same packet with another payload or other numbers."""
        ip, start, data, end = self.tcp()
        frame = bytearray(self.frame[:data])
        frame += self.frame[data:end] if payload is None else payload
        if self.network()[1] == 4:
            struct.pack_into(">H", frame, ip + 2, len(frame) - ip)
        else:
            struct.pack_into(">H", frame, ip + 4, len(frame) - ip - 40)
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


def write_pcap(path, packets, order="<", unit=1):
    """A classic capture with nanoseconds, or with microseconds (a unit of 1,000)."""
    magic = 0xA1B23C4D if unit == 1 else 0xA1B2C3D4
    with open(path, "wb") as file:
        file.write(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, ETHERNET))
        for packet in packets:
            file.write(struct.pack(order + "4I", packet.time // 10**9, packet.time % 10**9 // unit,
                                   len(packet.frame), packet.length) + packet.frame)


def write_gzip(path, packets):
    """A classic capture in gzip."""
    write_pcap(path, packets)
    path.write_bytes(gzip.compress(path.read_bytes(), 1))


def write_lz4(path, packets):
    """A pcapng capture in an LZ4 frame, by the tool a user has."""
    plain = pathlib.Path(f"{path}.plain")
    write_pcapng(plain, packets)
    subprocess.run(["lz4", "-qf", plain, path], check=True)
    plain.unlink()


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
    """All numbers of a direction moved alike, so that its first lies just before the wrap.

    Not those of hosts that also speak in fragments or tunnels, where the numbers cannot be reached.
    """
    moves = {}
    hidden = [packet.frame for packet in packets if not packet.tcp()]
    reachable = {}
    for packet in packets:
        if packet.tcp():
            own = packet.connection()
            if own not in reachable:
                hosts = [address for address, _ in own]
                pairs = (hosts[0] + hosts[1], hosts[1] + hosts[0])
                reachable[own] = not any(pair in frame for pair in pairs for frame in hidden)
            if not reachable[own]:
                continue
            moves.setdefault(packet.direction(), 0xFFFFFFFF - 300 - packet.number(4))
    result = []
    for packet in packets:
        if not packet.tcp() or packet.direction() not in moves:
            result.append(packet)
            continue
        own = packet.direction()
        other = own[::-1]
        number = packet.number(4) + moves[own]
        read_up_to = None
        if packet.flags() & 0x10 and other in moves:
            read_up_to = packet.number(8) + moves[other]
        result.append(packet.changed(sequence=number, acknowledgement=read_up_to))
    return result


def shuffled(packets, seed, reach=6, window=500_000_000):
    """Packets moved up to some places, as a mirror under load does; each keeps its time.

    SYN, FIN and RST stay in front of and behind all others of their connection, since packets that
    change places with those tell another story; so do fragments, which do not say what they are.
    Two packets of both directions of which the later does not acknowledge the earlier keep their
    order: nothing else says it.
    """
    rng = random.Random(seed)
    fragmented = {packet.addresses() for packet in packets if packet.is_fragment()}
    keys = []
    for number, packet in enumerate(packets):
        # No packet passes one that is a window later.
        last = number
        while last + 1 < min(number + reach, len(packets)) and (
                packets[last + 1].time - packet.time <= window):
            last += 1
        keys.append(min(number + rng.uniform(0, reach), last + 0.5))
    order = sorted(range(len(packets)), key=keys.__getitem__)
    connections = {}
    for place, number in enumerate(order):
        key = packets[number].family(fragmented)
        if key:
            connections.setdefault(key, []).append((place, number))
    # A connection in which something crossed its beginning or its end is put back in order.
    for members in connections.values():
        places = [place for place, _ in members]
        numbers = [number for _, number in members]
        ordered = sorted(numbers)
        is_fence = {number for number in numbers
                    if not packets[number].tcp() or packets[number].flags() & RST_SYN_FIN}
        late = any(number != ordered[index] and (number in is_fence or ordered[index] in is_fence)
                   for index, number in enumerate(numbers))
        slow = any(abs(packets[number].time - packets[ordered[index]].time) > window
                   for index, number in enumerate(numbers))
        if late or slow or any(is_order_untold(packets[max(one, two)], packets[min(one, two)])
                               for index, one in enumerate(numbers)
                               for two in numbers[index + 1:index + 2 * reach] if one > two):
            for place, number in zip(places, ordered):
                order[place] = number
    return [packets[number] for number in order]


def is_order_untold(later, earlier):
    """Whether two packets with bytes, of both directions, do not say which came first."""
    if not later.tcp() or not earlier.tcp() or later.direction() != earlier.direction()[::-1]:
        return False
    end = earlier.number(4) + len(earlier.payload())
    is_behind = (later.number(8) - end) & 0xFFFFFFFF < 1 << 31
    return bool(later.payload() and earlier.payload()) and not is_behind


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


def contradictory(packets):
    """Connections in which two segments give the same place other bytes."""
    said = {}
    result = set()
    for packet in packets:
        if not packet.tcp():
            continue
        own = packet.direction()
        start = packet.number(4)
        if packet.flags() & 2:
            said[own] = {}
        bytes_of = said.setdefault(own, {})
        for index, byte in enumerate(packet.payload()):
            if bytes_of.setdefault((start + index) & 0xFFFFFFFF, byte) != byte:
                result.add(packet.connection())
                break
    return result
