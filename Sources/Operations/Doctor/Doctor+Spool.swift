// The spool: whose it is, room, speed, clock, what lies aside, how the sinks are.

import Assembly
import Platform
import Spool

extension Doctor {
    func examineSpool() -> [Finding] {
        guard let spool else {
            return [Finding(.ok, "spool", "none at \(root) yet; the first process makes it")]
        }
        var findings = [access(spool), room(spool)].compactMap(\.self)
        if options.timesDisk { findings.append(speed(spool)) }
        do throws(SpoolError) {
            let overview = try SpoolOverview(spool)
            findings += [losses(overview), clock(overview)].compactMap(\.self)
            findings += overview.sinks.map(sink)
        } catch {
            findings.append(Finding(.fail, "spool", "\(error)"))
        }
        return findings + leftovers(spool)
    }

    func access(_ spool: LaneSpool) -> Finding {
        let found: FileStatus?
        do throws(IOError) {
            found = try spool.files.status(root)
        } catch {
            return Finding(.fail, "spool", "\(error)")
        }
        guard let found else { return Finding(.fail, "spool", "\(root) is not there") }
        if found.mode & 0o077 == 0 { return Finding(.ok, "spool", "\(root), for its owner alone") }
        return Finding(
            .warn, "spool", "\(root) can be read by others, and holds every body that was captured",
            fix: "chmod 700 \(root)")
    }

    func room(_ spool: LaneSpool) -> Finding? {
        guard let free = try? spool.files.freeSpace(root) else { return nil }
        let said =
            "\(Doctor.bytes(free.availableBytes)) of \(Doctor.bytes(free.totalBytes)) free"
        if free.availableBytes < 2 << 30 || free.availableBytes < free.totalBytes / 20 {
            return Finding(
                .warn, "room", said + ": capture stops storing at its --min-free",
                fix: "a shorter --retain, a --budget, or a larger disk")
        }
        return Finding(.ok, "room", said)
    }

    /// What is written to time the disk, in bytes.
    static let probeBytes = 32 << 20
    /// The least speed that keeps up with 1 Gbit/s of packets, compressed by half, in bytes a
    /// second.
    static let leastSpeed = 64.0 * 1_048_576

    func speed(_ spool: LaneSpool) -> Finding {
        let path = "\(spool.layout.stateDirectory)/.doctor-probe"
        let begin = spool.time.monotonicNanoseconds()
        do throws(IOError) {
            try? spool.files.remove(path)
            let file = try spool.files.createExclusive(path)
            defer {
                spool.files.close(file)
                try? spool.files.remove(path)
            }
            let piece = [UInt8](repeating: 0x5A, count: 1 << 20)
            for _ in 0..<(Doctor.probeBytes / piece.count) {
                try spool.files.append(piece.span, to: file)
            }
            try spool.files.syncData(file)
        } catch {
            return Finding(.fail, "disk", "\(error)")
        }
        let elapsed = max(spool.time.monotonicNanoseconds() - begin, 1)
        let speed = Double(Doctor.probeBytes) * 1e9 / Double(elapsed)
        let said = "\(Doctor.bytes(UInt64(speed)))/s written and flushed"
        if speed >= Doctor.leastSpeed { return Finding(.ok, "disk", said) }
        return Finding(
            .warn, "disk", said + ": too slow for 1 Gbit/s of packets",
            fix: "a faster disk for the spool, or a larger --pool for bursts")
    }

    func losses(_ overview: SpoolOverview) -> Finding {
        let totals = overview.packets
        let lost =
            (totals.kernelDrops ?? 0) + (totals.interfaceDrops ?? 0) + totals.poolRefusals
            + totals.quotaRefusals + totals.writeFailures + totals.oversized + totals.abandoned
        if lost == 0 { return Finding(.ok, "losses", "no packet that was heard is lost") }
        return Finding(
            .fail, "losses", "\(lost) packets were not stored",
            fix: "earshot ledger, which names the causes; docs/OPERATING.md says what helps")
    }

    func clock(_ overview: SpoolOverview) -> Finding? {
        guard let last = overview.packets.lastNanoseconds else { return nil }
        let ahead = last - overview.atNanoseconds
        if ahead <= 5_000_000_000 { return Finding(.ok, "clock", "not behind the packets") }
        return Finding(
            .fail, "clock",
            "the newest packet is \(ahead / 1_000_000_000) s ahead of it: it was set back",
            fix: "timedatectl set-ntp true")
    }

    func sink(_ state: SinkState) -> Finding {
        let check = "sink \(state.sink)"
        guard state.failures > 0 else { return Finding(.ok, check, state.state) }
        let reason = state.lastError.map { ": \($0)" } ?? ""
        return Finding(
            .warn, check, "\(state.state), \(state.failures) failures in a row\(reason)",
            fix: "mend the receiver or its address; nothing is lost while the spool has room")
    }

    func leftovers(_ spool: LaneSpool) -> [Finding] {
        let damaged = (try? spool.files.names(in: spool.layout.quarantineDirectory)) ?? []
        var findings: [Finding] = []
        if !damaged.isEmpty {
            findings.append(
                Finding(
                    .warn, "quarantine", "\(damaged.count) files of damaged input are kept",
                    fix: "earshot salvage --spool \(root) --out /tmp/salvaged"))
        }
        let refused = (try? spool.files.names(in: "\(root)/dead")) ?? []
        let count = refused.reduce(0) { count, sink in
            count + ((try? spool.files.names(in: "\(root)/dead/\(sink)")) ?? []).count
        }
        if count > 0 {
            findings.append(
                Finding(
                    .warn, "dead letters", "records in \(count) files were refused for good",
                    fix: "look at \(root)/dead, which has the receiver's answers"))
        }
        return findings
    }
}
