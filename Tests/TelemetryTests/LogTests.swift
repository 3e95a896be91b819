import Logging
import Synchronization
import Telemetry
import Testing

/// Keeps lines in memory.
final class MemoryLog: LogWriter {
    let lines = Mutex<[String]>([])
    func write(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

@Suite struct LogTests {
    @Test func `a text line is level, event, then sorted keys, quoted where needed`() {
        let line = LogLine.text(
            .warning, "kernel_drops", ["z": "1", "a": "two words", "m": "x=\"y\"", "e": ""])
        #expect(line == "warning kernel_drops a=\"two words\" e=\"\" m=\"x=\\\"y\\\"\" z=1\n")
    }

    @Test func `nothing in a value can break the line or reach the terminal`() {
        let line = LogLine.text(.info, "a\nb", ["k": "\u{1B}[31m\r\nfake"])
        #expect(line == "info a\\nb k=\"\\u001b[31m\\r\\nfake\"\n")
        #expect(line.filter { $0 == "\n" }.count == 1)
    }

    @Test func `a JSON line keeps its own keys apart from the event's`() {
        let line = LogLine.json(.error, "x\"y", ["time": "t", "k": "\u{7}"], time: "T")
        #expect(
            line
                == "{\"time\":\"T\",\"level\":\"error\",\"event\":\"x\\\"y\",\"k\":\"\\u0007\","
                + "\"time_\":\"t\"}\n")
    }

    @Test func `a logger writes only its level and above, with its metadata`() {
        let memory = MemoryLog()
        var log = Logger.service("t", format: .text, level: .info, writer: memory)
        log[metadataKey: "lane"] = "3"
        log.debug("hidden")
        log.info("seen", metadata: ["n": "1"])
        #expect(memory.all == ["info seen lane=3 n=1\n"])
    }

    @Test func `a JSON line tells date and time in UTC`() throws {
        let memory = MemoryLog()
        Logger.service("t", format: .json, level: .info, writer: memory).info("x")
        let line = try #require(memory.all.first)
        let time = line.dropFirst("{\"time\":\"".count).prefix { $0 != "\"" }
        #expect(time.count == 24 && time.hasSuffix("Z") && time.contains("T"), "\(line)")
    }

    @Test func `a throttle admits one per interval and tells how many it held back`() {
        let throttle = LogThrottle(interval: .seconds(10))
        let start = ContinuousClock.now
        #expect(throttle.admit("k", at: start) == 0)
        #expect(throttle.admit("k", at: start + .seconds(1)) == nil)
        #expect(throttle.admit("k", at: start + .seconds(9)) == nil)
        #expect(throttle.admit("other", at: start + .seconds(9)) == 0)
        #expect(throttle.admit("k", at: start + .seconds(10)) == 2)
        #expect(throttle.admit("k", at: start + .seconds(11)) == nil)
    }

    @Test func `a throttle's memory is bounded`() {
        let throttle = LogThrottle(interval: .seconds(10))
        let start = ContinuousClock.now
        for index in 0..<LogThrottle.maximumKeys { _ = throttle.admit("\(index)", at: start) }
        #expect(throttle.admit("new", at: start) == 0)
        #expect(throttle.admit("newer", at: start) == nil)
    }

    @Test func `throttled lines carry the number left out`() {
        let memory = MemoryLog()
        let log = Logger.service("t", format: .text, level: .info, writer: memory)
        let throttle = LogThrottle(interval: .zero)
        log.throttled(throttle, "k", level: .info, "a")
        log.throttled(LogThrottle(interval: .seconds(60)), "k", level: .info, "b")
        #expect(memory.all == ["info a\n", "info b\n"])
    }
}
