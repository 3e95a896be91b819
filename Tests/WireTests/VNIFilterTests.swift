import Testing
import Wire

@Suite struct VNIFilterTests {
    @Test func `an empty list lets all pass`() throws {
        for text in ["", "  ", ",", " , "] {
            let filter = try VNIFilter(parsing: text)
            #expect(filter.entries.isEmpty)
            #expect(filter.allows(0) && filter.allows(16_777_215))
        }
    }

    @Test func `positive entries allow only themselves`() throws {
        let filter = try VNIFilter(parsing: "123, 456\t789\n0")
        #expect(filter.allows(123) && filter.allows(456) && filter.allows(789) && filter.allows(0))
        #expect(!filter.allows(124))
    }

    @Test func `a negative entry lets the rest pass`() throws {
        let filter = try VNIFilter(parsing: "-5")
        #expect(!filter.allows(5))
        #expect(filter.allows(6))
        #expect(try VNIFilter(parsing: "1 -5").allows(2))
    }

    @Test func `the first entry that names a network decides`() throws {
        #expect(try VNIFilter(parsing: "5,-5").allows(5))
        #expect(try !VNIFilter(parsing: "-5,5").allows(5))
    }

    @Test(arguments: ["x", "16777216", "1,abc", "--5", "-", "1.5", "+7", "99999999999999999999"])
    func `what is no VNI is named`(_ text: String) throws {
        let entry = text.split(separator: ",").last.map(String.init) ?? text
        let error = #expect(throws: VNIFilter.ParseError.self) { try VNIFilter(parsing: text) }
        #expect(error?.entry == entry)
        #expect(error?.description.contains("'\(entry)'") == true)
    }
}
