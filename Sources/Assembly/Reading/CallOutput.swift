// Where printed calls go. A write that waits holds the whole reading back: nothing piles up.

public import Platform

/// Takes printed calls.
public protocol CallOutput: ~Copyable {
    /// Takes all of `bytes`, waiting as long as that takes.
    mutating func write(_ bytes: Span<UInt8>) throws(IOError)
}

/// A descriptor that is open already, standard output for example.
public struct DescriptorOutput: CallOutput {
    private let files = LiveFiles()
    private let file: OpenFile

    /// Writes to a descriptor.
    ///
    /// - Parameters:
    ///   - descriptor: Stays open.
    ///   - name: What messages call it.
    public init(_ descriptor: Int32, name: String) {
        file = OpenFile(descriptor: descriptor, path: name)
    }

    /// Standard output.
    public static var standard: DescriptorOutput { DescriptorOutput(1, name: "standard output") }

    /// Writes all of `bytes`, waiting as long as that takes.
    public mutating func write(_ bytes: Span<UInt8>) throws(IOError) {
        try files.append(bytes, to: file)
    }
}
