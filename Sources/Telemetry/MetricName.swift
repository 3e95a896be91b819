// The rules for names that promtool accepts without remark.

/// Checks metric and label names.
enum MetricName {
    /// Whether `name` is lower-case snake case: `[a-z_][a-z0-9_]*`.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(first >= 0x30 && first <= 0x39) else { return false }
        return name.utf8.allSatisfy { byte in
            (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte == 0x5F
        }
    }

    /// A counter's name, which ends in `_total`.
    static func counter(_ name: String) -> String {
        name.hasSuffix("_total") ? name : name + "_total"
    }
}
