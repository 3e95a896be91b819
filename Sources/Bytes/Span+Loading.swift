// Integers out of borrowed bytes: with Scan.swift the only unsafe loads in the package.
//
// Every load is checked: out of range is our own bug and traps; parsers ask for the length first.

extension Span where Element == UInt8 {
    @inlinable @inline(__always)
    func load<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
        precondition(
            offset >= 0 && MemoryLayout<T>.size <= count &- offset, "a load inside the bytes")
        // SAFETY: the precondition above; integers are trivial and need no alignment here.
        return unsafe withUnsafeBytes {
            unsafe $0.loadUnaligned(fromByteOffset: offset, as: T.self)
        }
    }

    /// The integer at `offset`, most significant byte first.
    @inlinable @inline(__always)
    public func bigEndian<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
        T(bigEndian: load(type, at: offset))
    }

    /// The integer at `offset`, least significant byte first.
    @inlinable @inline(__always)
    public func littleEndian<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
        T(littleEndian: load(type, at: offset))
    }

    /// The bytes from `offset` to the end.
    @inlinable @inline(__always) @_lifetime(copy self)
    public func from(_ offset: Int) -> Span<UInt8> { extracting(offset..<count) }

    /// `length` bytes from `offset`.
    @inlinable @inline(__always) @_lifetime(copy self)
    public func slice(_ offset: Int, _ length: Int) -> Span<UInt8> {
        extracting(offset..<(offset &+ length))
    }

    /// Whether the bytes are those of `text`.
    public func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return starts(with: text)
    }

    /// Whether the bytes begin with those of `text`.
    public func starts(with text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        // SAFETY: a literal's bytes live forever and there are `length` of them.
        for index in 0..<length where unsafe self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Whether the bytes are those of `text`, ASCII letters compared without case.
    ///
    /// - Parameter text: Lower-case ASCII.
    public func equalsIgnoringCase(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count == length else { return false }
        for index in 0..<length {
            // SAFETY: a literal's bytes live forever and there are `length` of them.
            let wanted = unsafe text.utf8Start[index]
            if self[index].asciiLowercased != wanted { return false }
        }
        return true
    }

    /// Whether two spans hold the same bytes.
    public func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}

extension UInt8 {
    /// The lower-case letter when this is an upper-case ASCII letter, else itself.
    @inlinable @inline(__always) public var asciiLowercased: UInt8 {
        self &- 0x41 < 26 ? self | 0x20 : self
    }

    /// Whether this is an ASCII digit.
    @inlinable @inline(__always) public var isASCIIDigit: Bool { self &- 0x30 < 10 }

    /// The value of a hexadecimal digit, nil when it is none.
    @inlinable public var hexDigitValue: UInt8? {
        if isASCIIDigit { return self &- 0x30 }
        let lower = self | 0x20
        return lower &- 0x61 < 6 ? lower &- 0x61 &+ 10 : nil
    }
}

extension StaticString {
    /// The byte of a literal at `index`.
    @inlinable public func byte(at index: Int) -> UInt8 {
        precondition(index >= 0 && index < utf8CodeUnitCount, "an index inside the literal")
        // SAFETY: the precondition above; a literal's bytes live forever.
        return unsafe utf8Start[index]
    }
}
