// "Did you mean …": the nearest known name, when it is near enough to be a slip.

/// Finds the name somebody meant.
enum Suggestion {
    /// ` (did you mean 'x'?)`, or nothing when no name is near.
    static func text(for name: String, among names: some Sequence<String>) -> String {
        let nearest = names.map { (distance(name, $0), $0) }.min { $0 < $1 }
        guard let (edits, match) = nearest, edits <= max(1, name.utf8.count / 3) else { return "" }
        return " (did you mean '\(match)'?)"
    }

    /// How many letters must be put in, taken out or changed.
    static func distance(_ left: String, _ right: String) -> Int {
        let (from, to) = (Array(left.utf8), Array(right.utf8))
        var row = Array(0...to.count)
        for (index, byte) in from.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in to.enumerated() {
                let change = diagonal + (byte == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, row[column] + 1, row[column + 1] + 1)
            }
        }
        return row[to.count]
    }
}
