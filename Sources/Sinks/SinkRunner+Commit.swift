// The cursor and the status file: what a restart and `earshot status` know of a sink.

import Logging
import Platform
import Spool
import Telemetry

extension SinkRunner {
    /// Writes the cursor when it is time.
    ///
    /// - Returns: false when the sink could not settle: its lines count as not sent.
    func commitIfDue() -> Bool {
        writeStatusIfDue()
        guard hasUncommitted else { return true }
        let since = world.time.monotonicNanoseconds() - lastCommit
        let interval =
            hasUncommittedLines
            ? settings.commitNanoseconds : settings.idleCommitNanoseconds
        guard since >= interval || uncommittedBytes >= settings.commitBytes else { return true }
        return commit()
    }

    /// Writes the cursor when lines wait for it and no more are there.
    func commitWhenIdle() {
        let since = world.time.monotonicNanoseconds() - lastCommit
        if hasUncommittedLines || since >= settings.idleCommitNanoseconds {
            if !commit() { rewind() }
        }
        tend()
        writeStatusIfDue()
    }

    /// Settles the sink and writes the cursor.
    ///
    /// - Returns: false when the sink could not settle.
    func commit() -> Bool {
        guard hasUncommitted else { return true }
        do throws(SinkError) {
            cursor.mark = try sink.settle()
        } catch {
            note("\(error)")
            return false
        }
        do throws(SpoolError) {
            try store.store(cursor)
        } catch {
            // The sink has the lines; only a crash before the next try would repeat them.
            note("\(error)")
            lastCommit = world.time.monotonicNanoseconds()
            return true
        }
        committed = cursor
        hasUncommitted = false
        hasUncommittedLines = false
        uncommittedBytes = 0
        lastCommit = world.time.monotonicNanoseconds()
        trouble = nil
        tend()
        return true
    }

    /// Lets the sink finish a file; only when the cursor holds all of it.
    private func tend() {
        guard !hasUncommitted else { return }
        do throws(SinkError) {
            if try sink.tend() {
                cursor.mark = nil
                hasUncommitted = true
            }
        } catch { note("\(error)") }
    }

    /// Goes back to the last cursor written, after a sink could not settle.
    func rewind() {
        let totals = cursor.totals
        cursor = committed
        // What was tried counts, what must be sent again does not.
        cursor.totals["retries"] = totals["retries"]
        sources = [:]
        fronts = [:]
        hasUncommitted = false
        hasUncommittedLines = false
        uncommittedBytes = 0
        while !mustStop {
            pause(1_000_000_000)
            do throws(SinkError) {
                try sink.rewind(to: committed.mark)
                return
            } catch { note("\(error)") }
        }
    }

    // Telling.

    /// A trouble of our own side: logged at most every half minute.
    func note(_ text: String) {
        trouble = text
        troubleSince = world.time.wallNanoseconds()
        world.log.throttled(
            throttle, "trouble", level: .error, "ship_trouble",
            metadata: ["sink": "\(name)", "error": "\(text)"])
    }

    /// Shows the machine's mood in metrics, and in the log when it changed.
    func showMood() {
        let mood = machine.mood.rawValue
        if !machine.lastReason.isEmpty { troubleSince = world.time.wallNanoseconds() }
        guard mood != shownMood else { return }
        instruments.show(mood)
        let isFirst = shownMood.isEmpty
        shownMood = mood
        switch machine.mood {
        case .running:
            world.health?.clear("sink-\(name)")
            if !isFirst { world.log.notice("sink_running", metadata: ["sink": "\(name)"]) }
        case .retrying:
            world.health?.set("sink-\(name)", because: "retrying: \(machine.lastReason)")
            world.log.warning(
                "sink_retrying",
                metadata: ["sink": "\(name)", "reason": "\(machine.lastReason)"])
        case .paused:
            world.health?.set("sink-\(name)", because: "paused: \(machine.lastReason)")
            world.log.error(
                "sink_paused",
                metadata: ["sink": "\(name)", "reason": "\(machine.lastReason)"])
        }
        writeStatus(nil)
    }

    func writeStatusIfDue() {
        let now = world.time.monotonicNanoseconds()
        guard lastStatus == .min || now - lastStatus >= 1_000_000_000 else { return }
        writeStatus(nil)
    }

    func writeStatus(_ end: End?) {
        lastStatus = world.time.monotonicNanoseconds()
        let reason = machine.lastReason.isEmpty ? trouble : machine.lastReason
        var state = machine.mood.rawValue
        switch end {
        case .stopped, .drained, .gaveUp: state = "stopped"
        case .ended: state = "ended"
        case nil: break
        }
        let status = SinkStatus(
            sink: name, state: state, lastError: reason,
            lastErrorNanoseconds: troubleSince,
            lastSuccessNanoseconds:
                cursor.lastAcknowledgedNanoseconds,
            failures: machine.failures, totals: cursor.totals,
            updatedNanoseconds: world.time.wallNanoseconds())
        do throws(SpoolError) {
            try statusStore.store(status)
        } catch {
            world.log.throttled(
                throttle, "status", level: .warning, "status_not_written",
                metadata: ["sink": "\(name)", "error": "\(error)"])
        }
    }
}
