import ArgumentParser
import Platform
import Service
import SinkSetup
import Sinks
import Testing

@Suite struct SinkSeatsTests {
    private func seats(_ texts: [String], flags: [String] = []) throws -> [SinkSeat] {
        try SinkSeats(SinkFlags.parse(flags)).seats(
            texts, files: LiveFiles(), time: SystemTime())
    }

    @Test func `every address becomes a sink with its own name`() throws {
        let names = try seats(["http://127.0.0.1:7701", "file:out/", "stdout:"]).map(\.name)
        #expect(names == ["resurface-127.0.0.1-7701-message", "file-out", "stdout"])
    }

    @Test func `a sink given twice, plain http that rules forbid and a bad address are refused`() {
        #expect(throws: ServiceFailure.self) { _ = try seats(["file:out/", "file:out/"]) }
        #expect(throws: ServiceFailure.self) { _ = try seats(["ftp://x"]) }
        #expect {
            _ = try seats(["http://127.0.0.1:7701"], flags: ["--no-allow-http"])
        } throws: { "\($0)".contains("allow_http_url") }
    }

    @Test func `sizes given are the sink's`() throws {
        let seat = try #require(
            try seats(["stdout:"], flags: ["--bundle-bytes", "1MiB", "--in-flight", "2MiB"]).first)
        #expect(seat.settings.bundleBytes == 1 << 20)
        #expect(seat.settings.maximumLineBytes == 2 << 20)
    }
}
