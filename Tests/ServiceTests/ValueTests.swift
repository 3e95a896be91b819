import Service
import Testing

@Suite struct ValueTests {
    @Test(arguments: [
        ("64MiB", 67_108_864), ("256 MB", 256_000_000), ("1048576", 1_048_576), ("0", 0),
        ("1.5GiB", 1_610_612_736), (" 2 kib ", 2048), ("10b", 10), ("1Gi", 1_073_741_824),
        ("0.5kB", 500),
    ])
    func `sizes are read`(text: String, bytes: Int) throws {
        #expect(try ByteSize(parsing: text).bytes == bytes)
    }

    @Test(arguments: [
        "", "x", "-1", "64 M", "1e6", "12XB", "9999999TiB", "1.2.3MB", "MiB", ".", "1..5k",
        "64MiBs",
    ])
    func `what is no size is refused`(text: String) {
        #expect(throws: ValueError.self) { try ByteSize(parsing: text) }
    }

    @Test func `an ambiguous unit is explained`() {
        let error = #expect(throws: ValueError.self) { try ByteSize(parsing: "64M") }
        #expect(error?.description == "is ambiguous: write MiB (times 1024) or MB (times 1000)")
    }

    @Test(arguments: [0, 1, 1023, 1024, 67_108_864, 5 << 30, 1_000_000])
    func `a size prints as text that reads as itself`(bytes: Int) throws {
        let size = ByteSize(bytes)
        #expect(try ByteSize(parsing: size.description) == size)
    }

    @Test(arguments: [
        ("2s", 2_000_000_000), ("100ms", 100_000_000), ("5m", 300_000_000_000), ("0", 0),
        ("1h30m", 5_400_000_000_000), ("1.5s", 1_500_000_000), ("7d", 604_800_000_000_000),
        ("250us", 250_000), ("1 min", 60_000_000_000),
    ])
    func `times are read`(text: String, nanoseconds: Int64) throws {
        let span = try TimeSpan(parsing: text)
        #expect(span.nanoseconds == nanoseconds)
        #expect(try TimeSpan(parsing: span.description) == span)
    }

    @Test(arguments: ["", "2", "s", "-2s", "2 parsecs", "999999999999d", "1h-2m", "1s x"])
    func `what is no time is refused`(text: String) {
        #expect(throws: ValueError.self) { try TimeSpan(parsing: text) }
    }

    @Test func `a time without its unit says so`() {
        let error = #expect(throws: ValueError.self) { try TimeSpan(parsing: "30") }
        #expect(error?.description == "has no unit: write 30s, 30ms or 30m")
    }

    @Test func `ports are read, sorted and joined`() throws {
        let ports = try PortList(parsing: "8000-8010, 80 8011,443,8005")
        #expect(ports.description == "80,443,8000-8011")
        #expect(ports.contains(8011))
        #expect(!ports.contains(8012))
        #expect(try PortList(parsing: "65535,1-65535").description == "1-65535")
    }

    @Test(arguments: [
        ("80,x", "'x'"), ("0", "'0'"), ("65536", "'65536'"), ("90-80", "'90-80' runs backwards"),
        ("1-2-3", "'1-2-3'"), ("-80", "'-80'"), ("80-", "'80-'"), ("80.5", "'80.5'"),
    ])
    func `a bad port is named`(text: String, named: String) {
        let error = #expect(throws: ValueError.self) { try PortList(parsing: text) }
        #expect(error?.description.contains(named) == true)
    }

    @Test(arguments: [
        ("8864121", 8_864_121), ("8.864121e+06", 8_864_121), ("1e3", 1000), ("-92", -92),
        ("1.50e1", 15), ("0", 0), ("-0.0", 0), ("+7", 7), ("100e-2", 1),
        ("1.6777215E7", 16_777_215),
    ])
    func `whole numbers are exact however they are written`(text: String, value: Int64) {
        #expect(WholeNumber.parse(text) == value)
    }

    @Test(arguments: ["", "1.5", "e5", "1e", "0x10", "--1", "1e99", "99999999999999999999", "1e-1"])
    func `what is no whole number is nil`(text: String) {
        #expect(WholeNumber.parse(text) == nil)
    }

    @Test func `VNIs allow, exclude, and decide by the first that names one`() throws {
        let allowed = try VNIList(parsing: "861, 862 8.864121e+06")
        #expect(allowed.takes(861) && allowed.takes(8_864_121) && !allowed.takes(92))
        let excluded = try VNIList(parsing: "-92")
        #expect(!excluded.takes(92) && excluded.takes(1))
        #expect(VNIList().takes(5))
        #expect(throws: ValueError.self) { try VNIList(parsing: "16777216") }
    }
}
