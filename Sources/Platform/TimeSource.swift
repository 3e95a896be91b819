// The only clocks in the package. Packet time is not one of them: it comes with the packets.

import Glibc
import Synchronization

/// Where the time of day and elapsed time come from.
public protocol TimeSource: Sendable {
    /// Nanoseconds since 1970; may jump.
    func wallNanoseconds() -> Int64
    /// Nanoseconds since some start; never goes back.
    func monotonicNanoseconds() -> Int64
    /// Returns when `nanoseconds` have passed.
    func sleep(nanoseconds: Int64)
}

/// The machine's clocks.
public struct SystemTime: TimeSource {
    /// Gives access to the clocks.
    public init() {}

    /// Nanoseconds since 1970.
    public func wallNanoseconds() -> Int64 { read(CLOCK_REALTIME) }

    /// Nanoseconds since some fixed moment; never goes back.
    public func monotonicNanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Waits for a time.
    public func sleep(nanoseconds: Int64) {
        var rest = timespec(nanoseconds: max(nanoseconds, 0))
        // SAFETY: nanosleep reads and writes the struct it is given.
        var left = timespec()
        while unsafe nanosleep(&rest, &left) < 0, errno == EINTR { rest = left }
    }

    private func read(_ clock: clockid_t) -> Int64 {
        var now = timespec()
        // SAFETY: clock_gettime fills the struct it is given; these clocks always exist.
        _ = unsafe clock_gettime(clock, &now)
        return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
    }
}

/// Clocks that a test moves.
public final class ManualTime: TimeSource {
    private let state: Mutex<(wall: Int64, monotonic: Int64)>

    /// Starts at a moment of the wall clock.
    public init(wall: Int64 = 0) { state = Mutex((wall, 0)) }

    /// Lets time pass.
    public func advance(nanoseconds: Int64) {
        state.withLock { state in
            state.wall += nanoseconds
            state.monotonic += nanoseconds
        }
    }

    /// Nanoseconds since 1970.
    public func wallNanoseconds() -> Int64 { state.withLock { $0.wall } }

    /// Nanoseconds since some fixed moment; never goes back.
    public func monotonicNanoseconds() -> Int64 { state.withLock { $0.monotonic } }

    /// Waits for a time.
    public func sleep(nanoseconds: Int64) { advance(nanoseconds: max(nanoseconds, 0)) }
}

extension timespec {
    init(nanoseconds: Int64) {
        self.init(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }
}
