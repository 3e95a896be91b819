// Why a field block cannot be decoded. RFC 7541.

/// What is wrong with a field block.
public enum HPACKError: Error, Equatable, BitwiseCopyable {
    /// The block ends inside a field.
    case truncated
    /// An integer is larger than any use for it (§5.1).
    case integerOverflow
    /// An index beyond both tables, or zero (§2.3.3).
    case invalidIndex
    /// A Huffman string with an end-of-string symbol or bad padding (§5.2).
    case invalidHuffman
}
