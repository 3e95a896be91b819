// The numbers of a capture for /metrics. What comes from outside names its source; what is not
// available is left out, which is not zero.

import PacketSource
import Recorder
import Spool
import Telemetry

enum CaptureMetrics {
    static func register(_ recorder: Recorder, interfaces: [String], in metrics: MetricsRegistry) {
        metrics.collect { snapshot in
            for (index, lane) in recorder.lanes.enumerated() {
                collect(lane, into: &snapshot, interfaces: interfaces)
                let labels: MetricLabels = ["lane": "\(lane.lane)"]
                let (waiting, capacity) = recorder.backlog(of: index)
                snapshot.gauge(
                    "earshot_capture_pool_buffers", Double(capacity),
                    help: "Buffers between capturing and writing.", labels: labels)
                snapshot.gauge(
                    "earshot_capture_pool_buffers_waiting", Double(waiting),
                    help: "Buffers that wait for the writer.", labels: labels)
            }
            snapshot.gauge(
                "earshot_capture_spool_bytes", Double(recorder.gate.storedBytes),
                help: "Bytes of sealed packet segments and their manifests.")
            snapshot.gauge(
                "earshot_capture_storing", recorder.gate.isAllowed ? 1 : 0,
                help: "1 while packets are stored, 0 while there is no room.")
            let deleted = recorder.gate.deleted
            snapshot.counter(
                "earshot_capture_deleted_segments", deleted.processed,
                help: "Assembled packet segments deleted.", labels: ["assembled": "yes"])
            snapshot.counter(
                "earshot_capture_deleted_segments", deleted.unprocessed,
                help: "Assembled packet segments deleted.", labels: ["assembled": "no"])
        }
    }

    private static func collect(
        _ lane: RecorderLane, into snapshot: inout MetricsSnapshot, interfaces: [String]
    ) {
        let labels: MetricLabels = ["lane": "\(lane.lane)"]
        let counters = lane.counters
        let lost = lane.lost
        snapshot.counters(
            "earshot_capture", of: "Recorder", labels: labels
        ) { counters.forEach($0) }
        snapshot.counters("earshot_capture", of: "Not stored", labels: labels) { lost.forEach($0) }
        for (index, numbers) in lane.sources.enumerated() {
            let name = index < interfaces.count ? interfaces[index] : "\(index)"
            let own = labels.adding("interface", name)
            let kernel = own.adding("source", numbers.kernelSource)
            if let received = numbers.received {
                snapshot.counter(
                    "earshot_capture_received_packets", received,
                    help: "Packets that passed the filter, dropped ones included.", labels: kernel)
            }
            if let dropped = numbers.kernelDropped {
                snapshot.counter(
                    "earshot_capture_kernel_dropped_packets", dropped,
                    help: "Packets the kernel's ring had no room for.", labels: kernel)
            }
            if let dropped = numbers.interfaceDropped {
                snapshot.counter(
                    "earshot_capture_interface_dropped_packets", dropped,
                    help: "Packets the interface lost before the kernel saw them.",
                    labels: own.adding("source", numbers.interfaceSource))
            }
            snapshot.counter(
                "earshot_capture_abandoned_packets", numbers.abandoned,
                help: "Packets in rings that went away with their interface.", labels: own)
        }
    }
}
