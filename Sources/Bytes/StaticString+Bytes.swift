// A literal's bytes as a span: they live as long as the process.

extension StaticString {
    /// The UTF-8 of a literal, borrowed forever.
    @inlinable public var bytes: Span<UInt8> {
        @_lifetime(immortal) get {
            precondition(hasPointerRepresentation, "a literal of more than one scalar")
            // SAFETY: a literal's bytes live forever and there are utf8CodeUnitCount of them.
            let span = unsafe Span(_unsafeStart: utf8Start, count: utf8CodeUnitCount)
            return unsafe _overrideLifetime(span, copying: ())
        }
    }
}
