// Real captures of the shared folder: read, and changed in ways that must not change the calls.

import Bytes
import CaptureFile
import Foundation
import Testing
import Wire

/// A packet of a capture, with what a test must know of it to change it.
struct CapturedTestPacket {
    var time: Int64
    var bytes: [UInt8]
    var originalByteCount: Int
    var linkType: UInt32
    /// Where its TCP header begins; nil when it is not plain Ethernet, IPv4, TCP and whole.
    var tcpOffset: Int?

    var payloadOffset: Int? { tcpOffset.map { $0 + Int(bytes[$0 + 12] >> 4) * 4 } }
    var ipEnd: Int { 14 + Int(bytes[16]) << 8 | Int(bytes[17]) + 14 }
    var payloadCount: Int {
        guard let payloadOffset else { return 0 }
        return totalLength + 14 - payloadOffset
    }
    var totalLength: Int { Int(bytes[16]) << 8 | Int(bytes[17]) }
    var flags: UInt8 { tcpOffset.map { bytes[$0 + 13] } ?? 0 }

    /// Addresses and ports as sent: the same for all packets of a flow's direction.
    var direction: [UInt8] {
        guard let tcpOffset else { return [] }
        return Array(bytes[26..<34]) + Array(bytes[tcpOffset..<tcpOffset + 4])
    }

    func number(at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func set(_ number: UInt32, at offset: Int) {
        for index in 0..<4 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32(index)))
        }
    }
}

/// A capture with its packets.
struct SharedCapture {
    var name: String
    var packets: [CapturedTestPacket]

    /// A choice of captures with calls: plain Ethernet and HTTP/1, small enough to be run often.
    static func some(_ count: Int) throws -> [SharedCapture]? {
        guard let index = SharedFolder.json("captures/index.json"),
            let root = SharedFolder.path("captures")
        else { return nil }
        let entries = try #require(index["captures"] as? [[String: Any]])
        var found: [SharedCapture] = []
        for entry in entries {
            guard let name = (entry["file"] ?? entry["name"]) as? String,
                let expected = entry["expected"] as? [String: Any],
                let calls = expected["calls"] as? [[String: Any]], calls.count >= 3,
                !name.contains("evader"),
                let data = FileManager.default.contents(atPath: root + "/" + name),
                data.count < 300_000
            else { continue }
            let packets = read([UInt8](data))
            let usable = packets.filter { $0.tcpOffset != nil }
            guard !usable.isEmpty, usable.count == packets.count else { continue }
            found.append(SharedCapture(name: name, packets: packets))
            if found.count == count { break }
        }
        #expect(found.count == count, "there are captures to test with")
        return found
    }

    static func read(_ bytes: [UInt8]) -> [CapturedTestPacket] {
        var packets: [CapturedTestPacket] = []
        var parser = CaptureFileParser()
        var offset = 0
        reading: while true {
            switch parser.next(in: bytes.span, at: offset, isComplete: true) {
            case .packet(let packet):
                let end = packet.dataOffset + packet.capturedByteCount
                var made = CapturedTestPacket(
                    time: packet.timestamp.nanoseconds,
                    bytes: Array(bytes[packet.dataOffset..<end]),
                    originalByteCount: packet.originalByteCount, linkType: packet.linkType)
                made.tcpOffset = tcpOffset(made)
                packets.append(made)
                offset = packet.nextOffset
            case .interfaceStatistics(let next), .skipped(let next): offset = next
            default: break reading
            }
        }
        return packets
    }

    static func tcpOffset(_ packet: CapturedTestPacket) -> Int? {
        let bytes = packet.bytes
        guard packet.linkType == 1, bytes.count >= 54, bytes[12] == 8, bytes[13] == 0,
            bytes[14] >> 4 == 4, bytes[23] == 6, bytes[20] & 0x3F == 0, bytes[21] == 0
        else { return nil }
        let offset = 14 + Int(bytes[14] & 15) * 4
        guard offset + 20 <= bytes.count, packet.totalLength + 14 <= bytes.count else { return nil }
        guard offset + Int(bytes[offset + 12] >> 4) * 4 <= packet.totalLength + 14 else {
            return nil
        }
        return offset
    }

    /// Runs the packets as they are or changed.
    static func run(_ packets: [CapturedTestPacket]) throws -> TestRun {
        try CallsTests.run(
            packets: packets.map {
                TestPacket(
                    time: $0.time, bytes: $0.bytes,
                    originalByteCount: max($0.originalByteCount, $0.bytes.count))
            })
    }
}
