import Operations
import Service
import Testing

@Suite struct MomentTests {
    private static let now: Int64 = 1_800_000_000_000_000_000

    private func nanoseconds(_ text: String) throws -> Int64 {
        try Moment(parsing: text).nanoseconds(now: MomentTests.now)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2024-02-29T12:00:00Z", 1_709_208_000),
        ("2024-02-29T12:00:00+02:00", 1_709_200_800), ("2024-02-29 12:00", 1_709_208_000),
        ("2024-02-29", 1_709_164_800), ("1709208000", 1_709_208_000),
        ("1709208000000", 1_709_208_000), ("2000-03-01T00:00:00-01:30", 951_874_200),
    ])
    func `dates and epochs are read`(text: String, seconds: Int64) throws {
        #expect(try nanoseconds(text) == seconds * 1_000_000_000)
    }

    @Test func `fractions count`() throws {
        #expect(try nanoseconds("1970-01-01T00:00:01.000000001Z") == 1_000_000_001)
        #expect(try nanoseconds("1709208000.25") == 1_709_208_000_250_000_000)
        #expect(try nanoseconds("1709208000250.5") == 1_709_208_000_250_500_000)
        #expect(try nanoseconds("1709208000250500000") == 1_709_208_000_250_500_000)
    }

    @Test func `times told from now`() throws {
        #expect(try nanoseconds("now") == MomentTests.now)
        #expect(try nanoseconds("-15m") == MomentTests.now - 900 * 1_000_000_000)
        #expect(try nanoseconds("now-1h30m") == MomentTests.now - 5400 * 1_000_000_000)
    }

    @Test(arguments: [
        "", "yesterday", "2023-02-29", "2024-13-01", "2024-01-01T25:00", "12:00", "-15",
        "2024-01-01T00:00:00+25:00", "1.2.3", "now+1h",
    ])
    func `anything else is refused with an example`(text: String) {
        #expect {
            _ = try Moment(parsing: text)
        } throws: { "\($0)".contains("-15m") }
    }
}
