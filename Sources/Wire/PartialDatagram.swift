// The fragments of one datagram that have come so far.
//
// Captured bytes are kept once: where fragments overlap, the first bytes win. A fragment that the
// capture cut leaves a missing range, which counts as come; a whole copy of it may still fill it.

import Bytes

/// A run of payload bytes at its place in the datagram.
struct FragmentPiece: Equatable, BitwiseCopyable {
    var start: Int32
    var end: Int32
    /// Where the bytes are in the storage; unused for missing ranges.
    var storageOffset: Int32 = 0
}

/// A datagram of which fragments are missing.
struct PartialDatagram: ~Copyable {
    var key: FragmentKey
    /// The neighbours in order of arrival; -1 at the ends.
    var older: Int32 = -1
    var newer: Int32 = -1
    var firstTime: Timestamp
    var lastTime: Timestamp
    /// The protocol that the first fragment names; that of any other until it comes.
    var protocolNumber: UInt32 = 0
    /// The length that the last fragment gave, -1 before it has come.
    var byteCount: Int32 = -1
    var fragmentCount = 0
    var storage = ByteBuffer()
    /// What was captured: sorted, disjoint.
    var pieces: [FragmentPiece] = []
    /// What was on the wire and not captured; may overlap anything.
    var missing: [FragmentPiece] = []

    /// What a datagram and each of its fragments count beside their bytes.
    static let overhead = 256
    static let fragmentOverhead = 64

    /// What this datagram counts against the limit of bytes held.
    var cost: Int {
        PartialDatagram.overhead + fragmentCount * PartialDatagram.fragmentOverhead + storage.count
    }

    init(_ key: FragmentKey, at time: Timestamp) {
        self.key = key
        firstTime = time
        lastTime = time
    }

    /// Makes a used slot a new datagram.
    mutating func reset(_ key: FragmentKey, at time: Timestamp) {
        self.key = key
        (older, newer) = (-1, -1)
        (firstTime, lastTime) = (time, time)
        (protocolNumber, byteCount, fragmentCount) = (0, -1, 0)
        clear()
    }

    /// Forgets the bytes.
    mutating func clear() {
        storage.removeAll()
        pieces.removeAll(keepingCapacity: pieces.capacity <= 64)
        missing.removeAll(keepingCapacity: missing.capacity <= 64)
    }

    /// Whether captured bytes are held of a range.
    func overlaps(_ start: Int, _ end: Int) -> Bool {
        for piece in pieces where Int(piece.start) < end && Int(piece.end) > start { return true }
        return false
    }

    /// Keeps the bytes of a fragment that are not held yet.
    mutating func keep(_ payload: Span<UInt8>, at start: Int) {
        let end = start + payload.count
        var position = start
        var index = 0
        while position < end {
            while index < pieces.count, Int(pieces[index].end) <= position { index += 1 }
            if index < pieces.count, Int(pieces[index].start) <= position {
                position = Int(pieces[index].end)
                continue
            }
            let limit = index < pieces.count ? min(end, Int(pieces[index].start)) : end
            let piece = FragmentPiece(
                start: Int32(position), end: Int32(limit), storageOffset: Int32(storage.count))
            storage.append(payload.slice(position - start, limit - position))
            pieces.insert(piece, at: index)
            position = limit
        }
    }

    /// How many bytes were captured up to the first missing one, when every fragment has come.
    func capturedPrefix() -> Int? {
        guard byteCount >= 0 else { return nil }
        var position: Int32 = 0
        var prefix: Int32 = -1
        var index = 0
        while position < byteCount {
            while index < pieces.count, pieces[index].end <= position { index += 1 }
            if index < pieces.count, pieces[index].start <= position {
                position = pieces[index].end
                continue
            }
            if prefix < 0 { prefix = position }
            let next = index < pieces.count ? pieces[index].start : byteCount
            var reach = position
            for range in missing where range.start <= position { reach = max(reach, range.end) }
            guard reach > position else { return nil }
            position = min(reach, next)
        }
        return Int(prefix < 0 ? byteCount : prefix)
    }

    /// Appends the first `length` bytes of the datagram, which must have been captured.
    func copy(_ length: Int, to target: inout ByteBuffer) {
        for piece in pieces where Int(piece.start) < length {
            let count = min(Int(piece.end), length) - Int(piece.start)
            target.append(storage.span(from: Int(piece.storageOffset), count: count))
        }
    }
}
