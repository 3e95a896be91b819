// What is told to the service manager that started the process: ready, alive, stopping, status.
// sd_notify(3): lines `NAME=value` in a datagram to the socket that $NOTIFY_SOCKET names.

import Platform

/// The service manager's socket and how often it wants to hear of us. Absent without one.
struct ServiceManager: Sendable {
    /// A path, or an abstract name behind `@`.
    let socket: String
    /// Between two signs of life; half of what the manager allows. Nil when it does not watch.
    let watchdogNanoseconds: Int64?

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`; nil when there is no manager.
    init?(_ environment: [String: String], processID: Int32) {
        guard let socket = environment["NOTIFY_SOCKET"],
            socket.hasPrefix("/") || socket.hasPrefix("@")
        else { return nil }
        self.socket = socket
        let isOurs = environment["WATCHDOG_PID"].map { $0 == String(processID) } ?? true
        let microseconds = Int64(environment["WATCHDOG_USEC"] ?? "") ?? 0
        let isWatched = isOurs && microseconds > 0 && microseconds <= ServiceManager.longestWatch
        watchdogNanoseconds = isWatched ? microseconds * 500 : nil
    }

    /// The first socket the manager opened for this process, if it did. sd_listen_fds(3).
    static func inheritedSocket(_ environment: [String: String], processID: Int32) -> Int32? {
        let isOurs = environment["LISTEN_PID"] == String(processID)
        guard isOurs, let count = Int(environment["LISTEN_FDS"] ?? ""), count > 0 else {
            return nil
        }
        return firstInherited
    }

    /// SD_LISTEN_FDS_START.
    private static let firstInherited: Int32 = 3

    /// A day, in microseconds: a longer watch is none.
    private static let longestWatch: Int64 = 86_400_000_000

    /// Tells the manager something; a manager that does not listen is no reason to stop working.
    func tell(_ lines: [String]) {
        // A line feed inside a text would begin another assignment.
        let clean = lines.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
        do throws(IOError) {
            try Peer.send(clean.joined(separator: "\n"), to: socket)
        } catch {
            // It sees the silence, which is what the watchdog is for.
            return
        }
    }
}
