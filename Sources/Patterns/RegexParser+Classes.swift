// Bracketed classes: ranges, nested classes, `&&` and a leading `^`, as java.util.regex reads them.

extension RegexParser {
    /// A class; the cursor is at `[`, or before the first item when `consume` is false.
    ///
    /// - Parameter consume: Whether the closing bracket is taken: the right side of `&&` leaves it.
    mutating func parseClass(consume: Bool) throws(PatternError) -> CharacterClass {
        depth += 1
        defer { depth -= 1 }
        guard depth <= RegexParser.maximumDepth else { throw error("Nested too deep") }
        let opening = cursor
        var result: CharacterClass?
        var hasOnlySingles = true
        var character = next()
        let isNegated = character == 0x5E && at(cursor - 1) == 0x5B && cursor < text.count
        if isNegated { character = next() }
        while true {
            guard cursor < text.count else {
                throw error("Unclosed character class", back: cursor - opening)
            }
            if character == 0x5B {
                hasOnlySingles = false
                result = joined(result, try parseClass(consume: true))
            } else if character == 0x26, at(cursor + 1) == 0x26 {
                cursor += 1
                result = try parseIntersection(with: result, hasOnlySingles: hasOnlySingles)
            } else if character == 0x5D, let result {
                if consume { cursor += 1 }
                return isNegated ? .complement(result) : result
            } else {
                let item = try parseRange()
                hasOnlySingles = hasOnlySingles && (item.codePoints?.isLatinSingle ?? false)
                result = joined(result, item)
            }
            character = peek()
        }
    }

    private func joined(_ left: CharacterClass?, _ right: CharacterClass) -> CharacterClass {
        guard let left else { return right }
        if case .set(let first) = left, case .set(let second) = right {
            return .set(first.union(second))
        }
        return .union(left, right)
    }

    /// The right side of `&&`; the cursor is at the second ampersand.
    ///
    /// An empty right side means nothing where the left one is single characters; elsewhere Java
    /// falls into its own trap, and it is refused here.
    private mutating func parseIntersection(
        with left: CharacterClass?, hasOnlySingles: Bool
    ) throws(PatternError) -> CharacterClass? {
        var right: CharacterClass?
        var character = next()
        while character != 0x5D, character != 0x26 {
            guard cursor < text.count else { throw error("Unclosed character class", back: 1) }
            if character == 0x5B {
                right = joined(right, try parseClass(consume: true))
            } else {
                cursor -= 1
                right = joined(right, try parseClass(consume: false))
            }
            character = peek()
        }
        guard let right else {
            if left == nil || !hasOnlySingles { throw error("Bad class syntax") }
            return left
        }
        return left.map { .intersection($0, right) } ?? right
    }

    /// One character, a range, or an escape that names a class.
    private mutating func parseRange() throws(PatternError) -> CharacterClass {
        var first = peek()
        if first == 0x5C {
            let letter = at(cursor + 1)
            if letter == 0x70 || letter == 0x50 {
                cursor += 1
                return try parseProperty()
            }
            let isRange = at(cursor + 2) == 0x2D
            switch try parseEscape(inClass: true, inRange: isRange) {
            case .literal(let character): first = character
            case .characters(let characters): return characters
            case .node: throw error("Illegal/unsupported escape sequence", back: 1)
            }
        } else {
            cursor += 1
        }
        guard peek() == 0x2D, cursor < text.count else { return oneCharacter(first...first) }
        let end = at(cursor + 1)
        if end == 0x5B || end == 0x5D { return oneCharacter(first...first) }
        var last = next()
        if last == 0x5C {
            guard case .literal(let character) = try parseEscape(inClass: true, inRange: true)
            else {
                throw error("Illegal character range", back: 1)
            }
            last = character
        } else {
            cursor += 1
        }
        guard first <= last else { throw error("Illegal character range", back: 1) }
        return oneCharacter(first...last)
    }

    private func oneCharacter(_ range: ClosedRange<UInt32>) -> CharacterClass {
        let set = CodePointSet([range])
        switch flags.caseRule {
        case .exact: return .set(set)
        case .ascii: return .set(set.withBothASCIICases)
        case .unicode:
            let single = set.single.map { UnicodeCase.closure(of: $0) }
            return .set(single ?? UnicodeCase.closure(of: set))
        }
    }
}
