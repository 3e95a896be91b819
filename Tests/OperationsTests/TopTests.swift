import Assembly
import Bytes
import Operations
import Platform
import Records
import Spool
import Testing

@Suite struct TopTests {
    static let second: Int64 = 1_000_000_000

    @Test(arguments: [
        ("/", "/"), ("/orders/4711/items", "/orders/{id}/items"), ("/v1/users", "/v1/users"),
        ("/o/123e4567-e89b-12d3-a456-426614174000", "/o/{id}"),
        ("/o/123E4567-e89b-12d3-a456-42661417400", "/o/123E4567-e89b-12d3-a456-42661417400"),
        ("/c/9fceb02d0ae598e95dc970b74767f19372d61af8/", "/c/{id}/"),
        ("/deadbeefcafe", "/deadbeefcafe"),
        ("/face/b00c", "/face/b00c"), ("/a//7", "/a//{id}"), ("/a?b=7", "/a"), ("/7x", "/7x"),
        ("/2024-01-31", "/2024-01-31"), ("*", "*"), ("", ""),
    ])
    func `what names one thing in a path is an id`(path: String, template: String) {
        #expect(PathTemplate.of(path) == template)
    }

    @Test func `percentiles are latencies that were measured`() {
        #expect(Percentiles(of: []) == nil)
        #expect(TopTests.percentiles([7]) == [7, 7, 7, 7])
        #expect(TopTests.percentiles([2, 1]) == [1, 2, 2, 2])
        #expect(TopTests.percentiles(Array((1...100).reversed())) == [50, 95, 99, 100])
        #expect(TopTests.percentiles(Array(1...1000)) == [500, 950, 990, 1000])
    }

    private static func percentiles(_ values: [Int64]) -> [Int64] {
        Percentiles(of: values).map { [$0.p50, $0.p95, $0.p99, $0.max] } ?? []
    }

    private static func call(_ host: String, _ status: Int? = 200) -> CallGlance {
        var call = CallGlance()
        call.method = "GET"
        call.url = "http://\(host)/a/1"
        call.status = status
        return call
    }

    @Test func `a window forgets what is too old and what it has no room for, counted`() throws {
        let demo = try DemoSpool()
        var window = CallWindow(nanoseconds: 10 * TopTests.second, maximumCalls: 5)
        for index in 0..<8 {
            window.add(TopTests.call("h\(index)"), at: Int64(index) * TopTests.second)
        }
        #expect(window.crowdedOut == 3)
        #expect(try TopTests.hosts(window, demo) == ["h3", "h4", "h5", "h6", "h7"])
        window.slide(to: 15 * TopTests.second)
        #expect(try TopTests.hosts(window, demo) == ["h6", "h7"])
        for index in 8..<12 {
            window.add(TopTests.call("h\(index)"), at: Int64(index) * TopTests.second)
        }
        #expect(window.crowdedOut == 4)
        #expect(try TopTests.hosts(window, demo).sorted() == ["h10", "h11", "h7", "h8", "h9"])
        window.slide(to: 60 * TopTests.second)
        #expect(try TopTests.hosts(window, demo) == [])
    }

    @Test func `keys beyond the limit are other, and make room when their calls have gone`() throws
    {
        let demo = try DemoSpool()
        var window = CallWindow(nanoseconds: 10 * TopTests.second, maximumKeys: 2)
        for host in ["a", "b", "c", "d", "a"] { window.add(TopTests.call(host), at: 1) }
        #expect(try TopTests.hosts(window, demo) == ["(other)", "a", "b"])
        window.slide(to: 20 * TopTests.second)
        for host in ["c", "d", "e"] { window.add(TopTests.call(host), at: 20 * TopTests.second) }
        #expect(try TopTests.hosts(window, demo) == ["(other)", "c", "d"])
    }

    @Test func `what came over the wire cannot speak to a terminal`() throws {
        let demo = try DemoSpool()
        var window = CallWindow(nanoseconds: 10 * TopTests.second)
        let hostile = "a\u{1B}]0;x\u{07}\u{9B}2J\u{202E}\r\nb"
        window.add(TopTests.call(hostile), at: DemoSpool.start)
        var call = TopTests.call("h")
        call.method = "G\u{1B}[31mET"
        window.add(call, at: DemoSpool.start)
        let report = try TopTests.report(window, demo)
        for grouping in TopGrouping.allCases {
            let lines =
                TopText.head(report, by: grouping) + TopText.table(report, by: grouping, rows: 9)
            for line in lines {
                #expect(line.text == PrintableText.of(line.text))
            }
        }
        #expect(report.groups["host"]?.map(\.key).contains("a·]0;x··2J···b") == true)
    }

