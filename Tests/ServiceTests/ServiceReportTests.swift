import Platform
import Testing

@testable import Service
@testable import Telemetry

@Suite struct ServiceReportTests {
    let good = HealthState.Answer(isGood: true, lines: ["ok"])
    let bad = HealthState.Answer(isGood: false, lines: ["lane 0: silent for 31 s"])
    let second: Int64 = 1_000_000_000

    @Test func `ready is told once, when the work has begun`() {
        var report = ServiceReport(watchdogNanoseconds: nil)
        let starting = HealthState.Answer(isGood: false, lines: ["starting: not yet"])
        #expect(
            report.lines(health: good, readiness: starting, isStarting: true, at: 0)
                == ["EXTEND_TIMEOUT_USEC=30000000", "STATUS=starting: not yet"])
        #expect(
            report.lines(health: good, readiness: starting, isStarting: true, at: second) == [])
        #expect(
            report.lines(health: good, readiness: good, isStarting: false, at: 2 * second)
                == ["READY=1", "STATUS=ready"])
        #expect(
            report.lines(health: good, readiness: good, isStarting: false, at: 90 * second) == [])
    }

    @Test func `a long start asks for more time as long as its loops turn`() {
        var report = ServiceReport(watchdogNanoseconds: nil)
        var extensions = 0
        for moment in 0..<60 {
            let lines = report.lines(
                health: moment < 30 ? good : bad, readiness: bad, isStarting: true,
                at: Int64(moment) * second)
            extensions += lines.filter { $0.hasPrefix("EXTEND_TIMEOUT_USEC=") }.count
        }
        #expect(extensions == 6)
    }

    @Test func `signs of life come at half the watchdog's time, and only while healthy`() {
        var report = ServiceReport(watchdogNanoseconds: 15 * second)
        var moments: [Int64] = []
        for moment in 0..<100 {
            let isHung = (40..<70).contains(moment)
            let lines = report.lines(
                health: isHung ? bad : good, readiness: good, isStarting: false,
                at: Int64(moment) * second)
            if lines.contains("WATCHDOG=1") { moments.append(Int64(moment)) }
        }
        #expect(moments == [0, 15, 30, 70, 85])
    }

    @Test func `the status names what stands in the way`() {
        var report = ServiceReport(watchdogNanoseconds: nil)
        _ = report.lines(health: good, readiness: good, isStarting: false, at: 0)
        #expect(
            report.lines(health: bad, readiness: bad, isStarting: false, at: 1)
                == ["STATUS=lane 0: silent for 31 s"])
        #expect(
            report.lines(health: good, readiness: good, isStarting: false, at: 2)
                == ["STATUS=ready"])
    }

    @Test func `there is a manager only where a socket is named, and a watchdog only for us`() {
        func manager(_ environment: [String: String]) -> ServiceManager? {
            ServiceManager(environment, processID: 7)
        }
        #expect(manager([:]) == nil)
        #expect(manager(["NOTIFY_SOCKET": "vsock:2:1"]) == nil)
        #expect(manager(["NOTIFY_SOCKET": "@name"])?.watchdogNanoseconds == nil)
        let watched = ["NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000"]
        #expect(manager(watched)?.watchdogNanoseconds == 15 * second)
        var other = watched
        other["WATCHDOG_PID"] = "8"
        #expect(manager(other)?.watchdogNanoseconds == nil)
        other["WATCHDOG_PID"] = "7"
        #expect(manager(other)?.watchdogNanoseconds == 15 * second)
        #expect(
            manager(["NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "9223372036854775807"])?
                .watchdogNanoseconds == nil)
    }

    @Test func `a socket is inherited only when it is meant for this process`() {
        func socket(_ environment: [String: String]) -> Int32? {
            ServiceManager.inheritedSocket(environment, processID: 7)
        }
        #expect(socket([:]) == nil)
        #expect(socket(["LISTEN_PID": "8", "LISTEN_FDS": "1"]) == nil)
        #expect(socket(["LISTEN_PID": "7", "LISTEN_FDS": "0"]) == nil)
        #expect(socket(["LISTEN_PID": "7", "LISTEN_FDS": "2"]) == 3)
    }

    @Test func `quotes that docker leaves around a value are taken off old names`() throws {
        let table = SettingsTable(
            process: "capture",
            [
                .text("interface", shape: .list, help: "Where.")
                    .reading(OldName("VPC_MIRROR_DEVICE"))
            ])
        let layer = try EnvironmentLayer(["VPC_MIRROR_DEVICE": "\"vx0\""], table: table)
        #expect(layer.values["interface"]?.values == ["vx0"])
        #expect(EnvironmentLayer.unquoted("'a'") == "a")
        #expect(EnvironmentLayer.unquoted("\"a'") == "\"a'")
        #expect(EnvironmentLayer.unquoted("\"") == "\"")
    }
}
