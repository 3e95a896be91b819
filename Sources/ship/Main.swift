// earshot-ship: sends sealed call segments to every sink, through outages of any length.

import ArgumentParser
import Logging
import Platform
import Service
import SinkSetup
import Sinks
import Spool
import Telemetry

@main
struct Ship: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "earshot-ship",
        abstract: "Ships call records from the spool to where people look at them.",
        discussion: """
            Each sink has its own cursor and its own thread. A sink that is down is retried \
            without an end; its records wait in the spool. Secrets come by file or variable \
            (EARSHOT_SINK_USER, EARSHOT_BEARER_TOKEN), never by flag.
            """,
        version: EarshotVersion.line("earshot-ship"))
    static let settings = ShipOptions.table

    @OptionGroup var options: ShipOptions
    @OptionGroup(title: "Common") var common: CommonOptions

    func validateOptions() throws {
        _ = try self.seats(files: LiveFiles(), time: SystemTime())
    }

    func serve(_ service: ServiceContext) throws {
        let files = LiveFiles()
        let time = SystemTime()
        let seats = try self.seats(files: files, time: time)
        let layout = SpoolLayout(root: common.spool)
        let lock: SpoolLock
        do throws(SpoolError) {
            try layout.prepare(files: files, stages: [.calls])
            lock = try SpoolLock(role: "ship", layout: layout, files: files)
        } catch {
            throw ServiceFailure(error.exitCode, error.description)
        }
        if options.disable {
            idle(service)
        } else {
            let group = ShipGroup(
                seats: seats, layout: layout, files: files, time: time, log: service.log,
                metrics: service.metrics, health: service.health)
            // Nothing of it changes while it runs; the log says what wants a restart.
            var watch = ConfigurationWatch(Ship.self, service, live: [])
            let outcomes = try group.run(
                drain: common.drain, retainNanoseconds: options.retain.nanoseconds,
                waitForStop: { nanoseconds in
                    _ = watch.look(isAsked: service.signals.takeHangup())
                    return service.signals.wait(nanoseconds: nanoseconds)
                })
            try report(outcomes)
        }
        _ = consume lock
    }

    private func report(_ outcomes: [String: ShipGroup.Outcome]) throws {
        let sorted = outcomes.sorted { $0.key < $1.key }
        for (_, outcome) in sorted {
            if case .failed(let line) = outcome { throw ServiceFailure(.unavailable, line) }
        }
        for (name, outcome) in sorted {
            if case .end(.gaveUp(let reason)) = outcome {
                throw ServiceFailure(
                    .temporaryFailure,
                    "--drain: \(name) \(reason); its place is kept and nothing is lost: run "
                        + "again when it answers, or give a longer --drain-timeout")
            }
        }
    }

    /// The sinks asked for.
    private func seats(files: LiveFiles, time: SystemTime) throws -> [SinkSeat] {
        let texts = options.to.isEmpty ? ["file:calls/"] : options.to
        let seats = try SinkSeats(options.sinks).seats(
            texts, files: files, time: time, isDisabled: options.disable)
        return seats.map { seat in
            var seat = seat
            seat.settings.order = options.order
            seat.settings.backfillBytesPerSecond = options.backfillRate.bytesPerSecond
            let timeout = options.drainTimeout.nanoseconds
            seat.settings.drainTimeoutNanoseconds = timeout > 0 ? timeout : nil
            return seat
        }
    }

    /// Disabled: records stay in the spool, nothing is sent and nothing deleted.
    private func idle(_ service: ServiceContext) {
        service.log.warning(
            "disabled", metadata: ["consequence": "call records stay in the spool"])
        service.health.clear("starting")
        if common.drain { return }
        while !service.signals.wait(nanoseconds: 1_000_000_000) {}
    }

    static func main() { ServiceMain.run(Ship.self) }
}
