// Everything that begins with an opening parenthesis.

extension RegexParser {
    /// A group and its kind; nil for flags that hold until the enclosing group ends: `(?i)`.
    mutating func parseGroup() throws(PatternError) -> RegexNode? {
        let saved = flags
        openings.append(cursor)
        defer { openings.removeLast() }
        let character = next()
        guard character == 0x3F, cursor < text.count else {
            return try finishCapture(name: nil, restoring: saved)
        }
        let kind = at(cursor + 1)
        cursor += 2
        switch kind {
        case 0x3A:
            return .group(try finish(restoring: saved), number: nil)
        case 0x3D, 0x21:
            let look = LookAround(isBehind: false, isNegative: kind == 0x21)
            return .look(look, try finish(restoring: saved))
        case 0x3E:
            return .atomic(try finish(restoring: saved))
        case 0x3C:
            let sign = read()
            if sign == 0x3D || sign == 0x21 {
                let look = LookAround(isBehind: true, isNegative: sign == 0x21)
                let start = cursor
                let inner = try finish(restoring: saved)
                guard let expanded = FixedLength.alternatives(of: inner) else {
                    cursor = start
                    throw error("Look-behind without an obvious maximum length")
                }
                return .look(look, expanded)
            }
            cursor -= 1
            return try finishCapture(name: try parseGroupName(), restoring: saved)
        default:
            cursor -= 1
            return try parseFlags(restoring: saved)
        }
    }

    private mutating func finishCapture(
        name: String?, restoring saved: RegexFlags
    ) throws(PatternError) -> RegexNode {
        groupCount += 1
        let number = groupCount
        if let name {
            guard names[name] == nil else {
                throw error("Named capturing group <\(name)> is already defined")
            }
            names[name] = number
        }
        return .group(try finish(restoring: saved), number: number)
    }

    /// What a group holds, up to its closing parenthesis.
    private mutating func finish(restoring saved: RegexFlags) throws(PatternError) -> RegexNode {
        let inner = try parseAlternation()
        guard peek() == 0x29, cursor < text.count else {
            throw error("Unclosed group", back: cursor - (openings.last ?? 0))
        }
        cursor += 1
        flags = saved
        return inner
    }

    /// A group's name and the `>` behind it.
    mutating func parseGroupName() throws(PatternError) -> String {
        var name = ""
        while true {
            let character = read()
            let isLetter = (character | 0x20) &- 0x61 < 26 && character < 0x80
            if name.isEmpty, !isLetter {
                throw error("capturing group name does not start with a Latin letter", back: 1)
            }
            guard isLetter || isDigit(character) else {
                if character == 0x3E { return name }
                throw error("named capturing group is missing trailing '>'", back: 1)
            }
            name.unicodeScalars.append(Unicode.Scalar(UInt8(character)))
        }
    }

    private mutating func parseFlags(restoring saved: RegexFlags) throws(PatternError) -> RegexNode?
    {
        var isAdding = true
        while true {
            let letter = peek()
            if letter == 0x2D, isAdding {
                isAdding = false
            } else if let flag = RegexFlags.named(letter) {
                if isAdding { flags.formUnion(flag) } else { flags.subtract(flag) }
            } else if letter == 0x63 {
                throw error("Canonical equivalence is not supported")
            } else {
                break
            }
            cursor += 1
        }
        switch read() {
        case 0x29: return nil
        case 0x3A: return .group(try finish(restoring: saved), number: nil)
        default: throw error("Unknown inline modifier", back: 1)
        }
    }
}
