// Reading state back that was written by appending to a ByteBuffer: little-endian integers, and
// byte runs behind a UInt32 length. A damaged snapshot is a thrown error, never a trap.

/// Why a snapshot cannot be read.
public enum SnapshotError: Error, Equatable {
    /// The bytes end before the value does.
    case truncated(offset: Int)
    /// A value is outside what its field may hold.
    case invalid(offset: Int)
}

/// A cursor over the bytes of a snapshot.
public struct SnapshotReader: ~Escapable {
    let bytes: Span<UInt8>
    /// The offset of the next byte.
    public private(set) var offset: Int

    /// Starts at the first byte.
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
        offset = 0
    }

    /// Whether all bytes were read.
    public var isAtEnd: Bool { offset == bytes.count }

    /// Reads an integer, least significant byte first.
    @_lifetime(self: copy self)
    public mutating func read<T: FixedWidthInteger>(_ type: T.Type) throws(SnapshotError) -> T {
        let width = MemoryLayout<T>.size
        guard width <= bytes.count - offset else { throw .truncated(offset: offset) }
        defer { offset += width }
        return bytes.littleEndian(type, at: offset)
    }

    /// Reads a Boolean written as one byte.
    @_lifetime(self: copy self)
    public mutating func readBool() throws(SnapshotError) -> Bool {
        let value = try read(UInt8.self)
        guard value < 2 else { throw .invalid(offset: offset - 1) }
        return value == 1
    }

    /// Reads a run of bytes behind its UInt32 length into `target`, which is emptied first.
    @_lifetime(self: copy self)
    public mutating func readBytes(into target: inout ByteBuffer) throws(SnapshotError) {
        let length = Int(try read(UInt32.self))
        guard length <= bytes.count - offset else { throw .truncated(offset: offset) }
        target.removeAll()
        target.append(bytes.slice(offset, length))
        offset += length
    }

    /// Reads a count and checks that at least `minimumBytesEach` bytes follow per element.
    @_lifetime(self: copy self)
    public mutating func readCount(minimumBytesEach: Int) throws(SnapshotError) -> Int {
        let count = Int(try read(UInt32.self))
        guard count <= (bytes.count - offset) / max(minimumBytesEach, 1) else {
            throw .invalid(offset: offset - 4)
        }
        return count
    }
}

extension ByteBuffer {
    /// Appends a Boolean as one byte.
    public mutating func append(snapshot value: Bool) { append(value ? 1 : 0) }

    /// Appends a run of bytes behind its UInt32 length.
    public mutating func append(snapshotBytes bytes: Span<UInt8>) {
        precondition(bytes.count <= Int(UInt32.max), "a run under 4 GiB")
        append(littleEndian: UInt32(bytes.count))
        append(bytes)
    }
}
