// SIGTERM, SIGINT and SIGHUP as something a loop can look at or wait for. signal-safety(7): the
// handler is C, sets a bit and writes a byte.

import CPlatform
import Glibc

/// The process's signals, caught for good.
public struct SignalTrap: Sendable {
    /// Readable as soon as a signal came; do not read from it.
    public let descriptor: Int32

    /// Installs the handlers; SIGPIPE is ignored from then on. Again is no error.
    public static func install() throws(IOError) -> SignalTrap {
        let descriptor = platform_install_signals()
        if descriptor < 0 { throw .last("sigaction", "SIGTERM") }
        return SignalTrap(descriptor: descriptor)
    }

    /// Whether SIGTERM or SIGINT came.
    public var isStopRequested: Bool {
        platform_signals_seen() & (1 << UInt64(SIGTERM) | 1 << UInt64(SIGINT)) != 0
    }

    /// Whether SIGHUP came since this was last asked.
    public func takeHangup() -> Bool { platform_take_signal(SIGHUP) != 0 }

    /// Asks this process to stop, as SIGTERM would.
    public func requestStop() { platform_raise_signal_bit(SIGTERM) }

    /// Waits for a signal, at most `nanoseconds`.
    ///
    /// - Returns: Whether the process shall stop.
    public func wait(nanoseconds: Int64) -> Bool {
        if isStopRequested { return true }
        if platform_wait_readable(descriptor, max(nanoseconds, 0)) > 0, !isStopRequested {
            platform_drain_signals()
        }
        return isStopRequested
    }

    /// Waits for a signal or for a descriptor that can be read, at most `nanoseconds`.
    ///
    /// - Parameters:
    ///   - other: The descriptor; a negative one is left out.
    ///   - nanoseconds: The longest wait.
    /// - Returns: Whether the descriptor can be read or its other end is gone.
    public func wait(or other: Int32, nanoseconds: Int64) -> Bool {
        let ready = platform_wait_either(descriptor, other, max(nanoseconds, 0))
        if ready > 0, ready & 1 != 0, !isStopRequested { platform_drain_signals() }
        return ready > 0 && ready & 2 != 0
    }

    /// Catches SIGWINCH from now on: a terminal's new size wakes who waits.
    public func watchWindow() throws(IOError) {
        if platform_watch_signal(SIGWINCH) < 0 { throw .last("sigaction", "SIGWINCH") }
    }

    /// Whether SIGWINCH came since this was last asked.
    public func takeWindowChange() -> Bool { platform_take_signal(SIGWINCH) != 0 }

    /// Forgets every signal; for tests.
    public func reset() {
        for signal in [SIGTERM, SIGINT, SIGHUP] { _ = platform_take_signal(signal) }
        platform_drain_signals()
    }
}
