// A set of ports that a hot path can ask: one bit per port, 8 KiB.

import Bytes

/// A set of 16-bit ports.
struct PortSet: ~Copyable {
    let bits: ByteBuffer
    let isEmpty: Bool

    /// Creates the set of the given ports.
    init(_ ports: [UInt16]) {
        isEmpty = ports.isEmpty
        var table = [UInt8](repeating: 0, count: ports.isEmpty ? 0 : 8192)
        for port in ports { table[Int(port >> 3)] |= 1 << (port & 7) }
        bits = ByteBuffer(table.span)
    }

    /// Whether a port is in the set.
    @inline(__always) func contains(_ port: UInt16) -> Bool {
        !isEmpty && bits[Int(port >> 3)] & (1 << (port & 7)) != 0
    }
}
