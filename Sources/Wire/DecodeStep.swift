// How one run over headers ended.

/// What the generic part of the decoder is to do next.
@usableFromInline
enum DecodeStep: UInt8, BitwiseCopyable {
    /// The packet's fate is counted; there is nothing to hand on.
    case done
    /// The cursor describes a TCP segment.
    case segment
    /// A datagram is whole and waits to be read.
    case datagram
}
