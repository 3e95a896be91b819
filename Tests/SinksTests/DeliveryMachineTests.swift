import Sinks
import Testing

@Suite struct DeliveryMachineTests {
    static let second: Int64 = 1_000_000_000

    func machine(_ policy: RetryPolicy = RetryPolicy(), seed: UInt64 = 1) -> DeliveryMachine {
        DeliveryMachine(policy: policy, seed: seed)
    }

    @Test func `an accepted batch is acknowledged once`() {
        var machine = machine()
        machine.begin(lineCount: 3)
        #expect(machine.next(now: 0) == .send(0..<3))
        machine.receive(.accepted, now: 0)
        #expect(machine.next(now: 0) == .acknowledge(0..<3))
        #expect(machine.next(now: 0) == .finished)
    }

    @Test func `failures repeat the same lines, later and later, without an end`() {
        var machine = machine()
        machine.begin(lineCount: 2)
        var now: Int64 = 0
        var longest: Int64 = 0
        for attempt in 1...200 {
            #expect(machine.next(now: now) == .send(0..<2))
            machine.receive(.retry(reason: "status 503", afterNanoseconds: nil), now: now)
            #expect(machine.mood == .retrying)
            #expect(machine.failures == attempt)
            guard case .wait(let wait) = machine.next(now: now) else {
                Issue.record("a failure is followed by a wait")
                return
            }
            let top = min(
                30 * DeliveryMachineTests.second,
                DeliveryMachineTests.second << min(attempt - 1, 10))
            #expect(wait >= 100_000_000 && wait <= max(top, 100_000_000))
            #expect(machine.next(now: now + wait - 1) == .wait(1))
            longest = max(longest, wait)
            now += wait
        }
        #expect(longest > 20 * DeliveryMachineTests.second)
        machine.receive(.accepted, now: now)
        #expect(machine.mood == .running)
        #expect(machine.failures == 0)
        #expect(machine.lastReason == "")
    }

    @Test func `two machines with different seeds do not come back together`() {
        var one = machine(seed: 1)
        var two = machine(seed: 2)
        one.begin(lineCount: 1)
        two.begin(lineCount: 1)
        for _ in 0..<5 {
            one.receive(.retry(reason: "", afterNanoseconds: nil), now: 0)
            two.receive(.retry(reason: "", afterNanoseconds: nil), now: 0)
        }
        #expect(one.next(now: 0) != two.next(now: 0))
    }

    @Test(arguments: [(7, 7), (300, 300), (86_400, 300), (0, 0)])
    func `what the sink asks for is honoured up to five minutes`(asked: Int64, least: Int64) {
        var machine = machine()
        machine.begin(lineCount: 1)
        machine.receive(
            .retry(
                reason: "status 429", afterNanoseconds: asked * DeliveryMachineTests.second), now: 0
        )
        guard case .wait(let wait) = machine.next(now: 0) else {
            Issue.record("a failure is followed by a wait")
            return
        }
        let floor = max(least * DeliveryMachineTests.second, 100_000_000)
        #expect(wait >= floor && wait <= floor + floor / 10)
    }

    @Test func `a sink that needs repair is asked every half minute and loses nothing`() {
        var machine = machine()
        machine.begin(lineCount: 4)
        for turn in 0..<10 {
            let now = Int64(turn) * 30 * DeliveryMachineTests.second
            #expect(machine.next(now: now) == .send(0..<4))
            machine.receive(.pause(reason: "status 401"), now: now)
            #expect(machine.mood == .paused)
            #expect(machine.next(now: now) == .wait(30 * DeliveryMachineTests.second))
        }
    }

    /// Runs a batch against a sink that refuses any request holding one of `bad`.
    func run(_ machine: inout DeliveryMachine, lines: Int, bad: Set<Int>) -> (
        accepted: [Int], buried: [Int], requests: Int
    ) {
        var accepted: [Int] = []
        var buried: [Int] = []
        var requests = 0
        var now: Int64 = 0
        var place = 0
        machine.begin(lineCount: lines)
        while requests < 100_000 {
            switch machine.next(now: now) {
            case .send(let range):
                requests += 1
                let isBad = !bad.isDisjoint(with: range)
                let refusal = SinkAnswer.Refusal(status: 400, excerpt: "no")
                machine.receive(isBad ? .refused(refusal) : .accepted, now: now)
            case .wait(let wait): now += wait
            case .acknowledge(let range):
                #expect(range.lowerBound == place)
                place = range.upperBound
                accepted += range
            case .bury(let line, let refusal):
                #expect(line == place)
                #expect(refusal.status == 400)
                place += 1
                buried.append(line)
            case .finished:
                #expect(place == lines)
                return (accepted, buried, requests)
            case .ended:
                Issue.record("nothing ends here")
                return (accepted, buried, requests)
            }
        }
        Issue.record("a batch comes to an end")
        return (accepted, buried, requests)
    }

    @Test func `one bad record of a thousand is found in few requests, the rest accepted in order`()
    {
        var machine = machine()
        let result = run(&machine, lines: 1000, bad: [617])
        #expect(result.buried == [617])
        #expect(result.accepted == (0..<1000).filter { $0 != 617 })
        #expect(result.requests <= 21)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `any set of bad records is buried and nothing else`(seed: UInt64) {
        var random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((random >> 33) % UInt64(bound))
        }
        let lines = 1 + next(60)
        let bad = Set((0..<next(12)).map { _ in next(lines) })
        var machine = machine()
        let result = run(&machine, lines: lines, bad: bad)
        #expect(result.buried == bad.sorted(), "seed \(seed)")
        #expect(result.accepted == (0..<lines).filter { !bad.contains($0) }, "seed \(seed)")
    }

    @Test func `a sink that refuses everything is slowed down before the dead letters fill`() {
        var policy = RetryPolicy()
        policy.suspiciousRefusals = 4
        var machine = machine(policy)
        let refusal = SinkAnswer.Refusal(status: 400, excerpt: "plain HTTP on an HTTPS port")
        var buried = 0
        machine.begin(lineCount: 64)
        while buried < 4 {
            switch machine.next(now: 0) {
            case .send: machine.receive(.refused(refusal), now: 0)
            case .bury: buried += 1
            default:
                Issue.record("the first refusals are not slowed")
                return
            }
        }
        while case .send = machine.next(now: 0) { machine.receive(.refused(refusal), now: 0) }
        #expect(machine.next(now: 0) == .wait(30 * DeliveryMachineTests.second))
        #expect(machine.mood == .paused)
        #expect(machine.next(now: 30 * DeliveryMachineTests.second) == .bury(4, refusal))
    }

    @Test func `a sink that has ended gets nothing more`() {
        var machine = machine()
        machine.begin(lineCount: 1)
        machine.receive(.ended(reason: "broken pipe"), now: 0)
        #expect(machine.next(now: 0) == .ended("broken pipe"))
        #expect(machine.next(now: 9) == .ended("broken pipe"))
    }
}
