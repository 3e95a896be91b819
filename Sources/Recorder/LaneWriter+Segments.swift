// Opening, sealing, and what is done when the spool refuses.

import Bytes
import CaptureFile
import PacketSource
import Platform
import Spool
import Synchronization

extension LaneWriter {
    /// Opens the next segment with its section header. - Returns: Whether it is open.
    mutating func open(now: Int64) -> Bool {
        do throws(SpoolError) {
            try writer.open(sequence: nextSequence)
        } catch {
            if case .alreadySealed = error { nextSequence += 1 }
            refuse(error, now: now)
            return false
        }
        nextSequence += 1
        content = SegmentContent()
        describedInterfaces = 0
        openedAt = now
        isFinishing = false
        scratch.removeAll()
        PcapngEncoder.appendSectionHeader(
            application: options.software, system: "Linux", to: &scratch)
        return true
    }

    /// Describes the interfaces a buffer needs; its header goes out with them.
    mutating func describe(upTo count: Int) {
        if count > describedInterfaces {
            let known = channel.interfaces.withLock { $0 }
            for index in describedInterfaces..<min(count, known.count) {
                let interface = known[index]
                PcapngEncoder.appendInterface(
                    linkType: UInt32(interface.linkType), snaplen: interface.snaplen,
                    name: interface.name, filter: interface.filter, system: "Linux", to: &scratch)
            }
            describedInterfaces = count
        }
        writeScratch()
    }

    mutating func writeScratch() {
        if scratch.isEmpty { return }
        var held = ByteBuffer()
        swap(&held, &scratch)
        perform { (writer: inout SegmentWriter) throws(SpoolError) in
            try writer.write(held.span)
        }
        held.removeAll()
        swap(&held, &scratch)
    }

    /// Ends the open segment and hands it to the sealer.
    mutating func seal(now: Int64) {
        guard writer.isOpen, !isFinishing else { return }
        describe(upTo: channel.interfaces.withLock { $0.count })
        say(now: now)
        appendStatistics()
        isFinishing = true
        handToSealer(now: now)
    }

    /// Seals a segment without packets, so that packet time and the ledger move on.
    mutating func sealMarker(now: Int64) {
        guard gate.mayStoreMarker(now: now), open(now: now) else {
            lastSealAt = now
            return
        }
        content.isMarker = true
        if options.source == .live {
            // Packets that are in the ring and the buffers now are no older than this.
            let behind = 2 * options.handOverNanoseconds + Self.ringNanoseconds
            content.lastTime = Timestamp(nanoseconds: time.wallNanoseconds() - behind)
        }
        status.state.withLock { $0.counters.markerSegments &+= 1 }
        seal(now: now)
    }

    /// The kernel holds a block of packets that is not full for as long (LiveOptions).
    static let ringNanoseconds: Int64 = 200_000_000

    /// Puts what happened since the last manifest into this one.
    mutating func say(now: Int64) {
        content.lost = pending
        pending = LostPackets()
        let (sources, dropped) = status.state.withLock { state in
            let dropped = state.droppedSegments
            state.droppedSegments = PacketCount()
            return (state.sources, dropped)
        }
        content.droppedSegments.add(dropped)
        content.sources = []
        for index in sources.indices {
            let before = index < reportedSources.count ? reportedSources[index] : SourceNumbers()
            var numbers = sources[index].since(before)
            if index < returnedSources.count { numbers.add(returnedSources[index]) }
            content.sources.append(numbers)
        }
        reportedSources = sources
        returnedSources = []
    }

    mutating func appendStatistics() {
        let now = time.wallNanoseconds()
        let last = content.lastTime.nanoseconds == .min ? now : content.lastTime.nanoseconds
        for index in 0..<describedInterfaces {
            var statistics = InterfaceStatistics(
                interface: UInt32(index), timestamp: Timestamp(nanoseconds: last))
            if content.firstTime <= content.lastTime {
                statistics.startTime = content.firstTime
                statistics.endTime = content.lastTime
            }
            if index < content.sources.count {
                let numbers = content.sources[index]
                statistics.received = numbers.received
                statistics.droppedBySystem = numbers.kernelDropped
                statistics.droppedByInterface = numbers.interfaceDropped
            }
            statistics.delivered =
                index < content.tallies.count ? content.tallies[index].stored.packets : 0
            PcapngEncoder.appendStatistics(statistics, to: &scratch)
        }
        writeScratch()
    }

    mutating func handToSealer(now: Int64) {
        guard retryAt == nil else { return }
        let interfaces = channel.interfaces.withLock { $0 }
        let manifest = content.manifest(interfaces: interfaces, software: options.software)
        let sequence = writer.sequence
        let plainBytes = writer.plainBytes
        let facts = content
        // Before the sealer can report it.
        status.state.withLock { $0.inFlight[sequence] = facts }
        let sealer = sealer
        perform { (writer: inout SegmentWriter) throws(SpoolError) in
            try writer.finish(manifest, with: sealer)
        }
        guard !writer.isOpen else {
            status.state.withLock { $0.inFlight[sequence] = nil }
            return
        }
        status.state.withLock { $0.counters.plainBytes &+= plainBytes }
        isFinishing = false
        content = SegmentContent()
        lastSealAt = now
    }

    /// Whether something is to be said that no manifest said yet.
    var hasNews: Bool {
        if !pending.isZero || !returnedSources.isEmpty { return true }
        let (sources, dropped) = status.state.withLock { ($0.sources, $0.droppedSegments) }
        if !dropped.isZero { return true }
        return sources.indices.contains { index in
            let before = index < reportedSources.count ? reportedSources[index] : SourceNumbers()
            let news = sources[index].since(before)
            return (news.received ?? 0) > 0 || (news.kernelDropped ?? 0) > 0
                || (news.interfaceDropped ?? 0) > 0 || news.abandoned > 0
        }
    }

    /// Takes back what segments should have said that could not be sealed; their packets are lost.
    mutating func collectReturned() {
        let returned = status.state.withLock { state in
            let taken = state.returned
            state.returned = []
            return taken
        }
        for content in returned { takeBack(content) }
    }

    mutating func takeBack(_ content: SegmentContent) {
        pending.add(content.lost)
        let dropped = content.droppedSegments
        status.state.withLock { $0.droppedSegments.add(dropped) }
        while returnedSources.count < content.sources.count {
            returnedSources.append(SourceNumbers())
        }
        for index in content.sources.indices {
            returnedSources[index].add(content.sources[index])
        }
        if content.packets.isZero { return }
        pending.writeError.add(content.packets)
        status.state.withLock { state in
            state.lost.writeError.add(content.packets)
            state.counters.storedPackets &-= content.packets.packets
            state.counters.storedBytes &-= content.packets.bytes
        }
    }
}
