// What the process says of itself in its log: what it found at the start, what it loses, what it
// did.

import Logging
import PacketSource
import Platform
import Recorder
import Service
import Spool
import Synchronization
import Telemetry

extension Capture {
    func report(_ recorder: Recorder, _ log: Logger) {
        for (lane, found) in recorder.recovered.enumerated() {
            if found.sealed.isEmpty, found.quarantined.isEmpty { continue }
            log.notice(
                "recovered",
                metadata: [
                    "lane": "\(lane)", "sealed": "\(found.sealed.count)",
                    "quarantined": "\(found.quarantined.count)",
                    "torn_bytes": "\(found.tornBytes)", "cut_bytes": "\(found.cutBytes)",
                    "next": "\(found.nextSequence)",
                ])
        }
    }

    func report(_ drain: borrowing VXLANDrain, _ log: Logger) {
        for binding in drain.bindings {
            let family = binding.isIPv6 ? "udp6" : "udp4"
            switch binding.outcome {
            case .bound, .unsupported: break
            case .taken:
                log.info(
                    "vxlan_port_taken",
                    metadata: ["port": "\(binding.port)", "protocol": "\(family)"])
            case .failed(let reason):
                log.warning(
                    "vxlan_port",
                    metadata: [
                        "port": "\(binding.port)", "protocol": "\(family)", "error": "\(reason)",
                    ])
            }
        }
    }

    /// One line in ten seconds while packets are lost.
    func warnOfLosses(
        _ recorder: Recorder, _ last: inout LostPackets, _ service: ServiceContext
    ) {
        var lost = LostPackets()
        for lane in recorder.lanes { lost.add(lane.lost) }
        if lost != last {
            service.log.throttled(
                service.throttle, "losses", level: .warning, "packets_not_stored",
                metadata: [
                    "pool": "\(lost.pool.packets)", "quota": "\(lost.quota.packets)",
                    "write_error": "\(lost.writeError.packets)",
                ])
        }
        last = lost
    }

    /// Says when the clock that stamps packets was set.
    func warnOfSteps(_ clocks: inout ClockWatch, _ steps: Counter, _ log: Logger) {
        let time = SystemTime()
        let step = clocks.look(
            wallNanoseconds: time.wallNanoseconds(),
            monotonicNanoseconds: time.monotonicNanoseconds())
        guard let step else { return }
        steps.add(1)
        log.warning(
            "clock_set",
            metadata: [
                "seconds": "\((Double(step) * 1e-9).rounded())",
                "effect": "times of packets and calls change with it; no call is lost by it",
            ])
    }

    func total(_ recorder: Recorder, _ log: Logger) {
        var counters = RecorderCounters()
        var lost = LostPackets()
        var dropped: UInt64 = 0
        for lane in recorder.lanes {
            counters.add(lane.counters)
            lost.add(lane.lost)
            dropped &+= lane.sources.reduce(0) { $0 &+ ($1.kernelDropped ?? 0) }
        }
        log.notice(
            "captured",
            metadata: [
                "packets": "\(counters.storedPackets)", "bytes": "\(counters.storedBytes)",
                "segments": "\(counters.sealedSegments)", "kernel_dropped": "\(dropped)",
                "refused_pool": "\(lost.pool.packets)", "refused_quota": "\(lost.quota.packets)",
                "lost_write_error": "\(lost.writeError.packets)",
                "refused_filter": "\(lost.filtered.packets)",
            ])
    }

    func hasLosses(_ recorder: Recorder, _ events: EventLog) -> Bool {
        if events.hasLost.load(ordering: .relaxed) { return true }
        return recorder.lanes.contains { lane in
            let lost = lane.lost
            return !lost.writeError.isZero || !lost.quota.isZero
        }
    }
}

extension Capture {
    /// ServiceCommand's own `main` would go past the environment and the file. The rights no
    /// capture needs go first of all, before there is a second thread to keep them.
    static func main() {
        PrivilegeDrop.dropWhatIsNeverNeeded()
        ServiceMain.run(Capture.self)
    }
}
