// The lanes' numbers as metrics, copied at scrape time.

import Platform
import Spool
import Telemetry

extension Assembler {
    /// Counts what waits to be assembled.
    func lookAtBacklog() throws(IOError) {
        for report in reports {
            let usage = try StageUsage.ofLane(
                .packets, report.lane, from: report.numbers.next, in: spool)
            gauges.setBacklog(usage, of: report.lane)
        }
    }

    func collect(into snapshot: inout MetricsSnapshot) {
        for report in reports {
            let numbers = report.numbers
            let labels: MetricLabels = ["lane": "\(report.lane)"]
            collectCounters(numbers, labels, &snapshot)
            collectGauges(numbers, report.lane, labels, &snapshot)
            for count in numbers.counts {
                let words = count.name.description.split(separator: "_").joined(separator: " ")
                snapshot.counter(
                    "earshot_assemble_\(count.room)_\(count.name)", count.value,
                    help: "\(count.room): \(words).", labels: labels)
            }
        }
    }

    private func collectCounters(
        _ numbers: LaneReport.Numbers, _ labels: MetricLabels, _ snapshot: inout MetricsSnapshot
    ) {
        let counters: [(String, UInt64, String)] = [
            ("segments", numbers.segments, "Packet segments assembled."),
            ("segments_read_again", numbers.segmentsReadAgain, "Segments read again at a start."),
            ("segments_missing", numbers.segmentsMissing, "Packet segments that were missing."),
            ("spool_damages", numbers.holes, "Places where packet segments were damaged."),
            ("spool_damaged_bytes", numbers.damagedBytes, "Bytes of packet segments lost."),
            ("packets", numbers.packets, "Packets read."),
            ("packet_bytes", numbers.packetBytes, "Captured bytes of the packets read."),
            ("calls", numbers.calls, "Call records written."),
            ("call_bytes", numbers.callBytes, "Bytes of call records, before compression."),
            ("snapshots", numbers.snapshots, "Snapshots of flows written."),
            ("snapshot_bytes", numbers.snapshotBytes, "Bytes of the snapshots written."),
            ("snapshots_over_limit", numbers.snapshotsOverLimit, "Snapshots too large to write."),
            ("snapshots_failed", numbers.snapshotsFailed, "Snapshots that could not be written."),
            ("snapshots_refused", numbers.snapshotsRefused, "Snapshots that could not be read."),
        ]
        for (name, value, help) in counters {
            snapshot.counter("earshot_assemble_\(name)", value, help: help, labels: labels)
        }
    }

    private func collectGauges(
        _ numbers: LaneReport.Numbers, _ lane: UInt32, _ labels: MetricLabels,
        _ snapshot: inout MetricsSnapshot
    ) {
        let backlog = gauges.backlog(of: lane)
        var values: [(String, Double, String)] = [
            ("open_flows", Double(numbers.flows), "Flows followed."),
            ("held_bytes", Double(numbers.heldBytes), "Bytes held in flows and messages."),
            (
                "snapshot_seconds", Double(numbers.snapshotNanoseconds) * 1e-9,
                "Time that snapshots took."
            ),
            ("next_segment", Double(numbers.next), "The next packet segment."),
            ("backlog_segments", Double(backlog.segments), "Packet segments not assembled yet."),
            ("backlog_bytes", Double(backlog.bytes), "Bytes of packet segments not assembled yet."),
        ]
        if let last = numbers.lastNanoseconds {
            let lag = Double(spool.time.wallNanoseconds() - last) / 1e9
            values.append(("lag_seconds", lag, "Time since the last packet assembled."))
        }
        for (name, value, help) in values {
            snapshot.gauge("earshot_assemble_\(name)", value, help: help, labels: labels)
        }
    }
}
