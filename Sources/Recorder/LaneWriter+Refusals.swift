// What is done when the spool refuses: wait and try again, for want of room without end; after
// other errors a few times, then the segment goes to quarantine and its packets are counted as
// lost.

import Bytes
import Platform
import Spool
import Synchronization

extension LaneWriter {
    /// Does something to the segment; a failure makes the writer wait.
    mutating func perform(
        _ body: (inout SegmentWriter) throws(SpoolError) -> Void
    ) {
        do throws(SpoolError) {
            try body(&writer)
        } catch {
            refuse(error, now: time.monotonicNanoseconds())
        }
    }

    /// Notes a refusal and sets the time of the next try.
    mutating func refuse(_ error: SpoolError, now: Int64) {
        retries += 1
        status.state.withLock { $0.counters.writeRetries &+= 1 }
        let isFull = error.cause?.isOutOfSpace == true
        if isFull { channel.isStorageFull.store(true, ordering: .relaxed) }
        events.send(.refused(lane: writer.lane, error, attempt: retries))
        let doublings = min(retries - 1, 8)
        let wait = min(Self.firstRetryNanoseconds << Int64(doublings), Self.longestRetryNanoseconds)
        retryAt = now + wait
        if !isFull, writer.isOpen, retries >= Self.failuresBeforeQuarantine { giveUp(error) }
    }

    /// Tries again what was refused.
    mutating func retry(now: Int64) {
        retryAt = nil
        if writer.isOpen {
            perform { (writer: inout SegmentWriter) throws(SpoolError) in try writer.flushBlock() }
            if retryAt != nil { return }
            // What came in behind the failed write has to follow it.
            writeScratch()
            if isFinishing { handToSealer(now: now) }
        } else {
            // Opening is tried by the next buffer or marker.
            gate.refresh(now: now)
        }
        if retryAt == nil {
            if retries > 0 { events.send(.recovered(lane: writer.lane)) }
            retries = 0
            channel.isStorageFull.store(false, ordering: .relaxed)
        }
    }

    /// Moves the open segment to quarantine; its packets are lost to it, and said to be.
    mutating func giveUp(_ error: SpoolError) {
        let name = writer.name
        var kept: String?
        do throws(SpoolError) {
            kept = try Quarantine.move(
                layout.openPath(name), name: name, suffix: SpoolStage.packets.suffix,
                reason: error.description, layout: layout, files: files)
        } catch {
            // The device refuses that, too: the file stays hidden for the next start, if it can.
            kept = nil
        }
        do throws(SpoolError) {
            try writer.abandon()
        } catch {
            // It was moved: there is nothing to remove.
        }
        status.state.withLock { $0.counters.failedSegments &+= 1 }
        events.send(.quarantined(name, error, path: kept))
        takeBack(content)
        content = SegmentContent()
        isFinishing = false
        scratch.removeAll()
    }

    /// Counts what the capture thread refused before a buffer.
    mutating func count(refusedWith buffer: borrowing PacketBuffer) { count(buffer.lost) }

    /// Counts what the capture thread refused after its last buffer.
    mutating func countLeftover() {
        let rest = channel.leftover.withLock { leftover in
            let rest = leftover
            leftover = LostPackets()
            return rest
        }
        count(rest)
    }

    private mutating func count(_ lost: LostPackets) {
        if lost.isZero { return }
        pending.add(lost)
        status.state.withLock { $0.lost.add(lost) }
    }

    /// Counts the packets of a buffer that cannot be written before the end.
    mutating func giveUp(on buffer: borrowing PacketBuffer) {
        count(refusedWith: buffer)
        lose(buffer.packets, to: \.quota)
    }

    /// Counts packets that are not stored.
    mutating func lose(
        _ packets: PacketCount, to cause: WritableKeyPath<LostPackets, PacketCount>
    ) {
        pending[keyPath: cause].add(packets)
        status.state.withLock { $0.lost[keyPath: cause].add(packets) }
    }

    /// Adds a buffer's packets to the public numbers.
    func publish(_ buffer: borrowing PacketBuffer) {
        let packets = buffer.packets
        var cut = PacketCount()
        for index in buffer.tallies.indices { cut.add(buffer.tallies[index].cut) }
        let missing = cut
        status.state.withLock { state in
            state.counters.storedPackets &+= packets.packets
            state.counters.storedBytes &+= packets.bytes
            state.counters.cutPackets &+= missing.packets
            state.counters.cutBytes &+= missing.bytes
            state.counters.buffers &+= 1
        }
    }
}
