// `Retry-After`: seconds, or a date. RFC 9110 §10.2.3, dates §5.6.7 (IMF-fixdate only).

/// Reads how long a server asks to wait.
public enum RetryAfter {
    /// The wait in nanoseconds from `wallNanoseconds` on; 0 for a date that has passed; nil for
    /// anything else than a number of seconds or a date.
    public static func nanoseconds(_ text: String, wallNanoseconds: Int64) -> Int64? {
        let trimmed = text.split(separator: " ").joined(separator: " ")
        if !trimmed.isEmpty, trimmed.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            let seconds = min(Int64(trimmed) ?? .max, 1_000_000_000)
            return seconds * 1_000_000_000
        }
        guard let date = epochSeconds(trimmed) else { return nil }
        let (difference, overflow) = (date &* 1_000_000_000).subtractingReportingOverflow(
            wallNanoseconds)
        return overflow ? nil : max(0, difference)
    }

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, years 1970 to 2200.
    static func epochSeconds(_ text: String) -> Int64? {
        let fields = text.split(separator: " ")
        guard fields.count == 6, fields[5] == "GMT", fields[0].hasSuffix(","),
            let day = Int64(fields[1]), let year = Int64(fields[3]),
            let month = months.firstIndex(of: String(fields[2])),
            (1...31).contains(day), (1970...2200).contains(year)
        else { return nil }
        let time = fields[4].split(separator: ":").map { Int64($0) ?? -1 }
        guard time.count == 3, (0...23).contains(time[0]), (0...59).contains(time[1]),
            (0...60).contains(time[2])
        else { return nil }
        // Days since 1970, counting years from March so that a leap day comes last.
        let shifted = Int64(month) + 1 > 2 ? Int64(month) - 2 : Int64(month) + 10
        let civilYear = Int64(month) + 1 > 2 ? year : year - 1
        let era = civilYear / 400
        let yearOfEra = civilYear - era * 400
        let dayOfYear = (153 * shifted + 2) / 5 + day - 1
        let days =
            era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
        return days * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
