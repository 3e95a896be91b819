// Sizes per second: `10MiB/s`.

import ArgumentParser

/// A number of bytes per second.
public struct ByteRate: ConfigurationValue, Hashable, Sendable, CustomStringConvertible {
    /// Bytes in a second, never 0.
    public var bytesPerSecond: Int

    /// Creates a rate.
    public init(_ size: ByteSize) { bytesPerSecond = max(size.bytes, 1) }

    /// Reads a size, with or without `/s` behind it.
    public init(parsing text: String) throws(ValueError) {
        var size = String(UnitText.trim(text))
        if size.hasSuffix("/s") { size.removeLast(2) }
        let expected = ValueError("is not a rate: write 10MiB/s")
        let parsed: ByteSize
        do throws(ValueError) {
            parsed = try ByteSize(parsing: size)
        } catch {
            throw error.description.contains("ambiguous") ? error : expected
        }
        guard parsed.bytes > 0 else { throw expected }
        bytesPerSecond = parsed.bytes
    }

    /// The rate as it can be read again.
    public var description: String { "\(ByteSize(bytesPerSecond))/s" }

    /// The text `--help` shows.
    public var defaultValueDescription: String { description }
}
