// TCP or UDP ports: `80,8000-8010`. Commas or blanks between; the error names the bad item.

import ArgumentParser

/// A set of ports, kept as sorted ranges that do not touch.
public struct PortList: ConfigurationValue, Hashable, Sendable, CustomStringConvertible {
    /// The ranges, ascending.
    public private(set) var ranges: [ClosedRange<UInt16>]

    /// Creates a list from ranges in any order.
    public init(_ ranges: [ClosedRange<UInt16>]) {
        self.ranges = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = self.ranges.last, Int(range.lowerBound) <= Int(last.upperBound) + 1 {
                let upper = max(last.upperBound, range.upperBound)
                self.ranges[self.ranges.count - 1] = last.lowerBound...upper
            } else {
                self.ranges.append(range)
            }
        }
    }

    /// Reads single ports and ranges.
    public init(parsing text: String) throws(ValueError) {
        var ranges: [ClosedRange<UInt16>] = []
        for item in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            ranges.append(try PortList.range(String(item)))
        }
        if ranges.isEmpty { throw ValueError("is not a port list: write 80,8000-8010") }
        self.init(ranges)
    }

    private static func range(_ item: String) throws(ValueError) -> ClosedRange<UInt16> {
        let parts = item.split(separator: "-", omittingEmptySubsequences: false)
        if parts.count == 1 {
            let single = try port(item, of: item)
            return single...single
        }
        guard parts.count == 2 else { throw wrong(item) }
        let low = try port(String(parts[0]), of: item)
        let high = try port(String(parts[1]), of: item)
        guard low <= high else {
            throw ValueError("is not a port list: '\(item)' runs backwards")
        }
        return low...high
    }

    private static func port(_ text: String, of item: String) throws(ValueError) -> UInt16 {
        guard let number = WholeNumber.parse(text), number > 0, let port = UInt16(exactly: number)
        else { throw wrong(item) }
        return port
    }

    private static func wrong(_ item: String) -> ValueError {
        ValueError("is not a port list: '\(item)' is not a port from 1 to 65535 or a range")
    }

    /// Whether the list holds `port`.
    public func contains(_ port: UInt16) -> Bool { ranges.contains { $0.contains(port) } }

    /// The list as it can be read again.
    public var description: String {
        let items = ranges.map { range in
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }
        return items.joined(separator: ",")
    }

    /// The text `--help` shows.
    public var defaultValueDescription: String { description }
}
