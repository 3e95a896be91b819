// Sizes with their unit: `64MiB`, `256 MB`, `1048576`.

import ArgumentParser

/// A number of bytes.
public struct ByteSize: ConfigurationValue, Hashable, Comparable, Sendable, CustomStringConvertible
{
    /// The size in bytes, never negative.
    public var bytes: Int

    /// Creates a size.
    public init(_ bytes: Int) {
        precondition(bytes >= 0, "a size is not negative")
        self.bytes = bytes
    }

    /// A size in 1,048,576-byte units.
    public static func mebibytes(_ count: Int) -> ByteSize { ByteSize(count << 20) }

    private static let units: [(name: String, bytes: Int)] = [
        ("", 1), ("b", 1), ("kb", 1000), ("mb", 1_000_000), ("gb", 1_000_000_000),
        ("tb", 1_000_000_000_000), ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30),
        ("tib", 1 << 40), ("ki", 1 << 10), ("mi", 1 << 20), ("gi", 1 << 30), ("ti", 1 << 40),
    ]

    /// Reads a decimal number with or without a unit, blanks allowed between, letters in any case.
    public init(parsing text: String) throws(ValueError) {
        let (number, unitText) = UnitText.split(text)
        let unitName = unitText.lowercased()
        if ["k", "m", "g", "t"].contains(unitName) {
            let letter = unitName.uppercased()
            throw ValueError(
                "is ambiguous: write \(letter)iB (times 1024) or \(letter)B (times 1000)")
        }
        guard let unit = ByteSize.units.first(where: { $0.name == unitName }),
            let value = UnitText.scaled(number, by: unit.bytes)
        else { throw ValueError("is not a size: write 64MiB, 256MB or a number of bytes") }
        self.init(value)
    }

    /// The size with the largest binary unit that divides it.
    public var description: String {
        for (name, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]
        where bytes > 0 && bytes & ((1 << shift) - 1) == 0 {
            return "\(bytes >> shift)\(name)"
        }
        return String(bytes)
    }

    /// The text `--help` shows.
    public var defaultValueDescription: String { description }

    /// Orders by size.
    public static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }
}
