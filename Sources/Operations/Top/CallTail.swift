// The newest call segments of all lanes, followed: reads sealed names only, takes no lock, writes
// nothing. When calls come faster than they can be looked at, the beginning of each segment is, and
// the rest is counted from its manifest.

public import Assembly
import Bytes
import Platform
import Records
public import Spool

/// Follows the calls of a spool.
public struct CallTail: ~Copyable {
    /// A call segment that is new.
    private struct Fresh {
        var lane: UInt32
        var sequence: UInt64
        var sealed: Int64
    }

    /// Where a lane was left.
    private struct Place {
        var next: UInt64
        var lastSeal: Int64?
    }

    private let spool: LaneSpool
    private let limits: TailLimits
    private var places: [UInt32: Place] = [:]
    private var glancer = CallGlancer()
    /// When the newest segment was sealed, wall clock, nanoseconds since 1970.
    public private(set) var newestSeal: Int64?
    /// Lines that are no records.
    public private(set) var unreadable: UInt64 = 0
    /// Why a segment could not be read, the last time one could not.
    public private(set) var problem: String?

    /// Looks at nothing yet.
    public init(_ spool: LaneSpool, limits: TailLimits = TailLimits()) {
        self.spool = spool
        self.limits = limits
    }

    /// Takes the calls that are new; at first those of the window that ends now.
    public mutating func look(into window: inout CallWindow) throws(SpoolError) {
        let start = spool.time.wallNanoseconds() - window.nanoseconds
        var fresh: [Fresh] = []
        for lane in try RetainedSegments.lanes(.calls, [], in: spool) {
            fresh += try news(of: lane, since: start)
        }
        fresh.sort { ($0.sealed, $0.lane, $0.sequence) < ($1.sealed, $1.lane, $1.sequence) }
        var room = limits.plainBytes
        for (index, segment) in fresh.enumerated() {
            // What one segment does not need is for those behind it.
            let left = fresh.count - index
            var share = left > limits.segments ? 0 : max(room / left, 1)
            room -= share
            read(segment, &share, into: &window)
            room += max(share, 0)
            places[segment.lane] = Place(next: segment.sequence + 1, lastSeal: segment.sealed)
            newestSeal = max(newestSeal ?? segment.sealed, segment.sealed)
        }
    }

    /// A lane's segments sealed since `start` and not seen yet, oldest first.
    private func news(of lane: UInt32, since start: Int64) throws(SpoolError) -> [Fresh] {
        let next = places[lane]?.next ?? 0
        var found: [Fresh] = []
        let sequences = try RetainedSegments.sequences(.calls, lane, in: spool)
        for sequence in sequences.reversed() where sequence >= next {
            let name = SegmentName(stage: .calls, lane: lane, sequence: sequence)
            let path = spool.layout.sealedPath(name)
            do throws(IOError) {
                // Deleted meanwhile: every sink has its calls.
                guard let status = try spool.files.status(path) else { continue }
                guard status.modifiedNanoseconds > start else { break }
                found.append(
                    Fresh(
                        lane: lane, sequence: sequence, sealed: status.modifiedNanoseconds))
            } catch { throw .io(error) }
        }
        return found.reversed()
    }

    /// Takes the calls of a segment as far as there is room, and counts the others.
    private mutating func read(
        _ segment: Fresh, _ room: inout Int, into window: inout CallWindow
    ) {
        let name = SegmentName(stage: .calls, lane: segment.lane, sequence: segment.sequence)
        let manifest = try? ManifestFile.load(
            CallsManifest.self, name, layout: spool.layout, files: spool.files)
        var lines: UInt64 = 0
        if room > 0 {
            let clock = SegmentClock(
                sealed: segment.sealed, before: places[segment.lane]?.lastSeal, manifest)
            lines = readCalls(segment, clock, &room, into: &window)
        }
        guard let all = manifest?.lines, all > lines else { return }
        window.skip(all - lines, at: segment.sealed)
    }

    /// Reads a segment as far as there is room; returns how many lines that were.
    private mutating func readCalls(
        _ segment: Fresh, _ clock: SegmentClock, _ room: inout Int, into window: inout CallWindow
    ) -> UInt64 {
        var calls = RetainedCalls(spool, CallSelection())
        do {
            try calls.read(segment.lane, segment.sequence) { line, _ in
                do throws(RecordError) {
                    let call = try glancer.read(line.extracting(0..<(line.count - 1)))
                    if call.isCall { window.add(call, at: clock.time(of: call.end)) }
                } catch {
                    unreadable += 1
                }
                room -= line.count
                if room <= 0 { throw Enough() }
            }
        } catch {
            // A segment that cannot be read is said, and stands in nothing's way.
            if !(error is Enough) { problem = "\(error)" }
        }
        return calls.tally.lines
    }

    /// Ends the reading of a segment.
    private struct Enough: Error {}
}
