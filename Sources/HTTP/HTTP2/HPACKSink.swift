// Who takes the fields of a block.

/// Takes decoded fields, in order; spans are borrowed for the call.
public protocol HPACKSink: ~Copyable {
    /// A field whose name and value are known: `text` is the name with the value right behind it,
    /// so that both can be kept by one copy.
    mutating func field(_ text: Span<UInt8>, nameByteCount: Int)
    /// A field that refers to a table entry never seen: name and value are unknown.
    mutating func unknownField()
    /// A field whose value is known and whose name refers to a table entry never seen.
    mutating func unknownName(value: Span<UInt8>)
}
