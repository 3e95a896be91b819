// Everything that begins with a backslash.

extension RegexParser {
    /// What an escape stands for.
    enum Escape {
        case literal(UInt32)
        case characters(CharacterClass)
        case node(RegexNode)
    }

    /// Reads an escape at the cursor, which is at the backslash.
    mutating func parseEscape(inClass: Bool, inRange: Bool) throws(PatternError) -> Escape {
        guard cursor + 1 < text.count else { throw error("Unexpected end of pattern") }
        let letter = at(cursor + 1)
        cursor += 2
        if let characters = classEscape(letter, inRange: inRange) { return .characters(characters) }
        switch letter {
        case 0x30: return .literal(try parseOctal())
        case 0x78: return .literal(try parseHexadecimal())
        case 0x75: return .literal(try parseUnicode())
        case 0x63:
            guard cursor < text.count else { throw error("Illegal control escape sequence") }
            return .literal(read() ^ 64)
        case 0x61: return .literal(0x07)
        case 0x65: return .literal(0x1B)
        case 0x66: return .literal(0x0C)
        case 0x6E: return .literal(0x0A)
        case 0x72: return .literal(0x0D)
        case 0x74: return .literal(0x09)
        case 0x76: return .literal(0x0B)
        default: break
        }
        let isLetter = letter < 0x80 && (letter | 0x20) &- 0x61 < 26
        if !isLetter, !isDigit(letter) { return .literal(letter) }
        guard !inClass, let node = try parseAssertion(letter) else {
            throw error("Illegal/unsupported escape sequence", back: 1)
        }
        return .node(node)
    }

    private mutating func parseAssertion(_ letter: UInt32) throws(PatternError) -> RegexNode? {
        let isUnicode = flags.contains(.unicodeClasses)
        switch letter {
        case 0x31...0x39: return parseBackreference(Int(letter - 0x30))
        case 0x41: return .assertion(.textStart)
        case 0x7A: return .assertion(.textEnd)
        case 0x5A: return .assertion(finalLineEnd)
        case 0x47: return .assertion(.previousMatchEnd)
        case 0x52: return .lineBreak
        case 0x58: return .grapheme
        case 0x62:
            if peek() == 0x7B, at(cursor + 1) == 0x67 {
                throw error("Grapheme boundaries are not supported")
            }
            return .assertion(.wordBoundary(isUnicode: isUnicode, isNegated: false))
        case 0x42: return .assertion(.wordBoundary(isUnicode: isUnicode, isNegated: true))
        case 0x6B:
            guard read() == 0x3C else { throw error("\\k is not followed by '<'", back: 1) }
            let name = try parseGroupName()
            guard let number = names[name] else {
                throw error("named capturing group <\(name)> does not exist", back: 1)
            }
            return .backreference(number, flags.caseRule)
        default: return nil
        }
    }

    /// A group number: as many digits as name a group that exists so far.
    private mutating func parseBackreference(_ first: Int) -> RegexNode {
        var number = first
        while isDigit(peek()), cursor < text.count {
            let longer = number * 10 + Int(text[cursor] - 0x30)
            guard longer <= groupCount else { break }
            number = longer
            cursor += 1
        }
        return .backreference(number, flags.caseRule)
    }

