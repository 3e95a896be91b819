// Texts from the wire as small numbers: as many as are in use, up to a limit.

import Assembly

/// The distinct keys of one grouping that are in use.
struct KeyTable: Sendable {
    /// The most keys at a time; what comes beyond them is `(other)`.
    let maximumKeys: Int
    private var ids: [String: Int32] = [:]
    private var texts = [KeyTable.otherText]
    private var uses = [0]
    private var free: [Int32] = []

    /// What keys beyond the limit are shown as.
    static let otherText = "(other)"
    /// The id of all of them.
    static let other: Int32 = 0
    /// The most characters of a key.
    static let maximumCharacters = 256

    init(maximumKeys: Int) { self.maximumKeys = maximumKeys }

    /// How many ids there may be, the unused included.
    var capacity: Int { texts.count }

    /// Keys in use, `(other)` not counted.
    var count: Int { ids.count }

    /// A key as it is shown: printable.
    func text(_ id: Int32) -> String { texts[Int(id)] }

    /// Counts one more use of a key.
    mutating func take(_ key: String) -> Int32 {
        // Cleaned here, once for each key: from here on it is fit to be shown.
        if let id = ids[key] {
            uses[Int(id)] += 1
            return id
        }
        guard ids.count < maximumKeys else {
            uses[Int(KeyTable.other)] += 1
            return KeyTable.other
        }
        let text = PrintableText.cut(PrintableText.of(key), to: KeyTable.maximumCharacters)
        let id: Int32
        if let unused = free.popLast() {
            id = unused
            texts[Int(id)] = text
            uses[Int(id)] = 1
        } else {
            id = Int32(texts.count)
            texts.append(text)
            uses.append(1)
        }
        ids[key] = id
        keys[id] = key
        return id
    }

    // The key an id stands for, as it came: what is shown may be the same for two.
    private var keys: [Int32: String] = [:]

    /// Counts one use less; a key without a use makes room for another.
    mutating func release(_ id: Int32) {
        uses[Int(id)] -= 1
        guard id != KeyTable.other, uses[Int(id)] == 0, let key = keys.removeValue(forKey: id)
        else { return }
        ids[key] = nil
        free.append(id)
    }
}
