import Telemetry
import Testing

@Suite struct HealthStateTests {
    @Test func `a process starts alive and not ready`() {
        let health = HealthState()
        #expect(health.health().isGood)
        #expect(!health.readiness().isGood)
        health.clear("starting")
        #expect(health.readiness().isGood)
        #expect(health.readiness().lines == ["ok"])
    }

    @Test func `a loop that falls silent is named in both answers`() {
        let health = HealthState()
        health.clear("starting")
        let start = ContinuousClock.now
        let loop = health.loop("assemble", maximumSilence: .seconds(5), now: start)
        #expect(health.health(at: start + .seconds(5)).isGood)
        let late = health.health(at: start + .seconds(6))
        #expect(!late.isGood)
        #expect(late.lines == ["assemble: silent for 6 s"])
        #expect(!health.readiness(at: start + .seconds(6)).isGood)
        loop.beat(at: start + .seconds(6))
        #expect(health.health(at: start + .seconds(11)).isGood)
    }

    @Test func `reasons against being ready come and go by their key`() {
        let health = HealthState()
        health.clear("starting")
        health.set("disk", because: "full")
        health.set("disk", because: "still full")
        health.set("a", because: "b")
        #expect(health.readiness().lines == ["a: b", "disk: still full"])
        health.clear("disk")
        health.clear("a")
        #expect(health.readiness().isGood)
    }
}
