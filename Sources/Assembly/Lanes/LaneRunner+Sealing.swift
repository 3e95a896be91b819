// The end of a segment: manifest and seal.

import Bytes
import Calls
import Platform
import Spool

extension LaneRunner {
    /// The counter in a manifest's `assemble` room that marks the calls of a drain.
    static let drainedMark = "drained"

    /// Seals the call segment of what was read last.
    mutating func sealPending(isLast: Bool) throws(AssemblyError) {
        guard var segment = pending else { return }
        pending = nil
        if isLast {
            engine.drain()
            try writeOutput(&segment)
        }
        let all = RoomCount.all(of: engine)
        let added = RoomCount.difference(all, since: counts)
        let callsBefore = calls
        counts = all
        calls = engine.callCounters
        if segment.isSealed {
            try passOver(segment)
        } else {
            var manifest = manifest(of: segment, added: added, since: callsBefore)
            if isLast { manifest.counters["assemble", default: [:]][LaneRunner.drainedMark] = 1 }
            try seal(manifest)
        }
        position = segment.sequence + 1
        committed = max(committed, position)
        publish(segment, added: added, since: callsBefore)
        segmentsSinceNote += 1
        if engine.flowCount == 0, engine.heldByteCount == 0 { quietFrom = position }
        if segmentsSinceNote >= options.snapshotEverySegments { noteIfPossible(.due) }
    }

    private mutating func seal(_ manifest: CallsManifest) throws(AssemblyError) {
        do throws(SpoolError) {
            _ = try writer.seal(manifest, wallNanoseconds: spool.time.wallNanoseconds())
        } catch {
            throw .spool(error)
        }
    }

    // A sealed call segment may hold the calls of a drain: then no flow was open behind it.
    private mutating func passOver(_ segment: PendingSegment) throws(AssemblyError) {
        let name = SegmentName(stage: .calls, lane: lane, sequence: segment.sequence)
        let manifest = try AssemblyError.wrap { () throws(SpoolError) in
            try ManifestFile.load(
                CallsManifest.self, name, layout: spool.layout, files: spool.files)
        }
        guard manifest?.counters["assemble"]?[LaneRunner.drainedMark] == 1 else { return }
        engine.drain()
        engine.output.removeAll()
        counts = RoomCount.all(of: engine)
        calls = engine.callCounters
    }

    private func manifest(
        of segment: PendingSegment, added: [RoomCount], since before: CallCounters
    ) -> CallsManifest {
        var manifest = CallsManifest(
            software: options.software, packetSegment: segment.sequence)
        manifest.lines = calls.calls &- before.calls
        manifest.calls = [
            "full": calls.full &- before.full,
            "partial": calls.partial &- before.partial,
            "request_only": calls.requestOnly &- before.requestOnly,
            "response_only": calls.responseOnly &- before.responseOnly,
        ]
        manifest.counters = RoomCount.byRoom(added)
        // What is open at the border: bytes that later segments account for.
        manifest.counters["assemble"] = [
            "packets": segment.tally.packets, "packet_bytes": segment.tally.packetBytes,
            "holes": segment.tally.holes, "skipped_bytes": segment.tally.skippedBytes,
            "open_flows": UInt64(max(engine.flowCount, 0)),
            "held_bytes": UInt64(max(engine.heldByteCount, 0)),
            "call_bytes": segment.callBytes,
        ]
        manifest.firstNanoseconds = segment.tally.firstTime?.nanoseconds
        manifest.lastNanoseconds =
            (segment.tally.lastTime ?? segment.tally.statisticsTime)?.nanoseconds
        manifest.damagedBytes = segment.damagedBytes &+ segment.tally.skippedBytes
        manifest.skippedSegments = segment.skipped
        return manifest
    }

    private func publish(
        _ segment: PendingSegment, added: [RoomCount], since before: CallCounters
    ) {
        let flows = engine.flowCount
        let held = engine.heldByteCount
        let calls = calls.calls &- before.calls
        report.update { numbers in
            numbers.next = segment.sequence + 1
            numbers.flows = flows
            numbers.heldBytes = held
            if let time = segment.tally.lastTime ?? segment.tally.statisticsTime {
                numbers.lastNanoseconds = time.nanoseconds
            }
            if segment.isSealed {
                numbers.segmentsReadAgain &+= 1
                return
            }
            RoomCount.add(added, to: &numbers.counts)
            numbers.segments &+= 1
            numbers.segmentsMissing &+= segment.skipped
            numbers.holes &+= segment.tally.holes
            numbers.damagedBytes &+= segment.damagedBytes &+ segment.tally.skippedBytes
            numbers.packets &+= segment.tally.packets
            numbers.packetBytes &+= segment.tally.packetBytes
            numbers.calls &+= calls
            numbers.callBytes &+= segment.callBytes
        }
    }
}
