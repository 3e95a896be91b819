// Numbers as people read them: short, with a unit, without Foundation.

/// Writes sizes, rates and times in few characters.
public enum SizeText {
    private static let units: [(text: String, bytes: Int64)] = [
        ("T", 1_000_000_000_000), ("G", 1_000_000_000), ("M", 1_000_000), ("k", 1000),
    ]

    /// At most six characters, decimal units: `950`, `1.2k`, `34M`.
    public static func short(_ value: Int64) -> String {
        let magnitude = max(value, 0)
        for unit in units where magnitude >= unit.bytes {
            if magnitude >= unit.bytes * 100 { return "\(magnitude / unit.bytes)\(unit.text)" }
            return oneDecimal(magnitude, unit: unit.bytes) + unit.text
        }
        return String(magnitude)
    }

    /// A size with its unit: `950 B`, `1.2 kB`, `34.0 MB`.
    public static func bytes(_ value: UInt64) -> String {
        let value = Int64(clamping: value)
        for unit in units where value >= unit.bytes {
            return "\(oneDecimal(value, unit: unit.bytes)) \(unit.text)B"
        }
        return "\(value) B"
    }

    /// `value / unit` with one decimal, rounded down.
    public static func oneDecimal(_ value: Int64, unit: Int64) -> String {
        "\(value / unit).\(value % unit / max(unit / 10, 1))"
    }

    /// A count with separators: `1,234,567`.
    public static func count(_ value: UInt64) -> String {
        var digits = Array(String(value))
        var index = digits.count - 3
        while index > 0 {
            digits.insert(",", at: index)
            index -= 3
        }
        return String(digits)
    }

    /// A length of time: `850 ms`, `3.2 s`, `5 min`, `2 h`, `3 d`.
    public static func span(nanoseconds: Int64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        if seconds < 1 { return "\(max(nanoseconds, 0) / 1_000_000) ms" }
        if seconds < 120 { return "\(oneDecimal(nanoseconds, unit: 1_000_000_000)) s" }
        if seconds < 7200 { return "\(seconds / 60) min" }
        if seconds < 172_800 { return "\(seconds / 3600) h" }
        return "\(seconds / 86_400) d"
    }
}
