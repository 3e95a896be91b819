// Addresses as one 128-bit integer, so that a flow's key is bytes and nothing else.

public import Bytes

/// An IPv4 or IPv6 address.
///
/// IPv4 is held behind 96 one bits: no IPv6 unicast address begins so (RFC 4291 §2.4), while
/// ::ffff:a.b.c.d does occur on the wire and is another address.
public struct IPAddress: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The address, most significant byte first on the wire, as a number.
    public var bits: UInt128

    /// Creates an IPv6 address.
    @inlinable public init(v6 bits: UInt128) { self.bits = bits }

    /// Creates an IPv4 address.
    @inlinable public init(v4 bits: UInt32) {
        self.bits = UInt128.max << 32 | UInt128(bits)
    }

    /// Whether this is an IPv4 address.
    @inlinable public var isIPv4: Bool { bits >> 32 == UInt128.max >> 32 }

    /// Orders by value.
    @inlinable public static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.bits < right.bits
    }

    /// Appends the usual text: dotted decimal, or RFC 5952 for IPv6 (without brackets).
    public func append(to buffer: inout ByteBuffer) {
        if isIPv4 {
            for shift in [24, 16, 8, 0] as [UInt128] {
                buffer.append(decimal: UInt64((bits >> shift) & 0xFF))
                if shift > 0 { buffer.append(0x2E) }
            }
            return
        }
        appendIPv6(to: &buffer)
    }

    func appendIPv6(to buffer: inout ByteBuffer) {
        func group(_ index: Int) -> UInt64 {
            UInt64(truncatingIfNeeded: bits >> UInt128(112 - 16 * index)) & 0xFFFF
        }
        // The longest run of two or more zero groups, the first of equals, becomes "::".
        var bestStart = -1
        var bestLength = 1
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, group(end) == 0 { end += 1 }
            if end - index > bestLength { (bestStart, bestLength) = (index, end - index) }
            index = max(end, index + 1)
        }
        index = 0
        while index < 8 {
            if index == bestStart {
                buffer.append("::")
                index += bestLength
                continue
            }
            if index > 0, index != bestStart + bestLength || bestStart < 0 { buffer.append(0x3A) }
            buffer.append(utf8: String(group(index), radix: 16))
            index += 1
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// The usual text.
    public var description: String {
        var buffer = ByteBuffer()
        append(to: &buffer)
        return String(decoding: buffer.span)
    }
}
