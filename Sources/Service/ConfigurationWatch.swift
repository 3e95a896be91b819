// A configuration file that changes while the process runs: an edit, a ConfigMap that Kubernetes
// swaps by renaming a symbolic link, or SIGHUP. Settings that can change in a running process do;
// of the others the log says that they want a restart; a bad file is refused and changes nothing.

import Logging
import Platform
import Telemetry

/// Notices a changed configuration file and reads all layers again.
///
/// The file is read once a second, through symbolic links: its text is what counts, not its name,
/// its inode or its times.
public struct ConfigurationWatch<Command: ServiceCommand> {
    /// A good configuration that differs from the one in force.
    public struct Change {
        /// The command with all its settings as they are now.
        public var command: Command
        /// The flags that differ and can change in a running process.
        public var changed: Set<String>
    }

    private let service: ServiceContext
    private let live: Set<String>
    private let path: String?
    private let reloads: Counter
    private let failures: Counter
    private var effective: [String: String]
    /// The text last looked at; nil when it could not be read.
    private var seen: String?
    /// Whether the file was looked at since the start: it may have changed meanwhile.
    private var hasLooked = false
    private var nextLook: ContinuousClock.Instant

    /// How often the file is read.
    public static var interval: Duration { .seconds(1) }

    /// Watches the file the process was started with, if there is one.
    ///
    /// - Parameters:
    ///   - command: The process.
    ///   - service: Its surroundings.
    ///   - live: The flags that can change while it runs.
    public init(
        _ command: Command.Type, _ service: ServiceContext, live: Set<String>,
        now: ContinuousClock.Instant = .now
    ) {
        self.service = service
        self.live = live
        path = service.launch.configurationPath
        reloads = service.metrics.counter(
            "earshot_config_reloads_total",
            help: "Changes of the configuration file put in force while running.")
        failures = service.metrics.counter(
            "earshot_config_reload_failures_total",
            help: "Configuration files that were bad and changed nothing.")
        effective = Self.values(service.launch.layered)
        nextLook = now
    }

    /// Looks at the file, if it is time or a signal asked for it.
    ///
    /// - Returns: The new settings when some changed that can change now.
    public mutating func look(
        isAsked: Bool, now: ContinuousClock.Instant = .now
    ) -> Change? {
        guard let path else {
            if isAsked { say("configuration_unchanged", "there is no --config file") }
            return nil
        }
        guard isAsked || now >= nextLook else { return nil }
        nextLook = now + Self.interval
        let text = Self.text(of: path)
        guard isAsked || !hasLooked || text != seen else { return nil }
        seen = text
        defer { hasLooked = true }
        let parsed: (Command, LayeredArguments)
        do {
            parsed = try ServiceMain.configure(
                Command.self, named: service.name, arguments: service.launch.arguments,
                environment: service.launch.environment)
        } catch {
            refuse(ServiceFailure(error))
            return nil
        }
        service.health.clear("configuration")
        return accept(parsed.0, parsed.1)
    }

    private mutating func accept(_ command: Command, _ layered: LayeredArguments) -> Change? {
        for warning in layered.warnings where !service.warnings.contains(warning) {
            service.log.warning("configuration", metadata: ["about": "\(warning)"])
        }
        let values = Self.values(layered)
        let flags = Set(values.keys).union(effective.keys)
        let different = flags.filter { values[$0] != effective[$0] }
        let fixed = different.subtracting(live).sorted()
        if !fixed.isEmpty {
            service.log.warning(
                "configuration_needs_restart",
                metadata: ["settings": "\(fixed.joined(separator: ","))"])
        }
        let changed = different.intersection(live)
        guard !changed.isEmpty else {
            if hasLooked {
                say("configuration_unchanged", "no setting differs that can change while running")
            }
            return nil
        }
        for flag in changed { effective[flag] = values[flag] }
        reloads.add()
        let shown = changed.sorted().map { "\($0)=\(values[$0] ?? "default")" }
        service.log.notice(
            "configuration_reloaded", metadata: ["settings": "\(shown.joined(separator: " "))"])
        return Change(command: command, changed: changed)
    }

    private func refuse(_ failure: ServiceFailure) {
        failures.add()
        let words = failure.description.split(whereSeparator: \.isNewline).joined(separator: " ")
        service.health.set("configuration", because: "\(words); the old one stays in force")
        service.log.error(
            "configuration_refused",
            metadata: ["error": "\(words)", "in_force": "the old one"])
    }

    private func say(_ event: String, _ about: String) {
        service.log.info("\(event)", metadata: ["about": "\(about)"])
    }

    private static func values(_ layered: LayeredArguments) -> [String: String] {
        Dictionary(
            layered.effective.map { ($0.flag, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    private static func text(of path: String) -> String? {
        do {
            return try ServiceMain.readFile(path)
        } catch {
            // The next reading says what is wrong with it.
            return nil
        }
    }
}
