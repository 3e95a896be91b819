// The `sniffer:` block of the Helm chart's values as a configuration file (spec resurface.md 4.2),
// and keys of other processes that concern this one.

import Platform
import YAML

extension FileLayer {
    mutating func readSniffer(_ node: YAMLNode) throws(ServiceFailure) {
        var leaves: [(path: String, key: YAMLNode, node: YAMLNode)] = []
        try collect(node, path: "", into: &leaves)
        for setting in table.settings {
            for old in setting.snifferKeys {
                guard let leaf = leaves.first(where: { $0.path == old.name }) else { continue }
                let texts = try texts(of: leaf.node, key: leaf.key).map(FileLayer.wholeNumber)
                if try apply(old, "sniffer.\(old.name)", texts, to: setting, at: leaf.key) { break }
            }
        }
        for old in table.unusedSnifferKeys {
            guard let leaf = leaves.first(where: { FileLayer.is($0.path, at: old.name) }) else {
                continue
            }
            // The value may be a block of any depth; then only its being there counts.
            let text = leaf.node.string ?? ""
            if case .warn(let reason) = old.meaning(text) {
                warnings.append("\(place(leaf.key)): sniffer.\(old.name): \(reason)")
            }
        }
    }

    /// Keys in the block of another process that say something about this one, too.
    mutating func readOthers(
        _ block: [YAMLPair], of process: String
    ) throws(ServiceFailure) {
        for pair in block {
            let (keyNode, node) = (pair.key, pair.value)
            try readOther("\(process).\(try name(of: keyNode))", keyNode, node)
        }
    }

    /// A key of another process that may say something about this one, too.
    mutating func readOther(
        _ path: String, _ key: YAMLNode, _ node: YAMLNode
    ) throws(ServiceFailure) {
        for setting in table.settings {
            guard let old = setting.otherKeys.first(where: { $0.name == path }) else { continue }
            _ = try apply(old, path, try texts(of: node, key: key), to: setting, at: key)
        }
    }

    /// - Returns: Whether something follows for the setting.
    private mutating func apply(
        _ old: OldName, _ path: String, _ texts: [String], to setting: Setting, at key: YAMLNode
    ) throws(ServiceFailure) -> Bool {
        let source = "\(place(key)): \(path)"
        let text = texts.joined(separator: ",")
        if text.isEmpty { return false }
        switch old.meaning(text) {
        case .value(let value):
            // An environment layer of its own could not hold it better: values[…] of the block
            // must not beat keys of Earshot's own in the same file.
            if values[setting.flag] == nil {
                try set(setting, [value], source: source, at: key)
            }
        case .valueButWarn(let value, let warning):
            warnings.append("\(source): \(warning)")
            if values[setting.flag] == nil {
                try set(setting, [value], source: source, at: key)
            }
        case .nothing: return false
        case .warn(let warning):
            warnings.append("\(source): \(warning)")
            return false
        case .wrong(let reason):
            throw ServiceFailure(.configuration, "\(source): '\(text)' \(reason)")
        }
        return true
    }

    /// Walks the block down to known keys; an unknown one is an error.
    private func collect(
        _ node: YAMLNode, path: String,
        into leaves: inout [(path: String, key: YAMLNode, node: YAMLNode)]
    ) throws(ServiceFailure) {
        guard case .mapping(let mapping) = node.content else {
            if node.isNull { return }
            throw failure(node, "'sniffer\(path.isEmpty ? "" : "." + path)' is not a block")
        }
        for pair in mapping {
            let (keyNode, child) = (pair.key, pair.value)
            let key = try name(of: keyNode)
            let full = path.isEmpty ? key : "\(path).\(key)"
            if SnifferKeys.blocks.contains(full) {
                try collect(child, path: full, into: &leaves)
            } else if SnifferKeys.leaves.contains(full) {
                leaves.append((full, keyNode, child))
            } else {
                let hint = Suggestion.text(
                    for: full, among: SnifferKeys.blocks.union(SnifferKeys.leaves).sorted())
                throw failure(keyNode, "no such setting: 'sniffer.\(full)'\(hint)")
            }
        }
    }

    private static func `is`(_ path: String, at name: String) -> Bool {
        path == name || path.hasPrefix(name + ".")
    }

    /// `8.864121e+06`, as Helm writes large numbers, as `8864121`; anything else unchanged.
    private static func wholeNumber(_ text: String) -> String {
        guard text.contains("e") || text.contains("E") || text.contains("."),
            let number = WholeNumber.parse(text)
        else { return text }
        return String(number)
    }
}
