// Cuts the lines of one segment into batches: the longest run of whole lines within the limit, a
// line above the limit alone. Pure; memory is bounded by the limits and the size of one piece fed.

import Bytes

/// Turns a segment's bytes into batches.
public struct BatchCutter: ~Copyable {
    /// A line that is longer than a sink can take; only its beginning was kept.
    public struct Oversized: Sendable, Equatable {
        /// Its number in the segment.
        public var line: UInt64
        /// Its length without the line feed.
        public var byteCount: UInt64
        /// Its first bytes.
        public var beginning: [UInt8]
    }

    /// How much of an oversized line is kept, in bytes.
    public static let keptOfOversized = 1024

    private let bundleBytes: Int
    private let maximumLineBytes: Int
    private var buffer = ByteBuffer()
    /// Ends (behind the line feed) of the whole lines in `buffer`, ascending.
    private var ends: [Int] = []
    private var scanned = 0
    private var isFinished = false
    /// Skips to the next line feed: inside an oversized line, or behind a hole.
    private var skipping: Oversized?
    private var isBehindHole = false
    private var nextLine: UInt64 = 0

    /// The number of the next batch's first line.
    public private(set) var firstLine: UInt64 = 0
    /// Oversized lines met so far and not yet taken.
    public private(set) var oversized: [Oversized] = []
    /// Bytes of broken lines at holes that were left out.
    public private(set) var damagedBytes: UInt64 = 0

    /// Starts at the beginning of a segment.
    ///
    /// - Parameters:
    ///   - bundleBytes: The most bytes of a batch of more than one line.
    ///   - maximumLineBytes: The longest line handed on.
    public init(bundleBytes: Int, maximumLineBytes: Int) {
        precondition(bundleBytes > 0 && maximumLineBytes > 0, "limits are positive")
        self.bundleBytes = bundleBytes
        self.maximumLineBytes = maximumLineBytes
    }

    /// Takes the next bytes of the segment.
    public mutating func feed(_ bytes: Span<UInt8>) {
        var offset = 0
        while offset < bytes.count {
            guard let end = Scan.firstIndex(of: 0x0A, in: bytes, from: offset) else {
                append(bytes.extracting(offset..<bytes.count))
                return
            }
            append(bytes.extracting(offset..<end))
            endLine()
            offset = end + 1
        }
    }

    /// Says that bytes are missing here: the line they cut is lost, and what is left of it behind.
    public mutating func hole() {
        let start = ends.last ?? 0
        damagedBytes += UInt64(buffer.count - start) + (skipping?.byteCount ?? 0)
        buffer.truncate(to: start)
        skipping = nil
        isBehindHole = true
    }

    /// Says that the segment has ended; a last line without a line feed counts.
    public mutating func finish() {
        if buffer.count > (ends.last ?? 0) || skipping != nil { endLine() }
        isFinished = true
    }

    /// The next batch's lines and bytes, when it is certain that no further line belongs to it.
    public var ready: (lineCount: Int, byteCount: Int)? {
        guard let first = ends.first else { return nil }
        if first > bundleBytes { return (1, first) }
        // The first end beyond the limit, by halving: ends ascend.
        var (low, high) = (1, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] <= bundleBytes { low = middle + 1 } else { high = middle }
        }
        // A line still growing past the limit settles the matter as well as a whole one.
        guard low < ends.count || isFinished || buffer.count > bundleBytes else { return nil }
        return (low, ends[low - 1])
    }

    /// The bytes of the first lines of the next batch.
    @_lifetime(borrow self)
    public func lines(_ range: Range<Int>) -> Span<UInt8> {
        let start = range.lowerBound == 0 ? 0 : ends[range.lowerBound - 1]
        let end = range.isEmpty ? start : ends[range.upperBound - 1]
        return buffer.span(from: start, count: end - start)
    }

    /// Drops the first lines, which were delivered.
    public mutating func drop(_ lineCount: Int) {
        guard lineCount > 0 else { return }
        let byteCount = ends[lineCount - 1]
        buffer.removeFirst(byteCount)
        ends.removeFirst(lineCount)
        for index in ends.indices { ends[index] -= byteCount }
        firstLine += UInt64(lineCount)
    }

    /// Takes the oversized lines met so far.
    public mutating func takeOversized() -> [Oversized] {
        defer { oversized = [] }
        return oversized
    }

    /// The bytes held.
    public var heldBytes: Int { buffer.count }

    private mutating func append(_ bytes: Span<UInt8>) {
        if isBehindHole {
            damagedBytes += UInt64(bytes.count)
            return
        }
        if var line = skipping {
            line.byteCount += UInt64(bytes.count)
            let more = min(bytes.count, BatchCutter.keptOfOversized - line.beginning.count)
            if more > 0 { line.beginning += [UInt8](bytes.extracting(0..<more)) }
            skipping = line
            return
        }
        let start = ends.last ?? 0
        let length = buffer.count - start + bytes.count
        guard length > maximumLineBytes else {
            buffer.append(bytes)
            return
        }
        let kept = buffer.count - start
        var beginning = [UInt8](
            buffer.span(from: start, count: min(kept, BatchCutter.keptOfOversized)))
        let more = min(bytes.count, BatchCutter.keptOfOversized - beginning.count)
        beginning += [UInt8](bytes.extracting(0..<more))
        buffer.truncate(to: start)
        skipping = Oversized(line: nextLine, byteCount: UInt64(length), beginning: beginning)
    }

    private mutating func endLine() {
        if isBehindHole {
            isBehindHole = false
            damagedBytes += 1
            return
        }
        if let line = skipping {
            skipping = nil
            oversized.append(line)
            nextLine += 1
            // A line of no bytes keeps its place, so that line numbers stay true.
            ends.append(buffer.count)
            return
        }
        buffer.append(0x0A)
        ends.append(buffer.count)
        nextLine += 1
    }
}
