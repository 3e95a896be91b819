// \Q…\E: resolved before anything else is read, also inside character classes.

extension RegexParser {
    /// Fills `text` and `origin` with the pattern's code points, quoted ones escaped.
    mutating func resolveQuotes(_ pattern: String) {
        var source: [(UInt32, Int)] = []
        var offset = 0
        for scalar in pattern.unicodeScalars {
            source.append((scalar.value, offset))
            offset += UTF8.width(scalar)
        }
        var index = 0
        var isQuoted = false
        var isFirst = false
        func peek(_ place: Int) -> UInt32 { place < source.count ? source[place].0 : 0 }
        while index < source.count {
            let (character, place) = source[index]
            if isQuoted {
                if character == 0x5C, peek(index + 1) == 0x45 {
                    isQuoted = false
                    index += 2
                    continue
                }
                quote(character, place, isFirst: isFirst)
                isFirst = false
                index += 1
            } else if character == 0x5C, peek(index + 1) == 0x51 {
                isQuoted = true
                isFirst = true
                index += 2
            } else {
                text.append(character)
                origin.append(place)
                index += 1
                // The character behind a backslash is taken with it, lest `\\Q` be read as a quote.
                if character == 0x5C, index < source.count {
                    text.append(source[index].0)
                    origin.append(source[index].1)
                    index += 1
                }
            }
        }
    }

    private mutating func quote(_ character: UInt32, _ place: Int, isFirst: Bool) {
        let isLetter = (character | 0x20) &- 0x61 < 26
        if character < 0x80, !isLetter {
            if isDigit(character) {
                // A digit at the quote's start must not lengthen a number before it: \x3N.
                if isFirst {
                    for unit: UInt32 in [0x5C, 0x78, 0x33] {
                        text.append(unit)
                        origin.append(place)
                    }
                }
            } else {
                text.append(0x5C)
                origin.append(place)
            }
        }
        text.append(character)
        origin.append(place)
    }
}
