// What a group of sinks does now and then: deletes call segments that every sink has acknowledged,
// and says how far behind each sink is. Only cursors that are on disk count.

import Logging
import Platform
import Spool
import Telemetry

/// Backlog numbers and retention of the call segments.
struct Housekeeping {
    let sinks: [String]
    let layout: SpoolLayout
    let files: any FileSystem
    let time: any TimeSource
    let log: Logger
    let metrics: MetricsRegistry
    let retainNanoseconds: Int64

    /// Looks at the spool once; trouble is logged, and tried again next time.
    func keep() {
        do throws(SpoolError) {
            var cursors: [String: ShipCursor] = [:]
            for sink in sinks {
                let state = StateFile(
                    ShipCursor.self, name: SinkCursor.fileName(sink: sink), layout: layout,
                    files: files)
                cursors[sink] = try state.load()?.value ?? ShipCursor(sink: sink)
            }
            var limits = RetentionLimits()
            limits.retainNanoseconds = retainNanoseconds
            // Space is the business of who writes: ship deletes by age only.
            limits.minimumFreeBytes = 0
            limits.reservedBytes = 0
            var retention = try Retention(.calls, limits: limits, layout: layout, files: files)
            show(retention.inventory, cursors)
            guard !sinks.isEmpty else { return }
            let report = try retention.collect(
                wallNanoseconds: time.wallNanoseconds(), openBytes: 0,
                processedBelow: { lane in Housekeeping.floor(lane, cursors) },
                // Newest first finishes segments above the place.
                isProcessed: { lane, sequence in
                    cursors.values.allSatisfy { $0.isDone(lane, sequence) }
                })
            metrics.counter(
                "earshot_ship_segments_deleted",
                help: "Call segments deleted after every sink acknowledged them."
            ).add(report.deleted)
            if report.deleted > 0 {
                log.debug(
                    "segments_deleted",
                    metadata: ["segments": "\(report.deleted)", "bytes": "\(report.deletedBytes)"])
            }
        } catch {
            log.warning("housekeeping", metadata: ["error": "\(error)"])
        }
    }

    /// The sequence below which every sink has everything.
    static func floor(_ lane: UInt32, _ cursors: [String: ShipCursor]) -> UInt64 {
        cursors.values.map { $0.acknowledged[lane]?.sequence ?? 0 }.min() ?? 0
    }

    private func show(_ inventory: Inventory, _ cursors: [String: ShipCursor]) {
        let now = time.wallNanoseconds()
        for (sink, cursor) in cursors {
            var bytes: UInt64 = 0
            var oldest: Int64?
            for lane in inventory.laneNumbers {
                for segment in inventory.segments(of: lane)
                where !cursor.isDone(lane, segment.sequence) {
                    bytes += segment.bytes
                    oldest = min(oldest ?? .max, segment.sealedNanoseconds)
                }
            }
            let labels: MetricLabels = ["sink": sink]
            metrics.gauge(
                "earshot_ship_backlog_bytes",
                help: "Bytes of sealed call segments the sink has not acknowledged.",
                labels: labels
            ).set(Double(bytes))
            let age = oldest.map { max(0, Double(now - $0) * 1e-9) } ?? 0
            metrics.gauge(
                "earshot_ship_backlog_age_seconds",
                help: "Age of the oldest call segment the sink has not acknowledged.",
                labels: labels
            ).set(age)
        }
    }
}
