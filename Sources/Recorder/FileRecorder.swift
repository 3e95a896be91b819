// Capture files into lanes: one reader, the lane of each packet by the hash the kernel would use.

import Bytes
public import PacketSource
public import Platform

/// Reads capture files into a recorder.
public struct FileRecorder: ~Copyable {
    private var capture: OfflineCapture
    private let recorder: Recorder
    private let vxlanPorts: [UInt16]
    private let events: RecorderEvents

    /// Prepares to read files.
    ///
    /// - Parameters:
    ///   - paths: The files, `-` for standard input.
    ///   - filter: Which packets are wanted; nil for all.
    ///   - vxlanPorts: The UDP ports whose packets are dealt out by what is in them.
    ///   - recorder: Where the packets go.
    ///   - events: Hears of damaged files.
    public init(
        paths: [String], filter: KernelFilter?, vxlanPorts: [UInt16], recorder: Recorder,
        events: RecorderEvents = .ignored
    ) {
        capture = OfflineCapture(paths: paths, filter: filter)
        self.recorder = recorder
        self.vxlanPorts = vxlanPorts
        self.events = events
    }

    /// Reads until the files end or `shouldStop` says so, then closes the lanes.
    ///
    /// - Throws: `CaptureError` for a file that cannot be read; what was read before it is stored.
    public mutating func run(
        time: any TimeSource = SystemTime(), shouldStop: @escaping () -> Bool
    ) throws(CaptureError) {
        var dealer = FileDealer(
            recorder: recorder, vxlanPorts: vxlanPorts, time: time, shouldStop: shouldStop)
        var failure: CaptureError?
        do throws(CaptureError) {
            try capture.run(into: &dealer)
        } catch {
            failure = error
        }
        for warning in capture.warnings { events.send(.fileWarning(warning)) }
        dealer.finish(capture)
        if let failure {
            events.send(.fileFailed(failure))
            throw failure
        }
    }
}

/// Deals packets of files out to the lanes' intakes.
struct FileDealer: ~Copyable, FilePacketHandler {
    let recorder: Recorder
    let hash: LaneHash
    let time: any TimeSource
    let shouldStop: () -> Bool
    let laneCount: Int
    var intakes = Slab<PacketIntake>()
    var linkTypes: [UInt16] = []
    var nextTelling: Int64 = 0

    init(
        recorder: Recorder, vxlanPorts: [UInt16], time: any TimeSource,
        shouldStop: @escaping () -> Bool
    ) {
        self.recorder = recorder
        self.time = time
        self.shouldStop = shouldStop
        hash = LaneHash(vxlanPorts: vxlanPorts)
        laneCount = recorder.lanes.count
        for lane in recorder.lanes.indices { _ = intakes.claim { recorder.intake(of: lane) } }
    }

    mutating func handle(_ packet: SourcePacket, bytes: Span<UInt8>) {
        var lane: Int32 = 0
        if laneCount > 1 {
            let linkType = linkTypes[packet.interface]
            lane = Int32(hash.lane(of: bytes, linkType: linkType, lanes: laneCount))
        }
        intakes[lane].handle(packet, bytes: bytes)
    }

    mutating func describe(_ interface: SourceInterface, at index: Int) {
        linkTypes.append(interface.linkType)
        for lane in 0..<Int32(laneCount) { intakes[lane].describe(interface, at: index) }
    }

    mutating func pause() -> Bool {
        let now = time.monotonicNanoseconds()
        for lane in 0..<Int32(laneCount) {
            intakes[lane].now = now
            // A pipe may be live: its packets go on by the clock. A file's buffers go when full.
            if recorder.options.sealAfterNanoseconds != nil {
                intakes[lane].handOver(olderThan: recorder.options.handOverNanoseconds)
            }
        }
        if now >= nextTelling {
            nextTelling = now + CaptureLoop.tellNanoseconds
            tell(DeclaredDrops())
        }
        return !shouldStop()
    }

    mutating func finish(_ capture: borrowing OfflineCapture) {
        let filtered = PacketCount(packets: capture.filteredPackets, bytes: capture.filteredBytes)
        if !filtered.isZero { intakes[0].countFiltered(filtered) }
        tell(capture.declared, filtered: filtered.packets)
        for lane in 0..<Int32(laneCount) {
            intakes[lane].finish()
            recorder.close(lane: Int(lane))
        }
    }

    /// Publishes how many packets came, and what the files' writers say they dropped.
    mutating func tell(_ declared: DeclaredDrops, filtered: UInt64 = 0) {
        for lane in 0..<Int32(laneCount) {
            for index in linkTypes.indices {
                var numbers = SourceNumbers()
                numbers.received = intakes[lane].received(at: index)
                numbers.kernelSource = "capture file"
                if lane == 0, index == 0 {
                    numbers.received = (numbers.received ?? 0) &+ filtered
                    if let dropped = declared.bySystem {
                        // What the file's writer dropped had been received there.
                        numbers.received = (numbers.received ?? 0) &+ dropped
                        numbers.kernelDropped = dropped
                    }
                    numbers.interfaceDropped = declared.byInterface
                    if declared.byInterface != nil { numbers.interfaceSource = "capture file" }
                }
                recorder.lanes[Int(lane)].publish(numbers, at: index)
            }
        }
    }
}
