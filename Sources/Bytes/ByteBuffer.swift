// Owned, growable bytes: what must outlive the packet it came in.
//
// Fence: the pointer never leaves this file but as a borrowed Span.

/// A growable run of bytes with one owner.
///
/// Growth doubles; nothing shrinks until `trim(toCapacity:)`, so that a warm buffer allocates
/// nothing.
@safe
public struct ByteBuffer: ~Copyable, @unchecked Sendable {
    // SAFETY: `base` is allocated for `capacity` bytes, the first `count` of them initialized, and
    // owned by this value alone: ~Copyable, freed in deinit. That makes sending it sound, too.
    @usableFromInline var base: UnsafeMutablePointer<UInt8>

    /// The number of bytes there is room for.
    public internal(set) var capacity: Int

    /// The number of bytes held.
    public internal(set) var count: Int

    /// Creates an empty buffer with room for `capacity` bytes; 0 allocates nothing.
    public init(capacity: Int = 0) {
        precondition(capacity >= 0, "a buffer's capacity is not negative")
        unsafe base = ByteBuffer.memory(of: capacity)
        self.capacity = capacity
        count = 0
    }

    /// Creates a buffer that holds a copy of `bytes`.
    public init(_ bytes: Span<UInt8>) {
        self.init(capacity: bytes.count)
        append(bytes)
    }

    deinit { if capacity > 0 { unsafe base.deallocate() } }

    // SAFETY: a buffer without room has an address that nothing is ever read from or written to,
    // and that is not freed.
    static func memory(of capacity: Int) -> UnsafeMutablePointer<UInt8> {
        if capacity > 0 { return UnsafeMutablePointer<UInt8>.allocate(capacity: capacity) }
        return unsafe UnsafeMutablePointer<UInt8>(bitPattern: 16).unsafelyUnwrapped
    }

    /// Whether no byte is held.
    @inlinable public var isEmpty: Bool { count == 0 }

