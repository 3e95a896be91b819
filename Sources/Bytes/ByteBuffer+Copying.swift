// Copies within one buffer, which two borrowed spans of it could not express.

extension ByteBuffer {
    /// Appends a copy of bytes already held.
    @inlinable public mutating func append(copyOf offset: Int, count length: Int) {
        precondition(
            offset >= 0 && length >= 0 && length <= count &- offset, "a range inside the buffer")
        if length == 0 { return }
        reserve(length)
        // SAFETY: the precondition keeps the source inside the bytes held; reserve made room behind
        // them, so that source and target do not overlap.
        unsafe (base + count).update(from: base + offset, count: length)
        setCount(count &+ length)
    }
}
