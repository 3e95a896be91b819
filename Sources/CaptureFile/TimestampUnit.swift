// What an interface's clock counts in: pcapng's if_tsresol and if_tsoffset.

import Bytes

/// The unit and the zero of an interface's timestamps.
struct TimestampUnit: Equatable, Sendable, BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
        /// A tick is `factor` nanoseconds.
        case multiple
        /// `factor` ticks are a nanosecond.
        case fraction
        /// 2^factor ticks are a second.
        case binary
    }

    var kind = Kind.multiple
    var factor: UInt64 = 1000
    /// Seconds to add.
    var offsetSeconds: Int64 = 0

    /// Microseconds, the default.
    init() {}

    /// A resolution as if_tsresol writes it: a negative power of 10, or of 2 with the top bit set.
    init(resolution: UInt8, offsetSeconds: Int64 = 0) {
        self.offsetSeconds = offsetSeconds
        let exponent = UInt64(resolution & 0x7F)
        if resolution & 0x80 != 0 {
            kind = .binary
            factor = exponent
            return
        }
        kind = exponent <= 9 ? .multiple : .fraction
        factor = 1
        let distance = exponent <= 9 ? 9 - exponent : exponent - 9
        // Beyond 10^-28 s, 64 bits of ticks are less than a nanosecond: so are they over 2^127.
        if distance > 19 { (kind, factor) = (.binary, 127) }
        for _ in 0..<(distance > 19 ? 0 : distance) { factor &*= 10 }
    }

    /// The moment of a count of ticks; saturates.
    @inline(__always) func timestamp(_ ticks: UInt64) -> Timestamp {
        if kind == .multiple, offsetSeconds == 0 {
            let product = ticks.multipliedFullWidth(by: factor)
            let isLarge = product.high != 0 || product.low > UInt64(Int64.max)
            return Timestamp(nanoseconds: isLarge ? .max : Int64(product.low))
        }
        return slowTimestamp(ticks)
    }

    @inline(never) func slowTimestamp(_ ticks: UInt64) -> Timestamp {
        let nanoseconds: UInt128 =
            switch kind {
            case .multiple: UInt128(ticks) * UInt128(factor)
            case .fraction: UInt128(ticks / factor)
            case .binary: (UInt128(ticks) * 1_000_000_000) >> UInt128(factor)
            }
        let sum = Int128(nanoseconds) + Int128(offsetSeconds) * 1_000_000_000
        return Timestamp(nanoseconds: Int64(clamping: sum))
    }
}
