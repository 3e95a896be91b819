// Times with their unit: `2s`, `100ms`, `5m`, `1h30m`.

import ArgumentParser

/// A length of time.
public struct TimeSpan: ConfigurationValue, Hashable, Comparable, Sendable, CustomStringConvertible
{
    /// The length in nanoseconds, never negative.
    public var nanoseconds: Int64

    /// Creates a length of time.
    public init(nanoseconds: Int64) {
        precondition(nanoseconds >= 0, "a length of time is not negative")
        self.nanoseconds = nanoseconds
    }

    /// A length of time in seconds.
    public static func seconds(_ count: Int64) -> TimeSpan {
        TimeSpan(nanoseconds: count * 1_000_000_000)
    }

    /// A length of time in milliseconds.
    public static func milliseconds(_ count: Int64) -> TimeSpan {
        TimeSpan(nanoseconds: count * 1_000_000)
    }

    private static let units: [(name: String, nanoseconds: Int)] = [
        ("ns", 1), ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("min", 60_000_000_000), ("h", 3_600_000_000_000),
        ("d", 86_400_000_000_000),
    ]

    /// Reads one or more numbers with units; `0` needs none.
    public init(parsing text: String) throws(ValueError) {
        let expected = ValueError("is not a time: write 100ms, 2s, 5m, 1h30m or 7d")
        var rest = String(UnitText.trim(text))
        if rest == "0" {
            self.init(nanoseconds: 0)
            return
        }
        guard !rest.isEmpty else { throw expected }
        var total = 0
        while !rest.isEmpty {
            let (number, behind) = UnitText.split(rest)
            let name = behind.prefix { $0.isLetter }
            if name.isEmpty && !number.isEmpty && behind.isEmpty {
                throw ValueError("has no unit: write \(number)s, \(number)ms or \(number)m")
            }
            guard let unit = TimeSpan.units.first(where: { $0.name == name }),
                let value = UnitText.scaled(number, by: unit.nanoseconds)
            else { throw expected }
            let (sum, overflow) = total.addingReportingOverflow(value)
            if overflow { throw ValueError("is longer than 292 years") }
            total = sum
            rest = String(UnitText.trim(String(behind[name.endIndex...])))
        }
        self.init(nanoseconds: Int64(total))
    }

    /// As a `Duration`.
    public var duration: Duration { .nanoseconds(nanoseconds) }

    /// The length with the largest unit that divides it.
    public var description: String {
        for (name, unit) in TimeSpan.units.reversed() where name != "min" {
            let unit = Int64(unit)
            if nanoseconds >= unit && nanoseconds % unit == 0 {
                return "\(nanoseconds / unit)\(name)"
            }
        }
        return "0s"
    }

    /// The text `--help` shows.
    public var defaultValueDescription: String { description }

    /// Orders by length.
    public static func < (left: TimeSpan, right: TimeSpan) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
