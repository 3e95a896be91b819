// Status codes: `200,4xx,500-599,none`.

import ArgumentParser
public import Service

/// A set of status codes; `none` stands for calls without a response.
public struct StatusList: ConfigurationValue, Hashable, Sendable, CustomStringConvertible {
    /// The ranges.
    public private(set) var ranges: [ClosedRange<Int>] = []
    /// Whether calls without a response belong to it.
    public private(set) var takesNone = false
    /// The list as it was written.
    public let description: String

    /// Reads codes, classes and ranges with commas or blanks between.
    public init(parsing text: String) throws(ValueError) {
        description = text
        for item in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            if item.lowercased() == "none" {
                takesNone = true
                continue
            }
            let parts = item.split(separator: "-", omittingEmptySubsequences: false)
            guard let first = parts.first.flatMap(StatusList.codes),
                let last = parts.last.flatMap(StatusList.codes), parts.count <= 2,
                first.lowerBound <= last.upperBound
            else {
                throw ValueError(
                    "is not a list of status codes: '\(item)' is not 200, 4xx, 500-599 or none")
            }
            ranges.append(first.lowerBound...last.upperBound)
        }
        if ranges.isEmpty && !takesNone { throw ValueError("is empty: write 200, 4xx or none") }
    }

    private static func codes(_ text: Substring) -> ClosedRange<Int>? {
        guard text.utf8.count == 3, let hundreds = text.first.flatMap({ $0.wholeNumberValue }),
            (1...9).contains(hundreds)
        else { return nil }
        if text.dropFirst().lowercased() == "xx" { return hundreds * 100...hundreds * 100 + 99 }
        return Int(text).map { $0...$0 }
    }

    /// Whether a call with this status belongs to it; nil is a call without a response.
    public func contains(_ status: Int?) -> Bool {
        guard let status else { return takesNone }
        return ranges.contains { $0.contains(status) }
    }
}