    /// The bytes held, borrowed.
    @inlinable public var span: Span<UInt8> {
        @_lifetime(borrow self) get {
            // SAFETY: the first `count` bytes are initialized and live as long as self is borrowed.
            let bytes = unsafe Span(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }

    /// Part of the bytes held, borrowed.
    @inlinable @_lifetime(borrow self)
    public func span(from offset: Int, count length: Int) -> Span<UInt8> {
        precondition(
            offset >= 0 && length >= 0 && length <= count - offset, "range inside the buffer")
        // SAFETY: the precondition keeps the range inside the initialized bytes.
        let bytes = unsafe Span(_unsafeStart: base + offset, count: length)
        return unsafe _overrideLifetime(bytes, borrowing: self)
    }

    /// The byte at `offset`.
    @inlinable public subscript(offset: Int) -> UInt8 {
        get {
            precondition(offset >= 0 && offset < count, "offset inside the buffer")
            // SAFETY: the precondition above.
            return unsafe base[offset]
        }
        set {
            precondition(offset >= 0 && offset < count, "offset inside the buffer")
            // SAFETY: the precondition above.
            unsafe base[offset] = newValue
        }
    }

    /// Makes room for `extra` more bytes.
    @inlinable public mutating func reserve(_ extra: Int) {
        if extra > capacity &- count { grow(by: extra) }
    }

    @inline(never) @usableFromInline mutating func grow(by extra: Int) {
        let wanted = max(count + extra, capacity * 2, 64)
        let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
        // SAFETY: `fresh` holds wanted >= count bytes and does not overlap `base`.
        unsafe fresh.update(from: base, count: count)
        if capacity > 0 { unsafe base.deallocate() }
        unsafe base = fresh
        capacity = wanted
    }

    /// Appends one byte.
    @inlinable public mutating func append(_ byte: UInt8) {
        reserve(1)
        // SAFETY: reserve made room at `count`.
        unsafe base[count] = byte
        setCount(count &+ 1)
    }

    /// Appends a copy of `bytes`.
    @inlinable public mutating func append(_ bytes: Span<UInt8>) {
        let length = bytes.count
        if length == 0 { return }
        reserve(length)
        // SAFETY: reserve made room for `length` bytes; the two regions cannot overlap, since
        // self is borrowed exclusively.
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe (base + count).update(from: start, count: length)
        }
        setCount(count &+ length)
    }

    /// Appends a copy of `bytes`.
    public mutating func append(_ bytes: [UInt8]) { append(bytes.span) }

    /// Appends the UTF-8 of a literal.
    @inlinable public mutating func append(_ text: StaticString) {
        precondition(text.hasPointerRepresentation, "a literal of more than one scalar")
        reserve(text.utf8CodeUnitCount)
        // SAFETY: a literal's bytes live forever; reserve made room for them.
        unsafe (base + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        setCount(count &+ text.utf8CodeUnitCount)
    }

    /// Appends the UTF-8 of `text`. Not for hot paths.
    public mutating func append(utf8 text: String) {
        for byte in text.utf8 { append(byte) }
    }

    /// Appends `byte` `length` times.
    public mutating func append(repeating byte: UInt8, count length: Int) {
        precondition(length >= 0, "a length is not negative")
        reserve(length)
        // SAFETY: reserve made room.
        unsafe (base + count).update(repeating: byte, count: length)
        setCount(count + length)
    }

    /// Appends `value` in decimal.
    public mutating func append(decimal value: UInt64) {
        // UInt64.max has 20 digits: they are written at the end of that room, then moved up.
        reserve(20)
        var rest = value
        var place = count &+ 20
        // SAFETY: reserve made room for 20 bytes behind `count`; place stays inside them.
        repeat {
            let pair = rest % 100
            rest /= 100
            place &-= 2
            unsafe base[place] = UInt8(truncatingIfNeeded: pair / 10) &+ 0x30
            unsafe base[place &+ 1] = UInt8(truncatingIfNeeded: pair % 10) &+ 0x30
        } while rest > 0
        if unsafe base[place] == 0x30 { place &+= 1 }
        let length = count &+ 20 &- place
        unsafe (base + count).update(from: base + place, count: length)
        setCount(count &+ length)
    }

    /// Appends a fixed-width integer, most significant byte first.
    @inlinable public mutating func append<T: FixedWidthInteger>(bigEndian value: T) {
        appendBytes(of: value.bigEndian)
    }

    /// Appends a fixed-width integer, least significant byte first.
    @inlinable public mutating func append<T: FixedWidthInteger>(littleEndian value: T) {
        appendBytes(of: value.littleEndian)
    }

    @inlinable mutating func appendBytes<T: FixedWidthInteger>(of value: T) {
        let width = MemoryLayout<T>.size
        reserve(width)
        // SAFETY: reserve made room for `width` bytes; integers are trivial.
        unsafe UnsafeMutableRawPointer(base + count).storeBytes(of: value, as: T.self)
        setCount(count &+ width)
    }

    /// Overwrites bytes already held, least significant byte first, at `offset`.
    public mutating func store<T: FixedWidthInteger>(littleEndian value: T, at offset: Int) {
        let width = MemoryLayout<T>.size
        precondition(offset >= 0 && width <= count - offset, "a store inside the bytes held")
        // SAFETY: the precondition above; integers are trivial.
        unsafe UnsafeMutableRawPointer(base + offset).storeBytes(of: value.littleEndian, as: T.self)
    }

    /// Forgets all bytes, keeping the room.
    @inlinable public mutating func removeAll() { setCount(0) }

    /// Forgets bytes at the end so that `newCount` are left.
    @inlinable public mutating func truncate(to newCount: Int) {
        precondition(newCount >= 0 && newCount <= count, "truncation shortens")
        setCount(newCount)
    }

    /// Forgets the first `length` bytes and moves the rest to the front.
    public mutating func removeFirst(_ length: Int) {
        precondition(length >= 0 && length <= count, "no more than there is")
        if length == 0 { return }
        let rest = count - length
        // SAFETY: both ranges are inside the bytes held; update(from:) allows overlap.
        unsafe base.update(from: base + length, count: rest)
        setCount(rest)
    }

    /// Gives all memory back when there is room for more than `limit` bytes; forgets all bytes
    /// then.
    public mutating func trim(toCapacity limit: Int) {
        guard capacity > limit else { return }
        self = ByteBuffer()
    }

    /// Lets `write` fill up to `room` bytes behind the last one; it returns how many it wrote.
    ///
    /// - Parameters:
    ///   - room: The bytes wanted; the memory is grown first.
    ///   - write: Gets uninitialized memory of `room` bytes, for the call only.
    /// - Returns: What `write` returned.
    @inlinable public mutating func appendUnsafely(
        room: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Int
    ) -> Int {
        reserve(room)
        // SAFETY: reserve made room; the result is checked against it before it counts.
        let written = unsafe write(UnsafeMutableBufferPointer(start: base + count, count: room))
        precondition(written >= 0 && written <= room, "a writer stays in the room it was given")
        setCount(count &+ written)
        return written
    }

    /// The bytes as an array: a copy, for the edges and for tests.
    public func copyBytes() -> [UInt8] { [UInt8](span) }

    @usableFromInline @inline(__always) mutating func setCount(_ newCount: Int) { count = newCount }
}

extension Array where Element == UInt8 {
    /// Copies the bytes of a span.
    public init(_ bytes: Span<UInt8>) {
        // SAFETY: the buffer is only read, for the length of the call.
        self = unsafe bytes.withUnsafeBufferPointer { unsafe [UInt8]($0) }
    }
}

extension String {
    /// Decodes UTF-8, invalid bytes becoming U+FFFD. Not for hot paths.
    public init(decoding bytes: Span<UInt8>) {
        self = String(decoding: [UInt8](bytes), as: UTF8.self)
    }
}
