// The layers that need the decoder's settings or what it holds: TCP, UDP with its tunnels,
// fragments.

import Bytes

extension PacketDecoder {
    /// Whether one of a TCP segment's ports is listed, or all are.
    @inline(__always)
    func isListed(_ source: UInt16, _ destination: UInt16) -> Bool {
        ports.isEmpty || ports.contains(source) || ports.contains(destination)
    }

    /// Whether the UDP header is at hand and its destination port is one of VXLAN's.
    @inline(__always)
    func isVXLAN(_ bytes: Span<UInt8>, _ cursor: LayerCursor) -> Bool {
        cursor.has(8) && vxlanPorts.contains(bytes.bigEndian(UInt16.self, at: cursor.offset &+ 2))
    }

    /// UDP: ports 4, length 2, checksum 2. RFC 768. What a tunnel carries has lengths of its own.
    @inline(__always)
    mutating func readUDP(_ bytes: Span<UInt8>, _ cursor: inout LayerCursor) -> PacketFate? {
        guard cursor.has(8) else { return cursor.short(8) }
        if isVXLAN(bytes, cursor) { return readVXLAN(bytes, &cursor) }
        let source = bytes.bigEndian(UInt16.self, at: cursor.offset)
        let destination = bytes.bigEndian(UInt16.self, at: cursor.offset &+ 2)
        cursor.offset &+= 8
        if genevePorts.contains(destination) { return cursor.readGENEVE(bytes) }
        if destination == LayerCursor.linuxVXLANPort, cursor.looksLikeVXLAN(bytes) {
            return enterVXLAN(bytes, &cursor)
        }
        return cursor.readUDPTunnel(bytes, source, destination)
    }

    /// VXLAN behind its UDP header of 8 bytes: 8 bytes with the I flag set, in a network that
    /// passes. RFC 7348 §5.
    @inline(__always)
    func readVXLAN(_ bytes: Span<UInt8>, _ cursor: inout LayerCursor) -> PacketFate? {
        cursor.offset &+= 8
        guard cursor.has(8) else { return cursor.short(8) }
        guard bytes[cursor.offset] & 0x08 != 0 else { return .vxlanInvalid }
        return enterVXLAN(bytes, &cursor)
    }

    /// What a VXLAN header carries, when its network passes.
    @inline(__always)
    func enterVXLAN(_ bytes: Span<UInt8>, _ cursor: inout LayerCursor) -> PacketFate? {
        let fate = cursor.readVXLAN(bytes)
        if filtersVNIs, !vniFilter.allows(cursor.vni) { return .vniFiltered }
        return fate
    }

    /// Keeps a fragment; the one that completes its datagram moves the cursor there.
    mutating func readFragment(
        _ bytes: Span<UInt8>, _ header: PacketHeader, _ cursor: inout LayerCursor
    ) -> PacketFate? {
        let payload = bytes.slice(cursor.offset, cursor.end - cursor.offset)
        switch defragmenter.insert(payload, cursor, header.timestamp, &counters) {
        case .held: return .fragmentHeld
        case .overLimit: return .fragmentOverLimit
        case .malformed: return .malformed
        case .completed(let datagram):
            cursor.enter(datagram)
            return .fragmentHeld
        }
    }
}

extension LayerCursor {
    /// The layers that most packets do not have.
    @inline(never)
    mutating func readRare(_ bytes: Span<UInt8>) -> PacketFate? {
        switch layer {
        case .link: readLink(bytes)
        case .etherType: readEtherType(bytes)
        case .ipv6: readIPv6(bytes)
        case .ip: readIP(bytes)
        case .ipProtocol: readIPProtocol(bytes)
        case .llc: readLLC(bytes)
        case .ppp: readPPP(bytes)
        case .ciscoHDLC: readCiscoHDLC(bytes)
        case .frameRelay: readFrameRelay(bytes)
        case .wlan: readWLAN(bytes)
        case .radiotap: readRadiotap(bytes)
        case .mpls: readMPLS(bytes)
        case .nsh: readNSH(bytes)
        case .gre: readGRE(bytes)
        case .ethernet, .ipv4, .tcp, .udp, .fragment: .malformed
        }
    }

    /// Tunnels known by either UDP port; GTP-U and Teredo also by their looks.
    @inline(never)
    mutating func readUDPTunnel(
        _ bytes: Span<UInt8>, _ source: UInt16, _ destination: UInt16
    ) -> PacketFate? {
        switch destination {
        case 2152: return readGTP(bytes)
        case 3544: return readTeredo(bytes)
        case 1701: return readL2TP(bytes)
        case 5072: return readAYIYA(bytes)
        case 4754: return advance(0, to: .gre)  // RFC 8086
        case 6635: return advance(0, to: .mpls)  // RFC 7510
        case 4341: return readLISP(bytes)
        case 37008: return readTZSP(bytes)
        default: break
        }
        switch source {
        case 2152: return readGTP(bytes)
        case 3544: return readTeredo(bytes)
        case 1701: return readL2TP(bytes)
        case 5072: return readAYIYA(bytes)
        default: break
        }
        // One byte tells most other datagrams from these.
        guard has(28) else { return .udp }
        switch bytes[offset] >> 4 {
        case 3: return looksLikeGTP(bytes) ? readGTP(bytes) : .udp
        case 6: return looksLikeTeredo(bytes) ? readTeredo(bytes) : .udp
        default: return .udp
        }
    }
}
