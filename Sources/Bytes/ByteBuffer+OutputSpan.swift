// Filling a buffer from outside without a pointer: reads and decompressors write into its room.

extension ByteBuffer {
    /// Lets `fill` append up to `room` bytes through an output span.
    ///
    /// What was appended before an error stays.
    @inlinable public mutating func append<E: Error>(
        room: Int, filling fill: (inout OutputSpan<UInt8>) throws(E) -> Void
    ) throws(E) {
        precondition(room >= 0, "room is not negative")
        reserve(room)
        var failure: E?
        // SAFETY: reserve made room for `room` bytes at `count`; the span says how many of them it
        // initialized.
        let buffer = unsafe UnsafeMutableBufferPointer(start: base + count, count: room)
        var target = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
        do throws(E) {
            try fill(&target)
        } catch {
            failure = error
        }
        let filled = unsafe target.finalize(for: buffer)
        setCount(count &+ filled)
        if let failure { throw failure }
    }
}
