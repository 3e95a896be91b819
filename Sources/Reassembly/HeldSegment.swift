// A TCP segment that came before its turn.

import Bytes
import Wire

/// Bytes held out of order; a link of a half stream's list, sorted by place.
struct HeldSegment: ~Copyable {
    /// What a segment costs beside its bytes, as the limits count.
    static let overhead = 256

    /// The place of the first byte (see `HalfStream`).
    var place: UInt64 = 0
    var bytes = ByteBuffer()
    /// Bytes behind `bytes` that the capture had cut off.
    var missing: UInt64 = 0
    var timestamp = Timestamp(nanoseconds: 0)
    /// The table's clock when it came: since then what is before it is known to be missing.
    var arrival = Timestamp(nanoseconds: 0)
    var location = PacketLocation()
    var acknowledgement = SequenceNumber(0)
    var hasAcknowledgement = false
    /// The next one, -1 when last.
    var next: Int32 = -1

    var end: UInt64 { place &+ UInt64(bytes.count) }

    /// What it costs, as the limits count; a function of its content alone.
    var cost: Int { bytes.count + HeldSegment.overhead }
}
