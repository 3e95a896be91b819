// A call segment on its way: its source, what was cut of it into batches, and how far it is. Kept
// between turns, so that a backlog can be sent a batch at a time beside what is new.

import Bytes
import Spool

/// A segment being delivered.
final class OpenSegment {
    let source: any CallSource
    let sequence: UInt64
    /// Lines acknowledged before.
    let skip: UInt64
    var cutter: BatchCutter
    /// Whether all of it was read.
    private(set) var isEnd = false
    /// Whether all of it was delivered.
    var isOver = false
    private var piece = ByteBuffer()

    init(_ source: any CallSource, _ sequence: UInt64, skip: UInt64, _ settings: SinkSettings) {
        self.source = source
        self.sequence = sequence
        self.skip = skip
        cutter = BatchCutter(
            bundleBytes: settings.bundleBytes, maximumLineBytes: settings.maximumLineBytes)
    }

    /// Reads the next piece into the cutter.
    func readMore() throws(SpoolError) {
        // Out of self, so that its bytes can be borrowed while the cutter changes.
        var bytes = ByteBuffer()
        swap(&bytes, &piece)
        let read = try source.read(into: &bytes)
        cutter.feed(bytes.span)
        bytes.removeAll()
        swap(&bytes, &piece)
        switch read {
        case .bytes: break
        case .hole: cutter.hole()
        case .end:
            cutter.finish()
            isEnd = true
        }
    }
}
