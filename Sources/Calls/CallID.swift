// A call's name: the same packets always give the same one, on any machine, after any restart.

import Bytes
import Reassembly
import Wire

/// 128 bits that name a call.
///
/// A hash of the 5-tuple, the time of the flow's first packet and the place of the call's first
/// byte. VNI and VLAN stay out, so that the same packets wrapped otherwise give the same call.
struct CallID: Equatable, Sendable {
    var high: UInt64
    var low: UInt64

    init(
        client: Endpoint, server: Endpoint, firstPacket: Timestamp, isRequest: Bool, stream: UInt32,
        place: UInt64
    ) {
        var first = FoldHash(seed: 0x4561_7273_686F_7431)
        var second = FoldHash(seed: 0x6361_6C6C_2D69_6432)
        func both(_ word: UInt64) {
            first.combine(word)
            second.combine(word)
        }
        func both(_ endpoint: Endpoint) {
            both(UInt64(truncatingIfNeeded: endpoint.address.bits >> 64))
            both(UInt64(truncatingIfNeeded: endpoint.address.bits))
            both(UInt64(endpoint.port))
        }
        both(client)
        both(server)
        both(UInt64(bitPattern: firstPacket.nanoseconds))
        both(UInt64(stream) << 1 | (isRequest ? 1 : 0))
        both(place)
        high = first.value
        low = second.value
    }

    static func append(_ word: UInt64, to buffer: inout ByteBuffer) {
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 0xF
            buffer.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }

    /// Appends 32 lower-case hex digits.
    func append(to buffer: inout ByteBuffer) {
        CallID.append(high, to: &buffer)
        CallID.append(low, to: &buffer)
    }
}
