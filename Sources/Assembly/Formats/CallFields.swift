// A stored call record taken apart again, for formats that people and their tools read.

import Bytes
public import Records

/// The pairs of one call record, by key.
public struct CallFields: ~Copyable {
    var list = PairList()

    /// Creates an empty record.
    public init() {}

    /// Reads a line, without its line feed, in place of what was held.
    public mutating func read(_ line: Span<UInt8>) throws(RecordError) {
        try RecordReader.read(line, into: &list)
    }

    /// The index of the first pair with this key.
    func index(of key: StaticString) -> Int? {
        list.pairs.firstIndex { list.span($0.key).equals(key) }
    }

    /// The value of a pair.
    @_lifetime(borrow self)
    func value(_ index: Int) -> Span<UInt8> { list.span(list.pairs[index].value) }

    /// The value of the first pair with this key as text.
    public func text(_ key: StaticString) -> String? {
        guard let index = index(of: key) else { return nil }
        return String(decoding: value(index))
    }

    /// The value of the first pair with this key as a number.
    public func number(_ key: StaticString) -> Int64? {
        guard let text = text(key) else { return nil }
        return Int64(text)
    }

    /// The value of the first header of this name, lower-case.
    func header(_ prefix: StaticString, _ name: StaticString) -> String? {
        let found = list.pairs.firstIndex { pair in
            let key = list.span(pair.key)
            guard key.starts(with: prefix) else { return false }
            return key.from(prefix.utf8CodeUnitCount).equalsIgnoringCase(name)
        }
        guard let found else { return nil }
        return String(decoding: value(found))
    }

    /// Whether anything of the call's response was seen.
    var hasResponse: Bool { index(of: "response_code") != nil }
}
