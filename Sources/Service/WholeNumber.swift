// Whole numbers as people and Helm write them: `8864121`, and also `8.864121e+06`.

/// Reads whole numbers, exactly.
public enum WholeNumber {
    /// The value of a decimal number with an optional sign, fraction and exponent, when it is whole
    /// and fits; nil otherwise.
    public static func parse(_ text: String) -> Int64? {
        let trimmed = UnitText.trim(text)
        let parts = trimmed.split(
            maxSplits: 1, omittingEmptySubsequences: false,
            whereSeparator: { $0 == "e" || $0 == "E" })
        guard let mantissa = parts.first else { return nil }
        var exponent = 0
        if parts.count == 2 {
            guard let value = Int(parts[1]), abs(value) <= 40 else { return nil }
            exponent = value
        }
        let isNegative = mantissa.hasPrefix("-")
        let unsigned = mantissa.drop { $0 == "-" || $0 == "+" }
        guard mantissa.count - unsigned.count <= 1 else { return nil }
        let halves = unsigned.split(separator: ".", omittingEmptySubsequences: false)
        guard halves.count <= 2, let whole = halves.first, !whole.isEmpty else { return nil }
        let fraction = halves.count == 2 ? String(halves[1]) : ""
        var digits = String(whole) + fraction
        guard digits.count <= 40, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            return nil
        }
        var shift = exponent - fraction.count
        while shift < 0, digits.count > 1, digits.last == "0" {
            digits.removeLast()
            shift += 1
        }
        if digits.allSatisfy({ $0 == "0" }) { return 0 }
        guard shift >= 0 else { return nil }
        digits += String(repeating: "0", count: shift)
        return Int64((isNegative ? "-" : "") + digits)
    }
}
