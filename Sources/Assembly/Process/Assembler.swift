// The process around the lanes: one thread each, one that watches over rules, budget and signals.

public import Calls
import Logging
import Platform
import Rules
public import Service
import Spool
import Synchronization
import Telemetry

/// Runs `earshot-assemble`.
public final class Assembler: Sendable {
    let engine: EngineOptions
    let loader: RulesLoader
    let options: AssemblerOptions
    let spool: LaneSpool
    let service: ServiceContext
    let rules: RulesSource
    let gate = LaneGate()
    let gauges: AssemblerGauges
    private let lanes = Mutex<[Lane]>([])

    /// A lane's worker and its thread.
    struct Lane: Sendable {
        var worker: LaneWorker
        var thread: WorkerThread
    }

    /// The least memory a lane is given, whatever the budget says.
    static let leastLaneMemoryBytes = 16 << 20
    /// How often the watch looks at rules, lanes, budget.
    static let watchNanoseconds: Int64 = 250_000_000

    /// Prepares the process.
    ///
    /// - Parameters:
    ///   - engine: The way from packets to calls; its memory is shared by all lanes.
    ///   - loader: The rules, which are read again when they change.
    ///   - options: Everything else.
    ///   - spool: The spool.
    ///   - service: The surroundings.
    public init(
        engine: EngineOptions, loader: RulesLoader, options: AssemblerOptions, spool: LaneSpool,
        service: ServiceContext
    ) throws(ServiceFailure) {
        self.engine = engine
        self.loader = loader
        self.options = options
        self.spool = spool
        self.service = service
        rules = RulesSource(try loader.load())
        gauges = AssemblerGauges(service.metrics)
    }

    /// The flags that can change while the process runs.
    public static let liveFlags: Set<String> = ["ports", "vnis", "rules"]

    /// Assembles until a stop is asked for, or until everything is drained.
    ///
    /// - Parameter changes: Asked some times a second for flags that changed; told whether SIGHUP
    ///   came.
    public func run(
        changes: (_ isAsked: Bool) -> AssemblyFlags? = { _ in nil }
    ) throws(ServiceFailure) {
        let lock = try Assembler.serviceable { () throws(SpoolError) in
            try spool.layout.prepare(files: spool.files)
            return try SpoolLock(role: "assemble", layout: spool.layout, files: spool.files)
        }
        let book = try Assembler.serviceable { () throws(SpoolError) in try AssembleBook(spool) }
        registerMetrics()
        service.health.clear("starting")
        defer { endLanes() }
        try watch(book, changes)
        endLanes()
        _ = consume lock
        try report()
    }

    private func watch(
        _ book: AssembleBook, _ changes: (_ isAsked: Bool) -> AssemblyFlags?
    ) throws(ServiceFailure) {
        let heartbeat = service.health.loop("watch", maximumSilence: .seconds(60))
        var watchedRules = WatchedRules(loader)
        var watchedBudget = WatchedBudget(limit: options.callsBudgetBytes)
        while true {
            heartbeat.beat()
            do throws(IOError) {
                try startLanes(book)
                watchedBudget.look(self)
            } catch {
                throw ServiceFailure(ExitCode(for: error), "\(error)")
            }
            let isAsked = service.signals.takeHangup()
            if let flags = changes(isAsked) { watchedRules.take(flags, self) }
            watchedRules.look(self, isAsked: isAsked)
            if options.drains, isOver { return }
            if service.signals.wait(nanoseconds: Assembler.watchNanoseconds) { return }
        }
    }

    // A drain is over when all lanes are, and no capture can begin another one.
    private var isOver: Bool {
        let isIdle = lanes.withLock { lanes in
            lanes.allSatisfy { lane in
                if case .running = lane.worker.outcome { return false }
                return true
            }
        }
        guard isIdle else { return false }
        do throws(SpoolError) {
            return try !spool.isCaptureRunning()
        } catch {
            service.log.error("spool", metadata: ["error": "\(error)"])
            return true
        }
    }

    private func startLanes(_ book: AssembleBook) throws(IOError) {
        let found = try spool.layout.lanes(.packets, files: spool.files)
        let known = lanes.withLock { Set($0.map(\.worker.report.lane)) }
        for lane in found where !known.contains(lane) {
            var laneOptions = LaneOptions(
                engine: engine, drains: options.drains,
                snapshotEverySegments: options.snapshotEverySegments,
                snapshotLimitBytes: options.snapshotLimitBytes, software: options.software)
            laneOptions.engine.memoryBudgetBytes = max(
                engine.memoryBudgetBytes / found.count, Assembler.leastLaneMemoryBytes)
            let worker = LaneWorker(
                lane: lane, spool: spool, options: laneOptions, rules: rules, book: book,
                gate: gate, service: service)
            let thread = try WorkerThread(name: "lane \(lane)", stackBytes: 4 << 20) {
                worker.run()
            }
            lanes.withLock { $0.append(Lane(worker: worker, thread: thread)) }
        }
    }

    private func endLanes() {
        gate.stop.set()
        for lane in lanes.withLock({ $0 }) { lane.thread.join() }
    }

    private func report() throws(ServiceFailure) {
        var calls: UInt64 = 0
        var packets: UInt64 = 0
        for lane in lanes.withLock({ $0 }) {
            let numbers = lane.worker.report.numbers
            calls += numbers.calls
            packets += numbers.packets
            if case .failed(let error) = lane.worker.outcome {
                throw ServiceFailure(error.exitCode, "lane \(lane.worker.report.lane): \(error)")
            }
        }
        service.log.info(
            "assembled", metadata: ["packets": "\(packets)", "calls": "\(calls)"])
    }

    /// The reports of the lanes there are.
    var reports: [LaneReport] { lanes.withLock { $0.map(\.worker.report) } }

    private func registerMetrics() {
        service.metrics.collect { [weak self] snapshot in self?.collect(into: &snapshot) }
    }

    static func serviceable<Value: ~Copyable>(
        _ body: () throws(SpoolError) -> Value
    ) throws(ServiceFailure) -> Value {
        do throws(SpoolError) {
            return try body()
        } catch {
            // What is missing or in the way of a spool to be made is nothing that was to be read.
            let code = error.exitCode
            throw ServiceFailure(code == .noInput ? .cannotCreate : code, "\(error)")
        }
    }
}
