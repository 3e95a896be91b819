import Sinks
import Testing

@Suite struct AddressTests {
    static let units = SinkAddress.Units(
        size: { Int($0) }, time: { Int64($0).map { $0 * 1_000_000_000 } })

    func read(_ text: String) throws -> SinkAddress {
        try SinkAddress(text, units: AddressTests.units)
    }

    @Test(arguments: [
        ("http://localhost:7701/message", "http://localhost:7701/message"),
        ("resurface+https://h/fluke/message", "https://h/fluke/message"),
        ("http://h", "http://h/message"), ("http://h:1/", "http://h:1/message"),
        ("http://[::1]:7701/m?x=1", "http://[::1]:7701/m?x=1"),
    ])
    func `Resurface addresses are URLs`(text: String, url: String) throws {
        #expect(try read(text) == .resurface(url: url))
    }

    @Test(arguments: [
        "", "ftp://h", "resurface+ftp://h", "resurface:http://h", "http://", "http://:80/x",
        "http://h:0/", "http://h:x/", "http://h:65536/", "http://u:p@h/", "http://h/a b",
        "http://h/#f", "http://h/\u{E9}", "http://[::1/x", "file:", "calls/", "stdout",
        "file:a/?rotate=x", "file:a/?compress=zstd", "file:a/?speed=1", "file:a/?every=-1",
    ])
    func `what is no sink is refused`(text: String) {
        #expect(throws: SinkError.self) { try read(text) }
    }

    @Test func `files and directories are told apart`() throws {
        #expect(try read("file:calls/") == .file(FileAddress(path: "calls", isDirectory: true)))
        #expect(try read("file:calls") == .file(FileAddress(path: "calls", isDirectory: true)))
        #expect(
            try read("file:///tmp/x.ndjson")
                == .file(FileAddress(path: "/tmp/x.ndjson", isDirectory: false)))
        var packed = FileAddress(path: "x.jsonl.gz", isDirectory: false)
        packed.compression = .gzip
        #expect(try read("file:x.jsonl.gz") == .file(packed))
        var rotated = FileAddress(path: "/d", isDirectory: true)
        rotated.rotateBytes = 1000
        rotated.rotateNanoseconds = 60_000_000_000
        rotated.compression = .lz4
        #expect(try read("file:/d/?rotate=1000&every=60&compress=lz4") == .file(rotated))
        #expect(try read("-") == .standardOutput)
    }

    @Test func `names are safe for files, and tell sinks apart`() throws {
        #expect(try read("http://h:7701/message").name == "resurface-h-7701-message")
        #expect(try read("https://h/message").name == "resurface-tls-h-message")
        #expect(try read("file:calls/").name == "file-calls")
        #expect(try read("stdout:").name == "stdout")
        let plain = try read("http://h/a_b").name
        #expect(plain != (try read("http://h/a~b").name))
        let long = try read("http://h/" + String(repeating: "x", count: 500)).name
        #expect(long.utf8.count < 80)
        let dots = try read("file:../../etc").name
        #expect(!dots.contains("/"))
    }

    @Test(arguments: [
        ("120", 120), ("0", 0), ("Sun, 06 Nov 1994 08:49:47 GMT", 10),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0), ("Mon, 07 Nov 1994 08:49:37 GMT", 86_400),
        ("Wed, 01 Mar 1995 00:00:00 GMT", 9_904_223),
    ])
    func `Retry-After is seconds or a date`(text: String, seconds: Int64) {
        // 1994-11-06T08:49:37Z, the example of RFC 9110.
        let now: Int64 = 784_111_777 * 1_000_000_000
        #expect(
            RetryAfter.nanoseconds(text, wallNanoseconds: now) == seconds * 1_000_000_000)
    }

    @Test(arguments: [
        "", "soon", "-5", "1.5", "Sun, 06 Nov 1994 08:49:37", "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 9994 08:49:37 GMT", "06 Nov 1994",
        "Sun, 06 Nov 1994 25:00:00 GMT",
    ])
    func `what is neither is ignored`(text: String) {
        #expect(RetryAfter.nanoseconds(text, wallNanoseconds: 0) == nil)
    }

    @Test func `an absurd number of seconds does not overflow`() {
        let wait = RetryAfter.nanoseconds("99999999999999999999", wallNanoseconds: 0)
        #expect(wait == 1_000_000_000_000_000_000)
    }
}
