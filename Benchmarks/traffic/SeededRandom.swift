// The only source of chance in a capture: the same seed gives the same bytes. SplitMix64.

/// A small, fast, seeded generator.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    /// Starts from a seed; every seed is a good one.
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `limit`; the bias is below 2⁻³².
    mutating func below(_ limit: Int) -> Int {
        Int((next() >> 32).multipliedFullWidth(by: UInt64(limit) << 32).high)
    }

    /// A number in a closed range.
    mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// True once in a thousand, times `count`.
    mutating func perMille(_ count: Int) -> Bool { below(1000) < count }

    /// One of the elements.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    /// One of the elements, each as often as its weight says.
    mutating func pick<Element>(weighted elements: [(weight: Int, value: Element)]) -> Element {
        var left = below(elements.reduce(0) { $0 + $1.weight })
        for element in elements {
            left -= element.weight
            if left < 0 { return element.value }
        }
        return elements[elements.count - 1].value
    }

    /// A size around `median` with the long tail that sizes on the web have.
    mutating func longTailed(median: Int) -> Int {
        // The sum of four uniform numbers is close enough to a normal one; 2^x of it has the tail.
        let bell = (0..<4).reduce(0) { sum, _ in sum + below(1024) } - 2046
        let whole = bell >> 9
        let scaled = whole >= 0 ? median << whole : median >> -whole
        return max(scaled + scaled * (bell & 511) / 512, 1)
    }
}
