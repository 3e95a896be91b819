// Numbers with a unit behind them, read exactly: no floating point.

/// Splits and scales texts like `1.5GiB`.
enum UnitText {
    /// The number and the unit of a text; blanks around both are dropped.
    static func split(_ text: String) -> (number: Substring, unit: String) {
        let trimmed = trim(text)
        let number = trimmed.prefix { ($0 >= "0" && $0 <= "9") || $0 == "." }
        return (number, String(trim(String(trimmed[number.endIndex...]))))
    }

    /// `number` (decimal digits, at most one point) times `unit`, rounded down; nil when it is no
    /// number or does not fit.
    static func scaled(_ number: Substring, by unit: Int) -> Int? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = Int(parts[0]) else { return nil }
        let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
        if overflow { return nil }
        guard parts.count == 2 else { return product }
        guard let fraction = Int(parts[1]), parts[1].count <= 6 else { return nil }
        let scale = (0..<parts[1].count).reduce(1) { power, _ in power * 10 }
        let (high, tooBig) = fraction.multipliedReportingOverflow(by: unit)
        let (sum, carried) = product.addingReportingOverflow(high / scale)
        return tooBig || carried ? nil : sum
    }

    /// The text without blanks and line feeds at its ends.
    static func trim(_ text: String) -> Substring {
        var rest = text[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }
}
