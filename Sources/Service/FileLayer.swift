// A configuration file: YAML, keys named like flags, a block per process, and the `sniffer:` block
// of the Helm chart's values (spec resurface 4.2).

import Platform
import YAML

/// Reads settings from a YAML text. Keys with no value count as unset.
struct FileLayer {
    /// Values by flag.
    var values: [String: LayerValue] = [:]
    /// What the operator should know.
    var warnings: [String] = []

    let file: String
    let table: SettingsTable

    /// Reads and checks every key.
    init(_ text: String, file: String, table: SettingsTable) throws(ServiceFailure) {
        self.file = file
        self.table = table
        let root: YAMLNode?
        do throws(YAMLError) {
            root = try YAMLDocument.read(text)
        } catch {
            throw ServiceFailure(.configuration, "\(file):\(error.line): \(error.problem)")
        }
        guard let root, !root.isNull else { return }
        guard case .mapping(let mapping) = root.content else {
            throw ServiceFailure(.configuration, "\(file): is not a mapping of keys to values")
        }
        try readTop(mapping)
    }

    private mutating func readTop(_ mapping: [YAMLPair]) throws(ServiceFailure) {
        // The block of this process beats the keys shared by all.
        var own: [YAMLPair] = []
        let hasSniffer = mapping.contains { $0.key.string == "sniffer" }
        for pair in mapping {
            let (keyNode, node) = (pair.key, pair.value)
            let key = try name(of: keyNode)
            if key == "sniffer" {
                try readSniffer(node)
            } else if KnownSettings.processes.contains(key) {
                guard case .mapping(let block) = node.content else {
                    if node.isNull { continue }
                    throw failure(keyNode, "'\(key)' is not a block of settings")
                }
                if key == table.process { own = block } else { try readOthers(block, of: key) }
            } else if table.setting(key: key) != nil {
                try read(keyNode, node)
            } else if hasSniffer && key == "provider" {
                continue  // Helm's, beside `sniffer:`; the engine follows from vpcmirror.enabled.
            } else if isOfAnotherProcess(key) {
                try readOther(key, keyNode, node)
            } else {
                let hint = Suggestion.text(
                    for: key, among: knownKeys + KnownSettings.processes + ["sniffer"])
                throw failure(keyNode, "no such setting: '\(key)'\(hint)")
            }
        }
        for pair in own {
            let (keyNode, node) = (pair.key, pair.value)
            let key = try name(of: keyNode)
            guard table.setting(key: key) != nil else {
                let hint = Suggestion.text(for: key, among: knownKeys)
                throw failure(keyNode, "no such setting: '\(table.process).\(key)'\(hint)")
            }
            try read(keyNode, node)
        }
    }

    private mutating func read(_ keyNode: YAMLNode, _ node: YAMLNode) throws(ServiceFailure) {
        let key = try name(of: keyNode)
        guard let setting = table.setting(key: key), !node.isNull else { return }
        let texts = try texts(of: node, key: keyNode)
        try set(setting, texts, source: "\(place(keyNode)): \(key)", at: keyNode)
    }

    mutating func set(
        _ setting: Setting, _ texts: [String], source: String, at keyNode: YAMLNode
    ) throws(ServiceFailure) {
        var values = texts
        switch setting.shape {
        case .joined:
            if texts.isEmpty { return }
            values = [texts.joined(separator: ",")]
        case .list, .lines: break
        case .value, .toggle:
            guard texts.count == 1 else {
                throw ServiceFailure(.configuration, "\(source): takes one value, not a list")
            }
        }
        for value in values {
            do {
                try setting.check(value)
            } catch {
                throw ServiceFailure(.configuration, "\(source): '\(value)' \(error)")
            }
        }
        self.values[setting.flag] = LayerValue(values: values, source: source)
    }

    private var knownKeys: [String] {
        table.settings.filter { $0.layers == .all }.map(\.flag)
    }

    private func isOfAnotherProcess(_ key: String) -> Bool {
        let flag = key.split(separator: "_", omittingEmptySubsequences: false).joined(
            separator: "-")
        return KnownSettings.flags.contains(flag) && table.setting(flag: flag) == nil
    }

    func name(of node: YAMLNode) throws(ServiceFailure) -> String {
        guard let text = node.string else { throw failure(node, "a key is not a word") }
        return text
    }

    func texts(of node: YAMLNode, key: YAMLNode) throws(ServiceFailure) -> [String] {
        switch node.content {
        case .scalar(let text, _): return node.isNull ? [] : [text]
        case .sequence(let sequence):
            var texts: [String] = []
            for item in sequence {
                guard let text = item.string else {
                    throw failure(item, "'\(try name(of: key))' holds something that is no value")
                }
                texts.append(text)
            }
            return texts
        case .mapping:
            throw failure(key, "'\(try name(of: key))' takes a value, not a block")
        case .alias:
            throw failure(key, "'\(try name(of: key))' is an alias, which is not supported")
        }
    }

    func place(_ node: YAMLNode) -> String {
        "\(file):\(node.line)"
    }

    func failure(_ node: YAMLNode, _ text: String) -> ServiceFailure {
        ServiceFailure(.configuration, "\(place(node)): \(text)")
    }
}
