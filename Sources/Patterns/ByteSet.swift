// A set of ASCII bytes as 128 bits: one test costs a shift.

/// ASCII members of a code point set.
struct ByteSet: Equatable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// The empty set.
    init() {}

    /// The ASCII members of `set`.
    init(_ set: CodePointSet) {
        for byte in UInt8(0)..<0x80 where set.contains(UInt32(byte)) {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
    }

    /// Whether `byte` is ASCII and a member.
    @inline(__always) func contains(_ byte: UInt8) -> Bool {
        let word = byte & 0x40 == 0 ? low : high
        return (word &>> UInt64(byte & 0x3F)) & 1 != 0 && byte < 0x80
    }
}