    private static func hosts(_ window: CallWindow, _ demo: DemoSpool) throws -> [String] {
        try report(window, demo).groups["host"]?.map(\.key) ?? []
    }

    private static func report(_ window: CallWindow, _ demo: DemoSpool) throws -> TopReport {
        let overview = try SpoolOverview(newsOf: demo.spool, since: 0)
        return TopReport(window, CallTail(demo.spool), overview, rows: 100, interval: 1)
    }

    @Test func `a glance sees what the record says`() throws {
        let demo = try DemoSpool()
        var glancer = CallGlancer()
        for line in demo.lines {
            let glance = try glancer.read(Array(line.utf8).span)
            #expect(glance.method == DemoSpool.value("request_method", line))
            #expect(glance.url == DemoSpool.value("request_url", line))
            #expect(
                glance.status == DemoSpool.value("response_code", line).flatMap { Int($0) })
            let times = ["call:request_start", "call:response_end"].map { key in
                DemoSpool.value(key, line).flatMap { Int64($0) }
            }
            if let start = times[0], let end = times[1], glance.latency != nil {
                #expect(glance.latency == end - start)
            }
        }
    }

    @Test func `a glance takes lines that are no records for what they are`() {
        var glancer = CallGlancer()
        for line in [
            "", "[", "{}", "[[\"request_method\"", "[[\"request_method\",\"GET\"", "[[1,2]]",
        ] {
            #expect(throws: RecordError.self) { _ = try glancer.read(Array(line.utf8).span) }
        }
    }

    @Test func `a tail takes every call once, and counts those it passes over`() throws {
        let demo = try DemoSpool()
        var window = CallWindow(nanoseconds: 60 * TopTests.second)
        var tail = CallTail(demo.spool)
        try tail.look(into: &window)
        try tail.look(into: &window)
        #expect(try TopTests.calls(window, tail, demo) == [7, 0])
        var limits = TailLimits()
        (limits.segments, limits.plainBytes) = (1, 1)
        var some = CallWindow(nanoseconds: 60 * TopTests.second)
        var hasty = CallTail(demo.spool, limits: limits)
        try hasty.look(into: &some)
        let counts = try TopTests.calls(some, hasty, demo)
        #expect(counts[0] <= 1 && counts[0] + counts[1] == 7)
    }

    private static func calls(
        _ window: CallWindow, _ tail: borrowing CallTail, _ demo: DemoSpool
    ) throws -> [UInt64] {
        let overview = try SpoolOverview(newsOf: demo.spool, since: 0)
        let report = TopReport(window, tail, overview, rows: 10, interval: 1)
        #expect(report.calls == report.sample.seen + report.sample.skipped)
        return [report.sample.seen, report.sample.skipped]
    }

    @Test func `drops and damage stand above the table, in red`() throws {
        let demo = try DemoSpool()
        var report = try TopTests.report(CallWindow(nanoseconds: 10 * TopTests.second), demo)
        report.pipeline.packets.kernelDrops = 1200
        report.pipeline.packets.quotaRefusals = 3
        report.pipeline.status.quarantined = 2
        let bad = TopText.head(report, by: .host).filter { $0.style == .bad }.map(\.text)
        #expect(bad.count == 2)
        #expect(
            bad.first == "dropped  1,200 by the kernel · 3 over the budget in the last 10 s"
                + " · not known: by the interface")
        #expect(bad.last?.hasPrefix("! 2 files in quarantine/") == true)
    }

    @Test func `the page says what the report holds`() throws {
        let demo = try DemoSpool()
        var monitor = TopMonitor(
            demo.spool, window: 60 * TopTests.second, interval: TopTests.second, rows: 10)
        let report = try monitor.look()
        let head = TopText.head(report, by: .host).map(\.text).joined(separator: "\n")
        #expect(head.contains("7 in the last 60 s"))
        #expect(head.contains("no response 14.3 % (1)"))
        #expect(head.contains("dropped  nothing in the last 60 s"))
        #expect(head.contains("sinks    none has shipped from here"))
        #expect(TopText.table(report, by: .status, rows: 2).count == 3)
        #expect(report.groups.count == 4)
    }
}
