// Live capture in lanes: for each lane a thread that empties one ring per interface, and one thread
// that opens interfaces again that went away.
//
// An interface's rings are opened together, in the order of the lanes: the kernel gives lane n's
// packets to the n-th ring that joined.

public import PacketSource
public import Platform
import Synchronization

/// Captures on interfaces into a recorder.
public final class LiveRecorder: Sendable {
    let plan: LivePlan
    let recorder: Recorder
    let time: any TimeSource
    let events: RecorderEvents
    /// Open rings on their way to the thread of their lane.
    let mailboxes: [BoundedQueue<ActiveCapture>]
    /// By interface: how many lanes are without its ring.
    let missing: Mutex<[Int]>
    /// By lane: how often its thread turned.
    private let turns: Mutex<[UInt64]>
    let stopFlag = StopFlag()
    private let groups = Atomic<Int>(0)
    private let filter: Mutex<KernelFilter>
    /// How often the filter was replaced; lanes look for it at every turn.
    let filterGeneration = Atomic<UInt64>(0)
    private let threads = Mutex<[WorkerThread]>([])
    private let watcher = Mutex<WorkerThread?>(nil)

    /// How often an interface that is away is tried.
    static let reopenNanoseconds: Int64 = 1_000_000_000

    /// Opens all interfaces; those that are there but down are waited for while the others run.
    ///
    /// - Throws: `CaptureError` when an interface does not exist or may not be opened.
    public init(
        plan: LivePlan, recorder: Recorder, time: any TimeSource = SystemTime(),
        events: RecorderEvents = .ignored
    ) throws(CaptureError) {
        self.plan = plan
        self.recorder = recorder
        self.time = time
        self.events = events
        let lanes = recorder.lanes.count
        mailboxes = (0..<lanes).map { _ in BoundedQueue(capacity: 2 * plan.interfaces.count) }
        turns = Mutex((0..<lanes).map { _ in 0 })
        missing = Mutex(plan.interfaces.map { _ in 0 })
        filter = Mutex(plan.filter)
        for index in plan.interfaces.indices {
            do throws(CaptureError) {
                try open(index)
            } catch {
                guard case .interfaceDown = error else { throw error }
                missing.withLock { $0[index] = lanes }
                events.send(.interfaceLost(plan.interfaces[index], error))
            }
        }
    }

    /// Starts the threads.
    public func start() throws(IOError) {
        for lane in mailboxes.indices {
            let thread = try WorkerThread(name: "capture-\(lane)") { [self] in
                var loop = CaptureLoop(lane: lane, recorder: self)
                loop.run()
            }
            threads.withLock { $0.append(thread) }
        }
        let thread = try WorkerThread(name: "watch") { [self] in watch() }
        watcher.withLock { $0 = thread }
    }

    /// Lets nothing more in, empties the rings, and returns when all packets are with the writers.
    public func stop() {
        stopFlag.set()
        watcher.withLock { $0 }?.join()
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    /// Whether every lane's thread has turned since this was last asked, whatever comes in.
    public var isTurning: Bool {
        turns.withLock { turns in
            let isTurning = turns.allSatisfy { $0 > 0 }
            if isTurning { for lane in turns.indices { turns[lane] = 0 } }
            return isTurning
        }
    }

    /// The filter in force.
    var currentFilter: KernelFilter { filter.withLock { $0 } }

    /// Lets through what another filter wants, from now on; every lane takes it at its next turn.
    ///
    /// No packet that both filters want is lost. An interface whose kernel refuses the new filter
    /// keeps the old one, and says so as an event.
    public func replaceFilter(_ new: KernelFilter) {
        filter.withLock { $0 = new }
        filterGeneration.add(1, ordering: .releasing)
    }

    /// A lane's thread turned.
    func turned(_ lane: Int) { turns.withLock { $0[lane] += 1 } }

    /// Whether every interface is open.
    public var areAllOpen: Bool { missing.withLock { $0.allSatisfy { $0 == 0 } } }

    /// Opens the rings of an interface, joins them, and sends each to its lane.
    func open(_ index: Int) throws(CaptureError) {
        let name = plan.interfaces[index]
        let lanes = mailboxes.count
        let opened = BoundedQueue<ActiveCapture>(capacity: lanes)
        let group = nextGroup()
        for lane in 0..<lanes {
            let ring = try ConfiguredCapture(interface: name, options: plan.options)
                .activate(index: index)
            if lanes > 1 {
                try ring.joinLanes(
                    group: group, vxlanPorts: plan.filter.vxlanPorts, isFirst: lane == 0)
            }
            _ = opened.tryPush(ring)
        }
        for lane in 0..<lanes {
            guard var ring = opened.tryPop() else { break }
            try ring.start(currentFilter)
            _ = mailboxes[lane].tryPush(ring)
        }
    }

    /// A number for a fanout group that no other on this machine is likely to have.
    private func nextGroup() -> UInt16 {
        let count = groups.add(1, ordering: .relaxed).newValue
        return UInt16(truncatingIfNeeded: Int(Privileges.processID) &* 31 &+ count)
    }

    /// A lane lost its ring of an interface.
    func lost(_ index: Int, _ error: CaptureError) {
        let isFirst = missing.withLock { missing in
            missing[index] += 1
            return missing[index] == 1
        }
        if isFirst { events.send(.interfaceLost(plan.interfaces[index], error)) }
    }

    private func watch() {
        var nextTry = time.monotonicNanoseconds()
        while !stopFlag.isSet {
            time.sleep(nanoseconds: 100_000_000)
            let now = time.monotonicNanoseconds()
            guard now >= nextTry else { continue }
            nextTry = now + Self.reopenNanoseconds
            let away = missing.withLock { missing in
                missing.indices.filter { missing[$0] == mailboxes.count }
            }
            for index in away { reopen(index) }
        }
    }

    private func reopen(_ index: Int) {
        do throws(CaptureError) {
            try open(index)
            missing.withLock { $0[index] = 0 }
            events.send(.interfaceBack(plan.interfaces[index]))
        } catch {
            // It is still away, which was said when it went; other reasons are worth a line.
            if !error.isTransient { events.send(.interfaceLost(plan.interfaces[index], error)) }
        }
    }
}
