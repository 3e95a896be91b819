// Events of the recorder as log lines and reasons against being ready.

import Logging
import PacketSource
import Recorder
import Service
import Spool
import Synchronization
import Telemetry

/// Writes events to the log, at most one line per kind in ten seconds where they can repeat.
final class EventLog: Sendable {
    let log: Logger
    let throttle: LogThrottle
    let health: HealthState
    /// Whether packets are known to be lost for want of a place to write.
    let hasLost = Atomic<Bool>(false)

    init(_ service: ServiceContext) {
        log = service.log
        throttle = service.throttle
        health = service.health
    }

    func take(_ event: RecorderEvent) {
        switch event {
        case .refused(let lane, let error, let attempt):
            health.set("spool-\(lane)", because: "\(error)")
            log.throttled(
                throttle, "refused-\(lane)", level: .error, "spool_refuses",
                metadata: ["lane": "\(lane)", "error": "\(error)", "attempt": "\(attempt)"])
        case .recovered(let lane):
            health.clear("spool-\(lane)")
            log.notice("spool_accepts", metadata: ["lane": "\(lane)"])
        case .quarantined(let name, let error, let path):
            lost(name, error, path, "segment_quarantined")
        case .sealFailed(let name, let error, let path):
            lost(name, error, path, "seal_failed")
        case .sealed(let segment):
            log.debug(
                "segment_sealed",
                metadata: [
                    "segment": "\(segment.name)", "bytes": "\(segment.facts.storedBytes)",
                    "plain": "\(segment.facts.plainBytes)",
                ])
        case .leftOpen(let name):
            hasLost.store(true, ordering: .relaxed)
            log.error("segment_left_open", metadata: ["segment": "\(name)"])
        case .storageRefused(let reason):
            health.set("storage", because: reason)
            log.throttled(
                throttle, "storage", level: .error, "packets_refused",
                metadata: ["reason": "\(reason)"])
        case .storageAllowed:
            health.clear("storage")
            log.throttled(throttle, "room", level: .notice, "packets_stored_again", metadata: [:])
        case .housekeepingFailed(let error):
            log.throttled(
                throttle, "keep", level: .warning, "housekeeping", metadata: ["error": "\(error)"])
        case .interfaceLost(let name, let error):
            health.set("interface-\(name)", because: "\(error)")
            log.throttled(
                throttle, "interface-\(name)", level: .error, "interface_lost",
                metadata: ["interface": "\(name)", "error": "\(error)"])
        case .interfaceBack(let name):
            health.clear("interface-\(name)")
            log.notice("interface_back", metadata: ["interface": "\(name)"])
        case .filterRefused(let name, let error):
            health.set("filter-\(name)", because: "\(error); the old filter stays")
            log.error(
                "filter_refused",
                metadata: ["interface": "\(name)", "error": "\(error)", "in_force": "the old one"])
        case .fileWarning(let warning):
            log.warning(
                "file",
                metadata: [
                    "path": "\(warning.path)", "about": "\(warning.message)",
                    "lost_bytes": "\(warning.lostBytes)",
                ])
        case .fileFailed(let error):
            log.error("file", metadata: ["error": "\(error)"])
        }
    }

    private func lost(_ name: SegmentName, _ error: SpoolError, _ path: String?, _ event: String) {
        hasLost.store(true, ordering: .relaxed)
        log.error(
            "\(event)",
            metadata: [
                "segment": "\(name)", "error": "\(error)", "kept": "\(path ?? "where it was")",
            ])
    }
}
