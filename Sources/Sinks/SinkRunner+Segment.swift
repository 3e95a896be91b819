// Delivering one segment: what the delivery machine says, done.

import Bytes
import Logging
import Platform
import Spool
import Telemetry

extension SinkRunner {
    /// Delivers the next segment of a lane, from the cursor's line on.
    func deliverNextSegment(of lane: UInt32) -> Progress {
        do throws(SpoolError) {
            let source = source(lane)
            guard let opened = try source.openNext() else { return .nothing }
            if opened.skipped > 0 { count(&cursor, "missing_segments", opened.skipped) }
            instruments.missingSegments.add(opened.skipped)
            if cursor.isDone(lane, opened.sequence) { return passOver(lane, opened.sequence) }
            begin(lane, at: opened.sequence - opened.skipped)
            let segment = OpenSegment(
                source, opened.sequence, skip: cursor.linesDone(lane, opened.sequence), settings)
            while true {
                let progress = try deliver(segment, lane: lane, all: true)
                guard case .done = progress else {
                    sources[lane] = nil
                    readFailures[lane] = nil
                    return progress
                }
                if segment.isOver {
                    readFailures[lane] = nil
                    return finish(segment, lane: lane)
                }
            }
        } catch {
            note("\(error)")
            readFailures[lane, default: 0] += 1
            // The segment is opened anew from the cursor's place.
            sources[lane] = nil
            pause(1_000_000_000)
            return .nothing
        }
    }

    /// A segment that was done before, out of order.
    private func passOver(_ lane: UInt32, _ sequence: UInt64) -> Progress {
        cursor.finish(lane, sequence, inOrder: settings.order == .oldestFirst)
        fronts[lane]?.next = sequence + 1
        hasUncommitted = true
        return .done
    }

    /// Notes where a lane began for this sink: what was there before is none of its business.
    func begin(_ lane: UInt32, at sequence: UInt64) {
        if cursor.began == nil { cursor.began = LaneCursors() }
        guard cursor.began?[lane] == nil else { return }
        let isOld = cursor.acknowledged[lane] != nil
        cursor.began?[lane] = Position(sequence: isOld ? 0 : sequence)
    }

    /// Delivers batches of an open segment: all there are, or one.
    func deliver(
        _ segment: OpenSegment, lane: UInt32, all: Bool
    ) throws(SpoolError) -> Progress {
        while !segment.isOver {
            let isReady = segment.cutter.ready != nil
            if !isReady {
                if segment.isEnd {
                    segment.isOver = true
                    return .done
                }
                try segment.readMore()
                continue
            }
            let progress = deliverReady(
                &segment.cutter, lane: lane, sequence: segment.sequence, skip: segment.skip)
            guard case .done = progress else { return progress }
            if !all { return .done }
        }
        return .done
    }

    /// All of a segment is delivered.
    func finish(_ segment: OpenSegment, lane: UInt32) -> Progress {
        let damaged = segment.cutter.damagedBytes
        if damaged > 0 {
            count(&cursor, "damaged_bytes", damaged)
            instruments.damagedBytes.add(damaged)
        }
        cursor.finish(lane, segment.sequence, inOrder: settings.order == .oldestFirst)
        if let next = fronts[lane]?.next, segment.sequence >= next {
            fronts[lane]?.next = segment.sequence + 1
        }
        lastProgress = world.time.monotonicNanoseconds()
        hasUncommitted = true
        return commitIfDue() ? .done : .rewind
    }

    private func deliverReady(
        _ cutter: inout BatchCutter, lane: UInt32, sequence: UInt64, skip: UInt64
    ) -> Progress {
        if let ready = cutter.ready {
            let first = cutter.firstLine
            for line in cutter.takeOversized() where line.line >= skip {
                guard bury(line, lane: lane, sequence: sequence) else { return .stop }
            }
            let done = Int(min(UInt64(ready.lineCount), skip > first ? skip - first : 0))
            if done < ready.lineCount {
                let batch = BatchIdentity(
                    lane: lane, sequence: sequence, firstLine: first, lineCount: ready.lineCount)
                let progress = deliver(cutter, batch, from: done)
                guard case .done = progress else { return progress }
            }
            cutter.drop(ready.lineCount)
        }
        return .done
    }

