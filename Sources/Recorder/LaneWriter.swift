// The writer's side of a lane, as a value: buffers go in, sealed segments come out, the clock is
// asked and never waited for. LaneThread turns it.
//
// Every segment is a whole pcapng file: section header, interface descriptions, the packet blocks
// the capture thread made, interface statistics. What is not stored is counted by cause and said in
// the next manifest that is sealed; what a manifest said that never was is said again.
//
// States: closed → open → (finishing) → closed. `retryAt` is set while the spool refuses: then
// nothing may be taken in, and `tick` tries again. Files: their packets wait. Live: buffers fill
// up, and the capture thread refuses by quota, not by pool.

import Bytes
import CaptureFile
import PacketSource
import Platform
import Spool
import Synchronization

/// Writes the segments of one lane.
struct LaneWriter: ~Copyable {
    let options: RecorderOptions
    let channel: LaneChannel
    let status: RecorderLane
    let layout: SpoolLayout
    let files: any FileSystem
    let sealer: Sealer
    let time: any TimeSource
    let events: RecorderEvents
    let gate: StorageGate

    var writer: SegmentWriter
    var nextSequence: UInt64
    var content = SegmentContent()
    /// Said by no manifest yet.
    var pending = LostPackets()
    var reportedSources: [SourceNumbers] = []
    var returnedSources: [SourceNumbers] = []
    var describedInterfaces = 0
    /// When the first packet of the open segment came.
    var openedAt: Int64 = 0
    var lastSealAt: Int64
    /// Whether the open segment only waits to be handed to the sealer.
    var isFinishing = false
    /// When to try again what the spool refused; nil while all is well.
    var retryAt: Int64?
    var retries = 0
    var scratch = ByteBuffer(capacity: 4 << 10)

    /// The first wait after a refusal; doubled for each further one up to the longest.
    static let firstRetryNanoseconds: Int64 = 100_000_000
    static let longestRetryNanoseconds: Int64 = 2_000_000_000
    /// After so many failures that are not for want of room, the segment goes to quarantine.
    static let failuresBeforeQuarantine = 3
    /// Tries to seal what is left at the end.
    static let lastTries = 5

    init(
        lane: UInt32, options: RecorderOptions, channel: LaneChannel, status: RecorderLane,
        layout: SpoolLayout, files: any FileSystem, sealer: Sealer, time: any TimeSource,
        events: RecorderEvents, gate: StorageGate, nextSequence: UInt64
    ) {
        self.options = options
        self.channel = channel
        self.status = status
        self.layout = layout
        self.files = files
        self.sealer = sealer
        self.time = time
        self.events = events
        self.gate = gate
        self.nextSequence = nextSequence
        lastSealAt = time.monotonicNanoseconds()
        writer = SegmentWriter(
            files: files, layout: layout, stage: .packets, lane: lane,
            level: options.compressionLevel)
    }

    /// Whether no buffer may be taken now: `tick` first.
    func isBlocked(now: Int64) -> Bool {
        if retryAt != nil { return true }
        return options.source == .files && !gate.mayStore(now: now)
    }

    /// When `tick` has something to do.
    func nextDue(now: Int64) -> Int64 {
        if let retryAt { return retryAt }
        var due = now + 1_000_000_000
        if writer.isOpen, let age = options.sealAfterNanoseconds { due = min(due, openedAt + age) }
        if !writer.isOpen, let pause = options.markerAfterNanoseconds {
            due = min(due, lastSealAt + pause)
        }
        return due
    }

    /// Stores the packets of a buffer, or counts why not.
    mutating func take(_ buffer: borrowing PacketBuffer) {
        precondition(retryAt == nil, "nothing is taken while the spool refuses")
        count(refusedWith: buffer)
        guard buffer.packets.packets > 0 else { return }
        let now = time.monotonicNanoseconds()
        guard gate.mayStore(now: now) else {
            seal(now: now)
            return lose(buffer.packets, to: \.quota)
        }
        if !writer.isOpen {
            guard open(now: now) else { return lose(buffer.packets, to: \.quota) }
        }
        if content.packets.packets == 0 { openedAt = buffer.firstArrival }
        describe(upTo: buffer.interfaceCount)
        content.add(buffer)
        publish(buffer)
        perform { (writer: inout SegmentWriter) throws(SpoolError) in
            try writer.write(buffer.blocks.span)
        }
        status.openBytes.store(writer.storedBytes, ordering: .relaxed)
        if writer.plainBytes >= options.sealBytes { seal(now: now) }
    }

    /// Does what is due: retries, seals by age, seals markers.
    mutating func tick(now: Int64) {
        if let due = retryAt {
            guard now >= due else { return }
            retry(now: now)
            if retryAt != nil { return }
        }
        collectReturned()
        if writer.isOpen {
            if let age = options.sealAfterNanoseconds, now - openedAt >= age { seal(now: now) }
        } else if let pause = options.markerAfterNanoseconds, now - lastSealAt >= pause {
            sealMarker(now: now)
        }
    }

    /// Seals what is open, and what is yet to be said.
    ///
    /// A segment that says what was lost can be lost itself: the last word is tried again, for a
    /// second or two, before the log alone must tell.
    mutating func finish() {
        countLeftover()
        for attempt in 0..<Self.lastTries {
            if attempt > 0 {
                time.sleep(nanoseconds: Self.firstRetryNanoseconds << Int64(attempt - 1))
            }
            finishOnce(now: time.monotonicNanoseconds())
            if !writer.isOpen, !hasNews { return }
        }
        if writer.isOpen {
            // The disk refuses to the end: what is in the file stays for the next start.
            events.send(.leftOpen(writer.name))
        }
    }

    private mutating func finishOnce(now: Int64) {
        if retryAt != nil { retry(now: now) }
        if writer.isOpen, !isFinishing { seal(now: now) }
        sealer.waitUntilIdle()
        collectReturned()
        if !writer.isOpen, hasNews { sealMarker(now: now) }
        sealer.waitUntilIdle()
        collectReturned()
    }
}
