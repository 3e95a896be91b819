// The end of a drain. Everything open is reported, in the call segment of the last packet segment;
// if that one was sealed before (a run without --drain came first), in the call segment of a packet
// segment without packets that is made for it, so that no sequence is ever used for two things.

import Bytes
import Calls
import CaptureFile
import Platform
import Spool

extension LaneRunner {
    /// Reports everything that is open. The capture has ended.
    mutating func finish() throws(AssemblyError) {
        if pending != nil, pending?.isSealed == false {
            try sealPending(isLast: true)
        } else {
            try sealPending(isLast: false)
            try finishBehindSealed()
        }
        quietFrom = committed
        try store(LaneState(next: committed, from: committed))
        segmentsSinceNote = 0
    }

    private mutating func finishBehindSealed() throws(AssemblyError) {
        engine.drain()
        // Flows that are remembered for late packets only report nothing.
        guard !engine.output.isEmpty else { return }
        let sequence = max(committed, reader.nextSequence ?? 0)
        // Held for the moment of writing: a capture that starts now must find the segment there.
        do throws(SpoolError) {
            let lock = try SpoolLock(role: "capture", layout: spool.layout, files: spool.files)
            try writeMarker(sequence)
            _ = consume lock
        } catch {
            throw .spool(error)
        }
        var segment = PendingSegment(sequence: sequence, skipped: 0)
        segment.tally.statisticsTime = engine.clock
        do throws(SpoolError) {
            try writer.open(sequence: sequence)
        } catch {
            throw .spool(error)
        }
        pending = segment
        try sealPending(isLast: true)
    }

    private func writeMarker(_ sequence: UInt64) throws(SpoolError) {
        var blocks = ByteBuffer()
        PcapngEncoder.appendSectionHeader(application: options.software, to: &blocks)
        var manifest = CaptureManifest(software: options.software)
        manifest.isMarker = true
        manifest.lastNanoseconds = engine.clock.nanoseconds
        var writer = SegmentWriter(
            files: spool.files, layout: spool.layout, stage: .packets, lane: lane)
        try writer.open(sequence: sequence)
        try writer.write(blocks.span)
        _ = try writer.seal(manifest, wallNanoseconds: spool.time.wallNanoseconds())
    }
}
