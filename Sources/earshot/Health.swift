// `earshot health`: whether a process is well, for health checks in images without curl.

import ArgumentParser
import Foundation
import Platform
import Service
import Telemetry

/// Asks a process for its health.
struct Health: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Asks a process's --listen address how it is.",
        discussion: """
            Ends with 0 when the answer is one of success, else with 69 and a line that says why: \
            made for health checks of containers. The page is /healthz (its loops turn) unless the \
            address names another: /readyz (nothing stands in its way), /metrics.
            """)

    @Argument(
        help: ArgumentHelp(
            "What to ask: http://127.0.0.1:9464/readyz, 127.0.0.1:9464 or 9464; EARSHOT_LISTEN by "
                + "default.",
            valueName: "address"))
    var address: String?

    @Option(help: "The longest wait for an answer.")
    var timeout = TimeSpan.seconds(3)

    @Flag(help: "Print the page.")
    var show = false

    func run() throws {
        let address = address ?? ProcessInfo.processInfo.environment["EARSHOT_LISTEN"] ?? ""
        guard let probe = HealthProbe(address) else {
            throw ServiceFailure(
                .usage, "'\(address)' is not an address to ask: write http://HOST:PORT/healthz")
        }
        let answer: HealthProbe.Answer
        do throws(HealthProbe.Failure) {
            answer = try probe.ask(timeoutNanoseconds: timeout.nanoseconds)
        } catch {
            throw ServiceFailure(.unavailable, "\(address): \(error)")
        }
        if show { print(answer.body, terminator: answer.body.hasSuffix("\n") ? "" : "\n") }
        guard answer.isGood else {
            let words = answer.body.split(whereSeparator: \.isNewline).joined(separator: "; ")
            throw ServiceFailure(.unavailable, "\(address): \(answer.status): \(words)")
        }
    }
}
