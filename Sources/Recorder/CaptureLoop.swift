// The loop of a capture thread: wait, empty the rings into the intake, hand buffers over in time,
// tell the numbers. Nothing in it waits for anything but packets.

import Bytes
import PacketSource
import Platform
import Synchronization

/// One lane's capture thread.
struct CaptureLoop: ~Copyable {
    /// An interface's place in this lane.
    struct Slot: ~Copyable {
        /// Its ring; nil while the interface is away.
        var ring: ActiveCapture?
        /// What rings before this one counted.
        var earlier = SourceNumbers()
        /// The interface's own loss when it was first looked at; nil when it tells nothing.
        var interfaceBaseline: UInt64?
    }

    let lane: Int
    let recorder: LiveRecorder
    var intake: PacketIntake
    var slots = Slab<Slot>()
    var descriptors = DescriptorSet()
    var filterGeneration: UInt64 = 0

    /// How many packets are taken from a ring before the others have their turn.
    static let packetsPerTurn: Int32 = 4_096
    /// The longest wait for packets: buffers are handed over in between.
    static let waitMilliseconds: Int32 = 50
    /// How often the kernel is asked for its numbers.
    static let tellNanoseconds: Int64 = 500_000_000

    init(lane: Int, recorder: LiveRecorder) {
        self.lane = lane
        self.recorder = recorder
        intake = recorder.recorder.intake(of: lane)
        for index in recorder.plan.interfaces.indices {
            _ = slots.claim { Slot() }
            let counters = InterfaceCounters(interface: recorder.plan.interfaces[index])
            slots[Int32(index)].interfaceBaseline = counters.lost
        }
    }

    mutating func run() {
        let time = recorder.time
        let patience = recorder.recorder.options.handOverNanoseconds
        var nextTelling = time.monotonicNanoseconds()
        collectRings()
        while !recorder.stopFlag.isSet {
            _ = descriptors.wait(milliseconds: Self.waitMilliseconds)
            intake.now = time.monotonicNanoseconds()
            takeFilter()
            for index in 0..<Int32(slots.highWater) { empty(index) }
            intake.handOver(olderThan: patience)
            if intake.now >= nextTelling {
                nextTelling = intake.now + Self.tellNanoseconds
                tell()
                collectRings()
                recorder.turned(lane)
            }
        }
        intake.now = time.monotonicNanoseconds()
        for index in 0..<Int32(slots.highWater) { stop(index) }
        tell()
        intake.finish()
        recorder.recorder.close(lane: lane)
    }

    /// Takes in rings that were opened for this lane.
    mutating func collectRings() {
        var hasChanged = false
        var isBehind = false
        while let ring = recorder.mailboxes[lane].tryPop() {
            let index = Int32(ring.index)
            intake.describe(ring.description, at: ring.index)
            // It may have been opened with the filter before.
            isBehind = isBehind || filterGeneration > 0
            slots[index].ring = consume ring
            hasChanged = true
        }
        if hasChanged { watchDescriptors() }
        if isBehind { replaceFilters() }
    }

    /// Takes a new filter, if there is one.
    mutating func takeFilter() {
        let current = recorder.filterGeneration.load(ordering: .acquiring)
        guard current != filterGeneration else { return }
        filterGeneration = current
        replaceFilters()
    }

    private mutating func replaceFilters() {
        let filter = recorder.currentFilter
        for index in 0..<Int32(slots.highWater) {
            guard var ring = slots[index].ring.take() else { continue }
            do throws(CaptureError) {
                try ring.replaceFilter(filter)
            } catch {
                recorder.events.send(
                    .filterRefused(recorder.plan.interfaces[Int(index)], error))
            }
            slots[index].ring = consume ring
        }
    }

    mutating func watchDescriptors() {
        descriptors.removeAll()
        for index in 0..<Int32(slots.highWater) {
            guard let ring = slots[index].ring.take() else { continue }
            descriptors.insert(ring.fileDescriptor)
            slots[index].ring = consume ring
        }
    }

    mutating func empty(_ index: Int32) {
        guard var ring = slots[index].ring.take() else { return }
        do throws(CaptureError) {
            _ = try ring.dispatch(limit: Self.packetsPerTurn, into: &intake)
            slots[index].ring = consume ring
        } catch {
            account(for: &ring, at: index)
            watchDescriptors()
            recorder.lost(Int(index), error)
        }
    }

    mutating func stop(_ index: Int32) {
        guard var ring = slots[index].ring.take() else { return }
        do throws(CaptureError) {
            try ring.stop(into: &intake)
            slots[index].ring = consume ring
        } catch {
            account(for: &ring, at: index)
        }
    }

    /// Keeps the numbers of a ring that is given up; what it still held is lost with it.
    mutating func account(for ring: inout ActiveCapture, at index: Int32) {
        let last = ring.statistics()
        slots[index].earlier.add(numbers(last))
        let gone = last.received &- last.dropped
        if gone > ring.deliveredPackets {
            slots[index].earlier.abandoned &+= gone &- ring.deliveredPackets
        }
    }

    func numbers(_ statistics: KernelStatistics) -> SourceNumbers {
        var numbers = SourceNumbers()
        numbers.received = statistics.received
        numbers.kernelDropped = statistics.dropped
        numbers.kernelSource = "libpcap"
        return numbers
    }

    /// Publishes what the kernel and the interfaces count.
    mutating func tell() {
        for index in 0..<Int32(slots.highWater) {
            var total = slots[index].earlier
            if var ring = slots[index].ring.take() {
                let statistics = ring.statistics()
                total.add(numbers(statistics))
                // The interface's own counters belong to one lane, or they would count twice.
                if lane == 0, let dropped = statistics.interfaceDropped {
                    total.interfaceDropped = dropped
                    total.interfaceSource = "libpcap"
                }
                slots[index].ring = consume ring
            }
            if lane == 0 {
                let counters = InterfaceCounters(
                    interface: recorder.plan.interfaces[Int(index)])
                if let lost = counters.lost {
                    let before = slots[index].interfaceBaseline ?? 0
                    total.interfaceDropped = lost >= before ? lost - before : lost
                    total.interfaceSource = counters.source
                }
            }
            recorder.recorder.lanes[lane].publish(total, at: Int(index))
        }
    }
}
