// When the calls of a segment ended, on the wall clock: packets may be of another day.

import Spool

/// Puts a segment's calls in front of the moment at which it was sealed, as far apart as their
/// packets were.
struct SegmentClock: Sendable {
    private let sealed: Int64
    /// Packet time of the last packet.
    private let last: Int64?
    /// How far in front of the seal a call may be.
    private let reach: Int64

    /// The reach of a segment of which neither a predecessor nor its times are known.
    static let unknownReach: Int64 = 1_000_000_000

    /// - Parameters:
    ///   - sealed: When the segment was sealed.
    ///   - before: When the one before it was: its calls came behind that.
    ///   - manifest: Its packet times.
    init(sealed: Int64, before: Int64?, _ manifest: CallsManifest?) {
        self.sealed = sealed
        last = manifest?.lastNanoseconds
        let pause = before.map { max(sealed - $0, 0) } ?? SegmentClock.unknownReach
        var packets: Int64 = 0
        if let first = manifest?.firstNanoseconds, let last { packets = last - first }
        reach = min(pause, max(packets, 0))
    }

    /// When a call ended whose last packet has this packet time.
    func time(of end: Int64?) -> Int64 {
        guard let end, let last, end < last else { return sealed }
        // A call that was given up after a timeout ended long before it was written.
        return sealed - min(last - end, reach)
    }
}
