// `earshot replay`: retained calls to a sink once more, or their packets to a file.

import ArgumentParser
import Assembly
import Bytes
import Operations
import Platform
import Service
import SinkSetup
import Sinks
import Spool

/// Ships a past moment again.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Ships retained calls again, or exports their packets.",
        discussion: """
            The stream of earshot-ship goes on meanwhile, and its cursors stay as they are. Calls \
            keep their ids, so that a sink that knows them can tell. Times are of packets: \
            2026-01-31T23:59:00Z, seconds or milliseconds since 1970, -15m, now. A call belongs \
            to the moment its request began.

              earshot replay --from -15m --to now --sink http://db:7701/message --status 5xx
              earshot replay --from -1h --reassemble --sink file:again.ndjson --rules file://rules
              earshot replay --call 0123456789abcdef0123456789abcdef --packets call.pcapng

            Exit codes: 0 all was accepted; 65 the sink refused some; 66 nothing of that time is \
            retained; 69 the sink accepted nothing for --patience.
            """)

    @OptionGroup var place: SpoolPlace
    @OptionGroup(title: "Which calls") var which: SelectionFlags

    @Option(
        help: ArgumentHelp(
            "Where to: resurface+http://host:port/message, file:PATH, stdout:. A --to that is a "
                + "sink means the same.",
            valueName: "sink"))
    var sink: String?

    @Option(help: ArgumentHelp("Write packets to this file (pcapng) instead.", valueName: "file"))
    var packets: String?

    @Option(help: ArgumentHelp("With --packets: only this connection.", valueName: "a:p-b:p"))
    var flow: FlowSpec?

    @Flag(help: "Build the calls again from packets, with today's parser and rules.")
    var reassemble = false

    @OptionGroup(title: "With --reassemble") var rebuilding: RebuildingFlags

    @Option(help: "Give up when the sink has accepted nothing for so long.")
    var patience = TimeSpan.seconds(60)

    @Option(help: ArgumentHelp("Ship no faster than this.", valueName: "size/s"))
    var rate: ByteRate?

    @OptionGroup(title: "Sink") var sinks: SinkFlags

    func run() throws {
        let spool = try place.open()
        let now = spool.time.wallNanoseconds()
        let choice = try which.choice(now: now)
        let target = sink ?? choice.sink
        switch (packets, target) {
        case (let file?, nil): try export(spool, choice.selection, file)
        case (nil, let sink?): try ship(spool, choice.selection, sink, now: now)
        case (nil, nil):
            throw ServiceFailure(.usage, "where to? give --sink SINK, or --packets FILE")
        case (_?, _?):
            throw ServiceFailure(.usage, "--packets and a sink exclude each other")
        }
    }

    // Packets.

    private func export(_ spool: LaneSpool, _ selection: CallSelection, _ file: String) throws {
        var export = PacketExport(spool)
        export.time = selection.time
        export.lanes = which.lanes
        export.vxlanPorts = rebuilding.vxlanPorts.ranges.flatMap { Array($0) }
        if let flow { export.flows = [flow] }
        if !selection.isTimeOnly {
            let calls = try FoundCall.find(selection, lanes: which.lanes, in: spool)
            guard let first = calls.first else {
                throw ServiceFailure(.noInput, "no such call is retained: nothing written")
            }
            export.flows = Array(Set(calls.map(\.flow)))
            export.lanes = Set(calls.map(\.lane))
            export.time = calls.reduce(first.time) { range, call in
                TimeRange(
                    from: min(range.from ?? .min, call.time.from ?? .min),
                    to: max(range.to ?? .max, call.time.to ?? .max))
            }
        }
        let tally = try PacketFile.write(export, to: file)
        var line = "\(SizeText.count(tally.packets)) packets (\(SizeText.bytes(tally.bytes))) of "
        line += "\(SizeText.count(tally.seen)) looked at, in \(file)"
        if tally.lostBytes > 0 { line += " · \(SizeText.bytes(tally.lostBytes)) were damaged" }
        if tally.vanished > 0 { line += " · \(tally.vanished) segments were deleted meanwhile" }
        CommandMain.say(line)
        if tally.seen == 0 { throw ServiceFailure(.noInput, "no packet of that time is retained") }
    }

    // Calls.

    private func ship(
        _ spool: LaneSpool, _ selection: CallSelection, _ text: String, now: Int64
    ) throws {
        let time = SystemTime()
        let signals = try SignalTrap.install()
        let control = StopControl()
        let seats = try SinkSeats(sinks).seats(
            [text], files: LiveFiles(), time: time, fileStem: "replay-\(now / 1_000_000_000)")
        guard let seat = seats.first else { return }
        try refuseStreamsFile(text, seat, spool)
        let shot = OneShot(
            try seat.make(control), settings: seat.settings, time: time, control: control,
            patienceNanoseconds: patience.nanoseconds,
            pace: Pace(bytesPerSecond: rate?.bytesPerSecond), seed: try SystemRandom.seed())
        let start = time.monotonicNanoseconds()
        var found = "calls"
        do {
            let offer = { (line: Span<UInt8>, place: LinePlace) throws in
                if signals.isStopRequested { control.request(deadline: 0) }
                try shot.offer(
                    line, lane: place.lane, sequence: place.sequence, number: place.line)
            }
            found =
                reassemble
                ? try rebuild(spool, selection, offer) : try read(spool, selection, offer)
            try shot.finish()
        } catch let end as OneShot.End {
            say(shot.totals, found, start, time)
            throw ReplayCommand.failure(end, patience)
        }
        say(shot.totals, found, start, time)
        if let refusal = shot.totals.firstRefusal {
            throw ServiceFailure(
                .dataError,
                "the sink refused \(shot.totals.refused) calls, the first with status "
                    + "\(refusal.status): \(PrintableText.of(String(refusal.excerpt.prefix(200))))")
        }
        if shot.totals.oversized > 0 {
            throw ServiceFailure(
                .dataError, "\(shot.totals.oversized) calls are longer than --in-flight allows")
        }
    }

    private func read(
        _ spool: LaneSpool, _ selection: CallSelection,
        _ offer: (Span<UInt8>, LinePlace) throws -> Void
    ) throws -> String {
        var calls = RetainedCalls(spool, selection)
        try calls.forEach(lanes: which.lanes, offer)
        let tally = calls.tally
        if tally.segments == 0 { throw ServiceFailure(.noInput, "no call segment is retained") }
        var text = "\(SizeText.count(tally.picked)) of \(SizeText.count(tally.lines)) calls read"
        if tally.damagedBytes > 0 {
            text += ", \(SizeText.bytes(tally.damagedBytes)) of segments damaged"
        }
        if tally.vanished > 0 { text += ", \(tally.vanished) segments deleted meanwhile" }
        return text
    }

    private func rebuild(
        _ spool: LaneSpool, _ selection: CallSelection,
        _ offer: (Span<UInt8>, LinePlace) throws -> Void
    ) throws -> String {
        var builder = Rebuilding(spool)
        builder.selection = selection
        builder.lanes = which.lanes
        try rebuilding.apply(to: &builder, spool)
        let tally = try builder.forEach(offer)
        if tally.reading.segments == 0 {
            throw ServiceFailure(.noInput, "no packet segment of that time is retained")
        }
        var text = "\(SizeText.count(tally.picked)) of \(SizeText.count(tally.calls)) calls built "
        text += "from \(SizeText.count(tally.reading.packets)) packets"
        if tally.reading.openFlows > 0 {
            text += ", \(SizeText.count(UInt64(tally.reading.openFlows))) connections still open"
        }
        if tally.reading.damagedBytes > 0 {
            text += ", \(SizeText.bytes(tally.reading.damagedBytes)) of segments damaged"
        }
        return text
    }

    /// A file that the stream appends to is cut back to the stream's mark after a crash.
    private func refuseStreamsFile(_ text: String, _ seat: SinkSeat, _ spool: LaneSpool) throws {
        let address = try SinkAddress(text, units: SinkFlags.units)
        guard case .file(let file) = address, !file.isDirectory else { return }
        let path = spool.layout.statePath(SinkCursor.fileName(sink: seat.name))
        if try spool.files.status(path) != nil {
            throw ServiceFailure(
                .usage, "--sink: '\(text)' is written by earshot-ship: name another file")
        }
    }

    private func say(
        _ totals: OneShot.Totals, _ found: String, _ start: Int64, _ time: SystemTime
    ) {
        var line = "\(found) · \(SizeText.count(totals.acknowledged)) accepted "
        line += "(\(SizeText.bytes(totals.bytes))) in "
        line += SizeText.span(nanoseconds: time.monotonicNanoseconds() - start)
        if totals.retries > 0 { line += " · \(totals.retries) attempts failed" }
        if totals.refused > 0 { line += " · \(totals.refused) refused" }
        CommandMain.say(line)
    }

    private static func failure(_ end: OneShot.End, _ patience: TimeSpan) -> ServiceFailure {
        switch end {
        case .gaveUp(let reason):
            ServiceFailure(
                .unavailable,
                "the sink accepted nothing for \(patience): \(PrintableText.of(reason)); "
                    + "run it again when it is back, ids stay the same")
        case .ended(let reason): ServiceFailure(.ioError, reason)
        case .stopped: ServiceFailure(.temporaryFailure, "stopped before the end")
        }
    }
}
