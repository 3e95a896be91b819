// earshot-capture: writes packets to the spool, and nothing else. The one process that may open
// sockets on the wire; CAP_NET_RAW is all it needs.

import ArgumentParser
import Logging
import PacketSource
import Platform
import Recorder
import Service
import Spool
import Synchronization
import Telemetry

@main
struct Capture: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "earshot-capture",
        abstract: "Writes the packets of interfaces or capture files to the spool.",
        discussion: """
            Every packet that passes the filter is stored before anything else happens to it; what \
            is not stored is counted by cause. Runs as root, or with CAP_NET_RAW alone: \
            setcap cap_net_raw+ep $(command -v earshot-capture)
            """,
        version: EarshotVersion.line("earshot-capture"))
    static let settings = CaptureSettings.table

    @OptionGroup(title: "What is captured") var input: InputOptions
    @OptionGroup(title: "Memory, lanes, rights") var memory: MemoryOptions
    @OptionGroup(title: "Segments and room") var storage: SpoolOptions
    @OptionGroup(title: "Common") var common: CommonOptions

    var wiring: CaptureWiring { CaptureWiring(input: input, memory: memory, spool: storage) }

    func validateOptions() throws { try wiring.validate(drain: common.drain) }

    func serve(_ service: ServiceContext) throws {
        let wiring = wiring
        do throws(CaptureError) {
            if wiring.readsFiles {
                try OfflineCapture.check(wiring.input.read)
            } else {
                try checkInterfaces(wiring.interfaces)
            }
            try lowerRights()
        } catch {
            throw failure(error)
        }
        let files = LiveFiles()
        let layout = SpoolLayout(root: common.spool)
        let events = EventLog(service)
        let lock = try takeLock(layout, files)
        let recorder = try makeRecorder(wiring, layout, files, RecorderEvents { events.take($0) })
        report(recorder, service.log)
        let names = wiring.readsFiles ? [] : wiring.interfaces
        CaptureMetrics.register(recorder, interfaces: names, in: service.metrics)
        if wiring.readsFiles {
            try readFiles(wiring, recorder, events, service)
        } else {
            try captureLive(wiring, recorder, events, service)
        }
        total(recorder, service.log)
        _ = consume lock
        if wiring.readsFiles, hasLosses(recorder, events) {
            throw ServiceFailure(.ioError, "\(common.spool): packets could not be stored")
        }
    }

    private func takeLock(_ layout: SpoolLayout, _ files: LiveFiles) throws -> SpoolLock {
        do throws(SpoolError) {
            try layout.prepare(files: files, stages: [.packets])
            return try SpoolLock(role: "capture", layout: layout, files: files)
        } catch {
            throw failure(error)
        }
    }

    private func makeRecorder(
        _ wiring: CaptureWiring, _ layout: SpoolLayout, _ files: LiveFiles, _ events: RecorderEvents
    ) throws -> Recorder {
        let space = try files.freeSpace(layout.root)
        do throws(SpoolError) {
            return try Recorder(
                options: wiring.recorderOptions, limits: wiring.retentionLimits(space),
                layout: layout, files: files, events: events)
        } catch {
            throw failure(error)
        }
    }

    private func checkInterfaces(_ names: [String]) throws(CaptureError) {
        for name in names where !InterfaceNames.exists(name) {
            throw .noSuchInterface(name: name, existing: InterfaceNames.all())
        }
    }

    /// Everything but CAP_NET_RAW goes before anything is opened: it is all that opening needs.
    private func lowerRights() throws(CaptureError) {
        var user: PrivilegeDrop.User?
        if let name = memory.user {
            let found = try PrivilegeDrop.User(named: name)
            try PrivilegeDrop.makeDirectory(common.spool, for: found)
            user = found
        }
        try PrivilegeDrop.drop(to: user, readsFiles: wiring.readsFiles)
    }

    private func captureLive(
        _ wiring: CaptureWiring, _ recorder: Recorder, _ events: EventLog,
        _ service: ServiceContext
    ) throws {
        let drain = VXLANDrain(ports: wiring.vxlanPorts)
        report(drain, service.log)
        let plan = LivePlan(
            interfaces: wiring.interfaces, options: wiring.liveOptions, filter: wiring.kernelFilter)
        let live: LiveRecorder
        do throws(CaptureError) {
            live = try LiveRecorder(
                plan: plan, recorder: recorder, events: RecorderEvents { events.take($0) })
        } catch {
            throw failure(error)
        }
        try recorder.start()
        try live.start()
        service.log.notice(
            "capturing",
            metadata: [
                "interfaces": "\(wiring.interfaces.joined(separator: ","))",
                "lanes": "\(memory.lanes)", "spool": "\(common.spool)",
            ])
        service.health.clear("starting")
        let heartbeat = service.health.loop("capture", maximumSilence: .seconds(30))
        var lastLost = LostPackets()
        var clocks = ClockWatch()
        let steps = service.metrics.counter(
            "earshot_capture_clock_steps",
            help: "How often the wall clock, which stamps packets, was set by a second or more.")
        var watch = ConfigurationWatch(Capture.self, service, live: CaptureSettings.live)
        while !service.signals.wait(nanoseconds: 500_000_000) {
            if live.isTurning { heartbeat.beat() }
            warnOfLosses(recorder, &lastLost, service)
            warnOfSteps(&clocks, steps, service.log)
            if let change = watch.look(isAsked: service.signals.takeHangup()) {
                for name in wiring.interfaces { service.health.clear("filter-\(name)") }
                live.replaceFilter(change.command.wiring.kernelFilter)
            }
        }
        live.stop()
        recorder.finish()
        withExtendedLifetime(drain.bindings) {}
    }

    private func readFiles(
        _ wiring: CaptureWiring, _ recorder: Recorder, _ events: EventLog,
        _ service: ServiceContext
    ) throws {
        try recorder.start()
        service.health.clear("starting")
        let heartbeat = service.health.loop("read", maximumSilence: .seconds(60))
        let signals = service.signals
        var reader = FileRecorder(
            paths: wiring.input.read, filter: wiring.fileFilter, vxlanPorts: wiring.vxlanPorts,
            recorder: recorder, events: RecorderEvents { events.take($0) })
        var problem: CaptureError?
        do throws(CaptureError) {
            try reader.run(shouldStop: {
                heartbeat.beat()
                return signals.isStopRequested
            })
        } catch {
            problem = error
        }
        recorder.finish()
        if let problem { throw failure(problem) }
    }
}
