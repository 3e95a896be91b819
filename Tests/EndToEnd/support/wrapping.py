"""Packets in VLANs, labels and tunnels: changes that must not matter to the calls in them."""

import struct

from support.packets import Packet


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


def ipv6(protocol, size):
    """Ethernet and IPv6 in front of so many bytes."""
    return (bytes(12) + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, size & 0xFFFF, protocol, 64)
            + b"\xfd" + bytes(14) + b"\1" + b"\xfd" + bytes(14) + b"\2")


def in_gre_over_ipv6(packets):
    """Frames in GRE (transparent Ethernet bridging) in IPv6."""
    return wrapped(packets, lambda packet: ipv6(47, packet.length + 4) + b"\0\0\x65\x58")


def in_vxlan_over_ipv6(packets):
    """Frames in VXLAN in UDP in IPv6."""
    def make(packet):
        size = packet.length + 16
        return (ipv6(17, size) + struct.pack(">HHHH", 50000, 4789, size & 0xFFFF, 0)
                + b"\x08\0\0\0\0\0\x4d\0")
    return wrapped(packets, make)


def in_ipv6(packets):
    """IPv4 in IPv6 (RFC 2473); other frames as they are."""
    result = []
    for packet in packets:
        frame = packet.frame
        if frame[12:14] == b"\x08\x00":
            frame = ipv6(4, packet.length - 14) + frame[14:]
        result.append(Packet(packet.time, frame, packet.length + len(frame) - len(packet.frame)))
    return result


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
