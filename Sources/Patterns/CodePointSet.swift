// Sets of code points as sorted ranges: what character classes are made of, and what the analysis
// of a pattern compares.

/// A set of code points.
struct CodePointSet: Equatable, Sendable {
    /// Sorted, disjoint, not adjacent.
    private(set) var ranges: [ClosedRange<UInt32>]

    /// The highest code point.
    static let last: UInt32 = 0x10FFFF
    static let all = CodePointSet([0...last])
    static let ascii = CodePointSet([0...0x7F])
    static let digits = CodePointSet([0x30...0x39])
    /// What `.` does not match: RFC-free, java.util.regex's line terminators.
    static let lineTerminators = CodePointSet([
        0x0A...0x0A, 0x0D...0x0D, 0x85...0x85, 0x2028...0x2029,
    ])

    /// Creates a set from ranges in any order.
    init(_ unsorted: [ClosedRange<UInt32>]) {
        ranges = []
        for range in unsorted.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let previous = ranges.last, range.lowerBound <= previous.upperBound &+ 1 {
                let upper = max(previous.upperBound, range.upperBound)
                ranges[ranges.count - 1] = previous.lowerBound...upper
            } else {
                ranges.append(range)
            }
        }
    }

    /// Creates the set of one code point.
    init(_ value: UInt32) { ranges = [value...value] }

    /// Creates the set of the code points of a text.
    init(of text: String) { self.init(text.unicodeScalars.map { $0.value...$0.value }) }

    var isEmpty: Bool { ranges.isEmpty }

    /// The only member, nil when there are none or several.
    var single: UInt32? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }

    /// Whether this is a character below U+0100, or both cases of one letter.
    var isLatinSingle: Bool {
        (ranges.last?.upperBound ?? 0) < 0x100 && ranges.count <= 2
            && ranges.allSatisfy { $0.count == 1 }
    }

    /// Whether every member is ASCII.
    var isASCII: Bool { (ranges.last?.upperBound ?? 0) < 0x80 }

    var complement: CodePointSet {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= CodePointSet.last { result.append(next...CodePointSet.last) }
        return CodePointSet(result)
    }

    func union(_ other: CodePointSet) -> CodePointSet { CodePointSet(ranges + other.ranges) }

    func intersection(_ other: CodePointSet) -> CodePointSet {
        complement.union(other.complement).complement
    }

    func isDisjoint(with other: CodePointSet) -> Bool { intersection(other).isEmpty }

    func contains(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } }

    /// The set with the other case of every ASCII letter in it.
    var withBothASCIICases: CodePointSet {
        var result = ranges
        for range in ranges {
            for (first, last, shift) in [(0x41, 0x5A, 0x20), (0x61, 0x7A, -0x20)] {
                let low = max(Int(range.lowerBound), first)
                let high = min(Int(range.upperBound), last)
                if low <= high { result.append(UInt32(low + shift)...UInt32(high + shift)) }
            }
        }
        return CodePointSet(result)
    }
}
