import Service
import Testing

@Suite struct ClockWatchTests {
    let second: Int64 = 1_000_000_000

    @Test func `a clock that is set is told once, a steered one is not`() {
        var watch = ClockWatch()
        #expect(watch.look(wallNanoseconds: 100 * second, monotonicNanoseconds: 0) == nil)
        var wall = 100 * second
        for moment in 1...100 as ClosedRange<Int64> {
            // Half a millisecond a second, as NTP steers.
            wall += second + 500_000
            let step = watch.look(wallNanoseconds: wall, monotonicNanoseconds: moment * second)
            #expect(step == nil)
        }
        wall -= 3600 * second
        #expect(
            watch.look(wallNanoseconds: wall, monotonicNanoseconds: 100 * second) == -3600 * second)
        #expect(watch.look(wallNanoseconds: wall, monotonicNanoseconds: 100 * second) == nil)
        wall += 5 * second
        #expect(
            watch.look(wallNanoseconds: wall, monotonicNanoseconds: 102 * second) == 3 * second)
    }
}