    /// The classes that a single letter names.
    private func classEscape(_ letter: UInt32, inRange: Bool) -> CharacterClass? {
        let isUnicode = flags.contains(.unicodeClasses)
        let vertical = CodePointSet([0x0A...0x0D, 0x85...0x85, 0x2028...0x2029])
        let horizontal = CodePointSet([
            0x09...0x09, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x180E...0x180E,
            0x2000...0x200A, 0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
        ])
        let word = CodePointSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
        let space = CodePointSet([0x09...0x0D, 0x20...0x20])
        switch letter {
        case 0x64: return isUnicode ? .property("\\p{Nd}") : .set(.digits)
        case 0x44: return isUnicode ? .property("\\P{Nd}") : .set(CodePointSet.digits.complement)
        case 0x77: return isUnicode ? UnicodeProperty.word : .set(word)
        case 0x57: return isUnicode ? .complement(UnicodeProperty.word) : .set(word.complement)
        case 0x73: return isUnicode ? .property("\\p{White_Space}") : .set(space)
        case 0x53: return isUnicode ? .property("\\P{White_Space}") : .set(space.complement)
        case 0x68: return .set(horizontal)
        case 0x48: return .set(horizontal.complement)
        // At either end of a range \v is the vertical tab, as it was before it was a class.
        case 0x76: return inRange ? nil : .set(vertical)
        case 0x56: return .set(vertical.complement)
        default: return nil
        }
    }

    private mutating func parseOctal() throws(PatternError) -> UInt32 {
        func digit(_ character: UInt32) -> UInt32? {
            character &- 0x30 < 8 ? character &- 0x30 : nil
        }
        guard var value = digit(read()) else {
            throw error("Illegal octal escape sequence", back: 1)
        }
        let longest = value <= 3 ? 2 : 1
        for _ in 0..<longest {
            guard let more = digit(peek()), cursor < text.count else { break }
            value = value * 8 + more
            cursor += 1
        }
        return value
    }

    private func hexDigit(_ character: UInt32) -> UInt32? {
        if isDigit(character) { return character - 0x30 }
        let lower = character | 0x20
        return character < 0x80 && lower &- 0x61 < 6 ? lower - 0x61 + 10 : nil
    }

    private mutating func parseHexadecimal() throws(PatternError) -> UInt32 {
        let first = read()
        if let high = hexDigit(first), let low = hexDigit(read()) { return high * 16 + low }
        guard first == 0x7B, hexDigit(peek()) != nil else {
            throw error("Illegal hexadecimal escape sequence", back: 1)
        }
        var value: UInt32 = 0
        while let digit = hexDigit(peek()), cursor < text.count {
            value = value << 4 | digit
            guard value <= CodePointSet.last else {
                throw error("Hexadecimal codepoint is too big")
            }
            cursor += 1
        }
        guard read() == 0x7D else {
            throw error("Unclosed hexadecimal escape sequence", back: 1)
        }
        return value
    }

    private mutating func parseUnicode() throws(PatternError) -> UInt32 {
        let high = try parseFourDigits()
        guard high >= 0xD800, high < 0xDC00, at(cursor) == 0x5C, at(cursor + 1) == 0x75 else {
            return high
        }
        let saved = cursor
        cursor += 2
        let low = try parseFourDigits()
        guard low >= 0xDC00, low < 0xE000 else {
            cursor = saved
            return high
        }
        return 0x1_0000 + (high - 0xD800) << 10 + (low - 0xDC00)
    }

    private mutating func parseFourDigits() throws(PatternError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = hexDigit(read()) else {
                throw error("Illegal Unicode escape sequence", back: 1)
            }
            value = value << 4 | digit
        }
        return value
    }

    /// `\p…` or `\P…`; the cursor is at the letter.
    mutating func parseProperty() throws(PatternError) -> CharacterClass {
        let isNegated = at(cursor) == 0x50
        var name = ""
        if next() == 0x7B, cursor < text.count {
            cursor += 1
            while cursor < text.count, text[cursor] != 0x7D {
                name.unicodeScalars.append(Unicode.Scalar(text[cursor]) ?? "?")
                cursor += 1
            }
            guard cursor < text.count else { throw error("Unclosed character family") }
            if name.isEmpty { throw error("Empty character family") }
        } else if cursor < text.count {
            name.unicodeScalars.append(Unicode.Scalar(text[cursor]) ?? "?")
        }
        guard let found = UnicodeProperty.named(name, flags: flags) else {
            throw error("Unknown character property name {\(name)}")
        }
        cursor += 1
        return isNegated ? .complement(found) : found
    }
}
