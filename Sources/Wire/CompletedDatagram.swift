// A datagram that all fragments have come for.

/// What is known of a datagram put together from fragments; its bytes are beside it.
struct CompletedDatagram: Equatable, BitwiseCopyable {
    /// The IP protocol of its payload.
    var protocolNumber: UInt32
    /// Its payload bytes on the wire.
    var byteCount: Int
    /// Its payload bytes up to the first that the capture lacks.
    var capturedByteCount: Int
}
