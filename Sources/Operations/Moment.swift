// Moments as operators write them: `2026-01-31T23:59:59.5Z`, `2026-01-31 23:59`, epoch seconds or
// milliseconds, `-15m`, `now`. RFC 3339 §5.6; a time without a zone is UTC, as tables show it.

import ArgumentParser
public import Service

/// A moment, perhaps told from now.
public struct Moment: ConfigurationValue, Hashable, Sendable, CustomStringConvertible {
    private enum Anchor: Hashable, Sendable {
        /// Nanoseconds since 1970.
        case fixed(Int64)
        /// Nanoseconds before now.
        case beforeNow(Int64)
    }

    private let anchor: Anchor
    /// The moment as it was written.
    public let description: String

    /// Reads a moment.
    public init(parsing text: String) throws(ValueError) {
        description = text
        let expected = ValueError(
            "is not a moment: write 2026-01-31T23:59:00Z, seconds or milliseconds since 1970, "
                + "-15m or now")
        let word = text.hasPrefix("now-") ? String(text.dropFirst(3)) : text
        if word == "now" {
            anchor = .beforeNow(0)
        } else if word.hasPrefix("-") {
            let span: TimeSpan
            do throws(ValueError) {
                span = try TimeSpan(parsing: String(word.dropFirst()))
            } catch { throw expected }
            anchor = .beforeNow(span.nanoseconds)
        } else if let nanoseconds = Moment.epoch(word) ?? Moment.date(word) {
            anchor = .fixed(nanoseconds)
        } else {
            throw expected
        }
    }

    /// The moment in nanoseconds since 1970.
    public func nanoseconds(now: Int64) -> Int64 {
        switch anchor {
        case .fixed(let nanoseconds): nanoseconds
        case .beforeNow(let distance): now - distance
        }
    }

    /// The unit follows from the number's size: seconds to the year 5138, else milliseconds.
    private static func epoch(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let digits = parts.first, (1...19).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let whole = Int64(digits)
        else { return nil }
        let unit: Int64 =
            switch digits.utf8.count {
            case ...11: 1_000_000_000
            case 12...14: 1_000_000
            case 15...17: 1000
            default: 1
            }
        guard parts.count == 2 else { return whole * unit }
        guard unit > 1, let part = fraction(parts[1]) else { return nil }
        return whole * unit + part / (1_000_000_000 / unit)
    }

    /// A decimal fraction in billionths.
    private static func fraction(_ digits: Substring) -> Int64? {
        guard (1...9).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), var value = Int64(digits)
        else { return nil }
        for _ in digits.utf8.count..<9 { value *= 10 }
        return value
    }

    private static func date(_ text: String) -> Int64? {
        let halves = text.split(maxSplits: 1, omittingEmptySubsequences: false) {
            $0 == "T" || $0 == "t" || $0 == " "
        }
        guard let days = halves.first.flatMap(days) else { return nil }
        guard halves.count == 2 else { return days * 86_400_000_000_000 }
        var clock = String(halves[1])
        var offset: Int64 = 0
        if clock.hasSuffix("Z") || clock.hasSuffix("z") {
            clock.removeLast()
        } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            guard let minutes = minutes(clock[clock.index(after: sign)...]) else { return nil }
            offset = (clock[sign] == "-" ? -minutes : minutes) * 60_000_000_000
            clock = String(clock[..<sign])
        }
        guard let time = timeOfDay(clock) else { return nil }
        return days * 86_400_000_000_000 + time - offset
    }

    /// `23:59`, as a zone has it.
    private static func minutes(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":").compactMap { Int64($0) }
        guard parts.count == 2, (0...23).contains(parts[0]), (0...59).contains(parts[1]) else {
            return nil
        }
        return parts[0] * 60 + parts[1]
    }

    private static func timeOfDay(_ text: String) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let hour = Int64(parts[0]),
            let minute = Int64(parts[1]), (0...23).contains(hour), (0...59).contains(minute)
        else { return nil }
        var nanoseconds = (hour * 60 + minute) * 60_000_000_000
        guard parts.count == 3 else { return nanoseconds }
        let seconds = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard seconds.count <= 2, let whole = Int64(seconds[0]), (0...60).contains(whole) else {
            return nil
        }
        nanoseconds += whole * 1_000_000_000
        guard seconds.count == 2 else { return nanoseconds }
        return fraction(seconds[1]).map { nanoseconds + $0 }
    }

    /// Days since 1970 of `2026-01-31`, years 1970 to 2200. Years begin in March, so that a leap
    /// day comes last.
    private static func days(_ text: Substring) -> Int64? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = Int64(parts[0]), let month = Int64(parts[1]),
            let day = Int64(parts[2]), (1970...2200).contains(year), (1...12).contains(month)
        else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...lengths[Int(month) - 1]).contains(day) else { return nil }
        let shifted = month > 2 ? month - 3 : month + 9
        let civilYear = month > 2 ? year : year - 1
        let era = civilYear / 400
        let yearOfEra = civilYear - era * 400
        let dayOfYear = (153 * shifted + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }
}
