// What came of decoding a body.

/// The outcome of decoding a body's content codings.
public enum DecodedBody: Equatable, Sendable {
    /// The decoded bytes were appended; `isCut` when the limit ended them.
    case decoded(isCut: Bool)
    /// There is no coding: the body is what it is, and nothing was appended.
    case notEncoded
    /// A coding is not known (or there are too many): nothing was appended.
    case unknownCoding
    /// The body is not valid in its coding; so many bytes before the fault were appended.
    case corrupt(decodedPrefixByteCount: Int)
    /// The body ends before its coding does; so many bytes were appended.
    case incomplete(decodedPrefixByteCount: Int)
}