    /// Delivers the lines of one batch from `start` on.
    private func deliver(
        _ cutter: borrowing BatchCutter, _ batch: BatchIdentity, from start: Int
    ) -> Progress {
        machine.begin(lineCount: batch.lineCount - start)
        while true {
            heartbeat?.beat()
            switch machine.next(now: world.time.monotonicNanoseconds()) {
            case .send(let lines):
                if mustStop { return stop() }
                send(cutter, batch, lines.lowerBound + start..<lines.upperBound + start)
            case .wait(let nanoseconds):
                pause(nanoseconds)
                if mustStop { return stop() }
            case .acknowledge(let lines):
                let done = lines.lowerBound + start..<lines.upperBound + start
                acknowledge(cutter.lines(done), batch.part(done))
                guard commitIfDue() else {
                    machine.abandon()
                    return .rewind
                }
            case .bury(let line, let refusal):
                let only = line + start..<line + start + 1
                let bytes = [UInt8](cutter.lines(only))
                guard bury(bytes, batch.part(only), refusal) else { return stop() }
            case .finished: return .done
            case .ended(let reason):
                endReason = reason
                return stop()
            }
        }
    }

    private func stop() -> Progress {
        machine.abandon()
        return .stop
    }

    private func send(_ cutter: borrowing BatchCutter, _ batch: BatchIdentity, _ lines: Range<Int>)
    {
        let bytes = cutter.lines(lines)
        // Only lines that were buried already: nothing is left to send.
        let answer = bytes.isEmpty ? .accepted : sink.send(bytes, batch: batch.part(lines))
        switch answer {
        case .accepted, .ended: break
        case .retry, .pause, .refused:
            instruments.retries.add()
            count(&cursor, "retries", 1)
        }
        machine.receive(answer, now: world.time.monotonicNanoseconds())
        showMood()
    }

    private func acknowledge(_ lines: Span<UInt8>, _ part: BatchIdentity) {
        let wall = world.time.wallNanoseconds()
        instruments.lines.add(UInt64(part.lineCount))
        instruments.bytes.add(UInt64(lines.count))
        instruments.batches.add()
        count(&cursor, "lines", UInt64(part.lineCount))
        count(&cursor, "bytes", UInt64(lines.count))
        count(&cursor, "batches", 1)
        if let responded = RecordTime.milliseconds(ofFirstLine: lines) {
            let milliseconds = wall / 1_000_000 - responded
            // The batch's first record is its oldest: no other one waited longer.
            if milliseconds >= 0 {
                instruments.latency.observe(
                    Double(milliseconds) / 1000, times: UInt64(part.lineCount))
            }
        }
        cursor.lastAcknowledgedNanoseconds = wall
        uncommittedBytes += lines.count
        move(behind: part)
    }

    private func move(behind part: BatchIdentity) {
        cursor.note(
            part.lane, part.sequence, line: part.firstLine + UInt64(part.lineCount),
            inOrder: settings.order == .oldestFirst)
        lastProgress = world.time.monotonicNanoseconds()
        hasUncommitted = true
        hasUncommittedLines = true
    }

    /// Writes a dead letter, trying until it is written or the process stops, then moves the
    /// cursor.
    private func bury(
        _ record: [UInt8], _ part: BatchIdentity, _ refusal: SinkAnswer.Refusal
    ) -> Bool {
        guard writeDead(record, part, refusal) else { return false }
        instruments.dead.add()
        count(&cursor, "dead", 1)
        move(behind: part)
        world.log.throttled(
            throttle, "dead", level: .error, "record_refused",
            metadata: [
                "sink": "\(name)", "status": "\(refusal.status)",
                "segment": "\(part.lane)/\(part.sequence)", "line": "\(part.firstLine)",
                "answer": "\(refusal.excerpt.prefix(200))",
            ])
        return true
    }

    private func bury(_ line: BatchCutter.Oversized, lane: UInt32, sequence: UInt64) -> Bool {
        let part = BatchIdentity(
            lane: lane, sequence: sequence, firstLine: line.line, lineCount: 1)
        let refusal = SinkAnswer.Refusal(
            status: 0,
            excerpt: "\(line.byteCount) bytes are more than \(settings.maximumLineBytes); "
                + "only the beginning is kept here")
        guard writeDead(line.beginning, part, refusal) else { return false }
        instruments.oversized.add()
        instruments.dead.add()
        count(&cursor, "oversized", 1)
        count(&cursor, "dead", 1)
        return true
    }

    private func writeDead(
        _ record: [UInt8], _ part: BatchIdentity, _ refusal: SinkAnswer.Refusal
    ) -> Bool {
        while true {
            do throws(SpoolError) {
                try dead.bury(
                    record, at: part, refusal: refusal,
                    wallNanoseconds: world.time.wallNanoseconds())
                return true
            } catch {
                note("\(error)")
                pause(1_000_000_000)
                if mustStop { return false }
            }
        }
    }

    func count(_ cursor: inout ShipCursor, _ name: String, _ amount: UInt64) {
        cursor.totals[name, default: 0] &+= amount
    }
}
