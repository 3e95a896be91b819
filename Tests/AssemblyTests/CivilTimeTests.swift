import Testing

@testable import Assembly

@Suite struct CivilTimeTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999_999_999, "2024-02-29T23:59:59.999Z"),
            (4_102_444_800_123_000_000, "2100-01-01T00:00:00.123Z"),
        ] as [(Int64, String)])
    func `a moment is written as RFC 3339`(nanoseconds: Int64, text: String) {
        #expect(CivilTime(nanoseconds: nanoseconds).text == text)
    }

    @Test func `the ends of the number line do not trap`() {
        #expect(!CivilTime(nanoseconds: .min).text.isEmpty)
        #expect(!CivilTime(nanoseconds: .max).text.isEmpty)
    }

    @Test func `every day of four centuries follows the one before it`() {
        var last = CivilTime(nanoseconds: -1)
        var day: Int64 = 0
        while day < 106_751 {
            let next = CivilTime(nanoseconds: day * 86_400_000_000_000)
            let isNextDay = next.day == last.day + 1 && next.month == last.month
            let isNextMonth = next.day == 1 && (next.month == last.month + 1 || next.month == 1)
            #expect(isNextDay || isNextMonth, "day \(day)")
            last = next
            day += 1
        }
    }
}
