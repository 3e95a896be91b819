// What every match must hold: looked for first, since finding a text is ten times as fast as
// matching, and most values do not have it.

import Bytes

/// A text that is in every match of a pattern.
struct RequiredText: Equatable, Sendable {
    /// The most texts of a pattern that are looked for.
    static let maximumTexts = 8

    /// The text, ASCII.
    let bytes: [UInt8]
    /// The offset of its rarest byte.
    let rarest: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        rarest =
            bytes.indices.max { RequiredText.rarity(bytes[$0]) < RequiredText.rarity(bytes[$1]) }
            ?? 0
    }

    /// The offset of the first occurrence at or after `start`; nil when there is none.
    func place(in subject: Span<UInt8>, from start: Int) -> Int? {
        var next = start + rarest
        while let found = Scan.firstIndex(of: bytes[rarest], in: subject, from: next) {
            let first = found - rarest
            if bytes.count <= subject.count - first, isAt(first, in: subject) { return first }
            next = found + 1
        }
        return nil
    }

    private func isAt(_ first: Int, in subject: Span<UInt8>) -> Bool {
        for index in bytes.indices where subject[first + index] != bytes[index] { return false }
        return true
    }

    /// Whether all of `texts` are there, one behind the other.
    static func areAll(_ texts: [RequiredText], in subject: Span<UInt8>, from start: Int) -> Bool {
        var next = start
        for text in texts {
            guard let place = text.place(in: subject, from: next) else { return false }
            next = place + text.bytes.count
        }
        return true
    }

    /// The texts of a pattern: runs of literals that no match can go round.
    static func texts(of node: RegexNode) -> [RequiredText] {
        var texts: [RequiredText] = []
        var run: [UInt8] = []
        func finish() {
            if !run.isEmpty, texts.count < maximumTexts { texts.append(RequiredText(run)) }
            run = []
        }
        for item in node.flattened(openingCaptures: true) {
            if let byte = requiredByte(of: item) {
                run.append(byte)
            } else if case .assertion = item {
                continue
            } else {
                finish()
                guard case .repeated(let inner, let minimum, _, _) = item, minimum > 0,
                    let byte = requiredByte(of: inner)
                else { continue }
                // Only one of them is sure to stand next to what follows.
                run = [byte]
                finish()
            }
        }
        finish()
        return texts
    }

    private static func requiredByte(of node: RegexNode) -> UInt8? {
        guard let value = node.singleCharacter?.single, value < 0x80 else { return nil }
        return UInt8(value)
    }

    private static func rarity(_ byte: UInt8) -> Int {
        switch byte {
        case 0x20: 0
        case 0x61...0x7A: 1
        case 0x22, 0x2C, 0x2E, 0x2D, 0x2F, 0x3A, 0x7B, 0x7D, 0x5F: 2
        case 0x30...0x39: 3
        case 0x41...0x5A: 4
        default: 5
        }
    }
}
