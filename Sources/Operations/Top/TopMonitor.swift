// Looks again and again: the calls that are new, and how the pipeline is.

public import Assembly
import Platform
public import Spool

/// What `earshot top` watches.
public struct TopMonitor: ~Copyable {
    private let spool: LaneSpool
    private let rows: Int
    private let interval: Int64
    private var window: CallWindow
    private var tail: CallTail

    /// The most rows of a grouping on a screen.
    public static let maximumRows = 200

    /// Prepares to watch.
    ///
    /// - Parameters:
    ///   - spool: The spool.
    ///   - window: How far back the window reaches, in nanoseconds.
    ///   - interval: The time between two looks, in nanoseconds.
    ///   - rows: The most rows of a grouping.
    public init(_ spool: LaneSpool, window: Int64, interval: Int64, rows: Int) {
        self.spool = spool
        self.rows = rows
        self.interval = interval
        self.window = CallWindow(nanoseconds: window)
        tail = CallTail(spool)
    }

    /// Looks once.
    public mutating func look() throws(SpoolError) -> TopReport {
        try tail.look(into: &window)
        let now = spool.time.wallNanoseconds()
        window.slide(to: now)
        let pipeline = try SpoolOverview(
            newsOf: spool, since: now - TopReport.dropsNanoseconds(window))
        return TopReport(window, tail, pipeline, rows: rows, interval: interval)
    }
}
