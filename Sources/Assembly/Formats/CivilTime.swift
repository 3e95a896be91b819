// Calendar dates from nanoseconds since 1970, UTC, without a time zone database.
// Days to civil date: proleptic Gregorian calendar in eras of 400 years.

/// A moment as a date and a time of day, UTC.
public struct CivilTime: Equatable, Sendable {
    /// The year.
    public let year: Int64
    /// The month, from 1.
    public let month: Int64
    /// The day of the month, from 1.
    public let day: Int64
    /// Nanoseconds since midnight.
    public let nanosecondOfDay: Int64

    /// The date and time of a moment.
    public init(nanoseconds: Int64) {
        let dayNanoseconds: Int64 = 86_400_000_000_000
        var days = nanoseconds / dayNanoseconds
        var rest = nanoseconds % dayNanoseconds
        if rest < 0 {
            rest += dayNanoseconds
            days -= 1
        }
        nanosecondOfDay = rest
        // Years that begin in March put the leap day last.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `2026-01-31`.
    public var date: String {
        "\(CivilTime.padded(year, 4))-\(CivilTime.padded(month, 2))-\(CivilTime.padded(day, 2))"
    }

    /// `23:59:59.999`.
    public var timeOfDay: String {
        let milliseconds = nanosecondOfDay / 1_000_000
        let hour = CivilTime.padded(milliseconds / 3_600_000, 2)
        let minute = CivilTime.padded(milliseconds / 60_000 % 60, 2)
        let second = CivilTime.padded(milliseconds / 1000 % 60, 2)
        return "\(hour):\(minute):\(second).\(CivilTime.padded(milliseconds % 1000, 3))"
    }

    /// `2026-01-31T23:59:59.999Z`, RFC 3339.
    public var text: String { "\(date)T\(timeOfDay)Z" }

    static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(width - digits.utf8.count, 0)) + digits
    }
}
