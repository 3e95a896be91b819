// `earshot rules try`: what rules would do to the calls of a capture.

import ArgumentParser
import Assembly
import Bytes
import Calls
import PacketSource
import Platform
import Rules
import Service

/// Tries rules on a capture.
struct RulesTry: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try", abstract: "Shows what rules would do to each call of a capture.",
        discussion: "- is a pair that goes, ~ one whose value changes, + one that is added.")

    @Argument(help: ArgumentHelp("A file with rules.", valueName: "rules"))
    var file: String

    @Argument(help: ArgumentHelp("The captures, in order.", valueName: "capture"))
    var captures: [String]

    func run() throws {
        let text = try RulesFile.read(file)
        let rules: RuleSet
        do throws(RuleError) {
            rules = try RuleSet(text, load: { RulesLoader("file://\($0)").fileText() })
        } catch {
            throw ServiceFailure(
                .dataError, RulesLoader.line(for: error, path: RulesFile.name(file)))
        }
        do throws(CaptureError) {
            try OfflineCapture.check(captures)
        } catch {
            throw ReadingError.input(error)
        }
        var reading = CaptureReading(
            EngineOptions(), rules: nil, printer: CallPrinter(.lines),
            output: RulesTrial(rules, output: DescriptorOutput.standard))
        let found = try reading.read(captures)
        for warning in found.warnings { CommandMain.say(warning) }
        let trial = reading.output.totals
        print(
            "\(trial.calls) calls: \(trial.dropped) dropped, \(trial.untouched) unchanged, "
                + "\(trial.calls - trial.dropped - trial.untouched) changed")
    }
}
