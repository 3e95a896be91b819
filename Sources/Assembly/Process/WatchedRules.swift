// Rules that change while we run: their file does, or SIGHUP asks. A set that is bad is refused
// loudly and changes nothing.

import Calls
import Logging
import Rules
import Service
import Telemetry
import Wire

/// Notices new rules.
struct WatchedRules: Sendable {
    private var loader: RulesLoader
    private var text: String?
    private var turn = 0

    /// The file is read every so many looks.
    static let everyLooks = 8

    init(_ loader: RulesLoader) {
        self.loader = loader
        text = loader.fileText()
    }

    /// Puts new rules in force if there are any.
    mutating func look(_ assembler: Assembler, isAsked: Bool) {
        guard loader.path != nil else { return }
        turn += 1
        guard isAsked || turn % WatchedRules.everyLooks == 0 else { return }
        let found = loader.fileText()
        guard isAsked || found != text else { return }
        text = found
        load(assembler)
    }

    /// Puts flags in force that changed: ports, networks, rules.
    mutating func take(_ flags: AssemblyFlags, _ assembler: Assembler) {
        let decoder = flags.engineOptions().decoder
        assembler.rules.replaceFilter(ports: decoder.ports, networks: decoder.vniFilter)
        guard flags.rules != loader.given else { return }
        loader = RulesLoader(flags.rules)
        text = loader.fileText()
        load(assembler)
    }

    private func load(_ assembler: Assembler) {
        do throws(ServiceFailure) {
            let rules = try loader.load()
            assembler.rules.replace(rules)
            assembler.gauges.rulesReloads.add()
            assembler.service.health.clear("rules")
            assembler.service.log.info("rules_reloaded", metadata: ["rules": "\(rules.size)"])
        } catch {
            assembler.gauges.rulesRefusals.add()
            assembler.service.health.set("rules", because: "\(error); the old ones stay in force")
            assembler.service.log.error(
                "rules_refused", metadata: ["error": "\(error)", "in_force": "the old ones"])
        }
    }
}
