// Newest first: the live end of each lane is shipped as it comes. What lies behind it is a backlog,
// shipped newest first at a limited rate, a batch at a time. When the live end falls behind, say
// because the sink was away, it jumps to the newest segment and leaves the rest to the backlog.
// The cursor names what is done out of order, so that a crash repeats nothing.

import Platform
import Spool
import Telemetry

/// The live end of a lane and its backlog.
struct LaneFront {
    /// The live end: the next segment.
    var next: UInt64
    /// Segments behind it that are not done, ascending; the last goes next.
    var backlog: [UInt64] = []
    /// The one being shipped.
    var open: OpenSegment?
    /// When to look again whether the live end fell behind.
    var lookAt: Int64

    var hasBacklog: Bool { open != nil || !backlog.isEmpty }
}

extension SinkRunner {
    /// More segments than this before the live end make it jump.
    static let lagSegments = 8
    /// So often it is looked at.
    static let lookNanoseconds: Int64 = 5_000_000_000

    /// Finds the live end of a lane, and again when it may have fallen behind.
    func lookAhead(_ lane: UInt32) {
        let now = world.time.monotonicNanoseconds()
        if let front = fronts[lane], now < front.lookAt { return }
        let sealed: [UInt64]
        do throws(SpoolError) {
            sealed = try source(lane).sealed(from: cursor.acknowledged[lane]?.sequence ?? 0)
        } catch {
            note("\(error)")
            return
        }
        var front = fronts[lane]
        let floor = front?.next ?? 0
        let waiting = sealed.filter { $0 >= floor && !cursor.isDone(lane, $0) }
        let allowed = front == nil ? 1 : SinkRunner.lagSegments
        if waiting.count <= allowed, front != nil || !cursor.isAhead(lane) {
            // Nothing to jump over: what waits comes next, in order.
            front?.lookAt = now + SinkRunner.lookNanoseconds
            if front == nil, let first = waiting.first ?? cursor.acknowledged[lane]?.sequence {
                front = LaneFront(next: first, lookAt: now + SinkRunner.lookNanoseconds)
            }
            fronts[lane] = front
            return
        }
        jump(lane, over: waiting, from: front, now: now)
    }

    private func jump(_ lane: UInt32, over waiting: [UInt64], from front: LaneFront?, now: Int64) {
        let top = (waiting.last ?? 0)
        let beyond = cursor.ahead?[String(lane)]?.runs.last.map { $0.last + 1 } ?? 0
        let next = waiting.isEmpty ? beyond : top
        var backlog = front?.backlog ?? []
        backlog += waiting.dropLast()
        if let first = waiting.first { begin(lane, at: first) }
        cursor.goAhead(lane)
        fronts[lane] = LaneFront(
            next: next, backlog: backlog, open: front?.open,
            lookAt: now + SinkRunner.lookNanoseconds)
        sources[lane] = nil
        hasUncommitted = true
    }

    /// A batch of the backlog of each lane, as the rate allows.
    func backfill() -> Progress {
        var isAnyDone = false
        for lane in fronts.keys.sorted() {
            guard let front = fronts[lane] else { continue }
            guard front.hasBacklog else {
                if cursor.isAhead(lane) { comeTogether(lane) }
                continue
            }
            guard pace.wait(world.time.monotonicNanoseconds()) == 0 else { continue }
            let progress = backfill(lane)
            switch progress {
            case .done: isAnyDone = true
            case .nothing: break
            case .stop, .rewind: return progress
            }
        }
        return isAnyDone ? .done : .nothing
    }

    private func comeTogether(_ lane: UInt32) {
        guard let next = fronts[lane]?.next else { return }
        let missing = cursor.comeTogether(lane, next: next)
        if cursor.isAhead(lane) { return }
        if missing > 0 { count(&cursor, "missing_segments", missing) }
        instruments.missingSegments.add(missing)
        hasUncommitted = true
    }

    private func backfill(_ lane: UInt32) -> Progress {
        do throws(SpoolError) {
            guard let segment = try openBacklog(lane) else { return .done }
            let before = cursor.totals["bytes"] ?? 0
            let progress = try deliver(segment, lane: lane, all: false)
            let sent = (cursor.totals["bytes"] ?? 0) &- before
            pace.spend(Int(clamping: sent), now: world.time.monotonicNanoseconds())
            guard case .done = progress else { return progress }
            guard segment.isOver else { return .done }
            fronts[lane]?.open = nil
            return finish(segment, lane: lane)
        } catch {
            note("\(error)")
            if let open = fronts[lane]?.open { fronts[lane]?.backlog.append(open.sequence) }
            fronts[lane]?.open = nil
            pause(1_000_000_000)
            return .nothing
        }
    }

    /// The segment under way, or the next; nil when that one is gone.
    private func openBacklog(_ lane: UInt32) throws(SpoolError) -> OpenSegment? {
        if let open = fronts[lane]?.open { return open }
        guard let sequence = fronts[lane]?.backlog.popLast() else { return nil }
        let source = world.source(lane, sequence)
        let opened: (sequence: UInt64, skipped: UInt64)?
        do throws(SpoolError) {
            opened = try source.openNext()
        } catch {
            fronts[lane]?.backlog.append(sequence)
            throw error
        }
        guard let opened, opened.sequence == sequence else {
            // Deleted meanwhile: it is counted when the lane comes together.
            return nil
        }
        let segment = OpenSegment(
            source, sequence, skip: cursor.linesDone(lane, sequence), settings)
        fronts[lane]?.open = segment
        return segment
    }
}
