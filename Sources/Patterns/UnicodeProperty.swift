// The names java.util.regex knows inside \p{…}, and what they are here.

/// Translates property names.
enum UnicodeProperty {
    private static let categories: Set<String> = [
        "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp",
        "Cc",
        "Cf", "Co", "Cs", "Pd", "Ps", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf", "Pe",
        "L", "M", "N", "Z", "C", "P", "S",
    ]

    private static func set(_ ranges: ClosedRange<UInt32>...) -> CharacterClass {
        .set(CodePointSet(ranges))
    }

    /// The class a name in braces stands for; nil when the name is unknown here.
    static func named(_ name: String, flags: RegexFlags) -> CharacterClass? {
        if let mark = name.firstIndex(of: "=") {
            let value = String(name[name.index(after: mark)...])
            switch name[..<mark].lowercased() {
            case "sc", "script": return script(value)
            case "blk", "block": return block(value)
            case "gc", "general_category": return plain(value, flags)
            default: return nil
            }
        }
        if name.hasPrefix("In") { return block(String(name.dropFirst(2))) }
        if name.hasPrefix("Is") {
            let short = String(name.dropFirst(2))
            return binary(short, flags) ?? plain(short, flags) ?? script(short)
        }
        if flags.contains(.unicodeClasses), let found = unicodePOSIX(name, flags) { return found }
        return plain(name, flags)
    }

    /// General categories, POSIX names over ASCII, and the `java…` predicates.
    static func plain(_ name: String, _ flags: RegexFlags) -> CharacterClass? {
        let caseless = flags.contains(.caseless)
        if categories.contains(name) {
            if caseless, name == "Lu" || name == "Ll" || name == "Lt" {
                return .property("\\p{Lu}\\p{Ll}\\p{Lt}")
            }
            return .property("\\p{" + name + "}")
        }
        switch name {
        case "LC": return .property("\\p{Lu}\\p{Ll}\\p{Lt}")
        case "LD": return .property("\\p{L}\\p{Nd}")
        case "L1": return set(0...0xFF)
        case "all": return .set(.all)
        case "ASCII": return .set(.ascii)
        case "Alnum": return set(0x30...0x39, 0x41...0x5A, 0x61...0x7A)
        case "Alpha": return set(0x41...0x5A, 0x61...0x7A)
        case "Blank": return set(0x20...0x20, 0x09...0x09)
        case "Cntrl": return set(0...0x1F, 0x7F...0x7F)
        case "Digit": return .set(.digits)
        case "Graph": return set(0x21...0x7E)
        case "Lower": return caseless ? set(0x41...0x5A, 0x61...0x7A) : set(0x61...0x7A)
        case "Upper": return caseless ? set(0x41...0x5A, 0x61...0x7A) : set(0x41...0x5A)
        case "Print": return set(0x20...0x7E)
        case "Punct": return set(0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E)
        case "Space": return set(0x09...0x0D, 0x20...0x20)
        case "XDigit": return set(0x30...0x39, 0x41...0x46, 0x61...0x66)
        default: return javaPredicate(name, caseless)
        }
    }

    private static let cased = "\\p{Lowercase}\\p{Uppercase}\\p{Lt}"

    private static func javaPredicate(_ name: String, _ caseless: Bool) -> CharacterClass? {
        switch name {
        case "javaLowerCase": return .property(caseless ? cased : "\\p{Lowercase}")
        case "javaUpperCase": return .property(caseless ? cased : "\\p{Uppercase}")
        case "javaTitleCase": return .property(caseless ? cased : "\\p{Lt}")
        case "javaAlphabetic": return .property("\\p{Alphabetic}")
        case "javaIdeographic": return .property("\\p{Ideographic}")
        case "javaDigit": return .property("\\p{Nd}")
        case "javaDefined": return .property("\\P{Cn}")
        case "javaLetter": return .property("\\p{L}")
        case "javaLetterOrDigit": return .property("\\p{L}\\p{Nd}")
        case "javaJavaIdentifierStart": return .property("\\p{L}\\p{Sc}\\p{Pc}\\p{Nl}")
        case "javaJavaIdentifierPart":
            return .union(
                .property("\\p{L}\\p{Sc}\\p{Pc}\\p{Nl}\\p{Nd}\\p{Mc}\\p{Mn}\\p{Cf}"),
                set(0...8, 0x0E...0x1B, 0x7F...0x9F))
        case "javaIdentifierIgnorable":
            return .union(.property("\\p{Cf}"), set(0...8, 0x0E...0x1B, 0x7F...0x9F))
        case "javaSpaceChar": return .property("\\p{Z}")
        case "javaWhitespace":
            return set(
                0x09...0x0D, 0x1C...0x20, 0x1680...0x1680, 0x2000...0x2006, 0x2008...0x200A,
                0x2028...0x2029, 0x205F...0x205F, 0x3000...0x3000)
        case "javaISOControl": return set(0...0x1F, 0x7F...0x9F)
        case "javaMirrored": return .property("\\p{Bidi_Mirrored}")
        default: return nil
        }
    }

    /// The binary properties behind `Is`, in any letter case.
    static func binary(_ name: String, _ flags: RegexFlags) -> CharacterClass? {
        let caseless = flags.contains(.caseless)
        switch name.uppercased() {
        case "ALPHABETIC": return .property("\\p{Alphabetic}")
        case "LETTER": return .property("\\p{L}")
        case "IDEOGRAPHIC": return .property("\\p{Ideographic}")
        case "LOWERCASE": return .property(caseless ? cased : "\\p{Lowercase}")
        case "UPPERCASE": return .property(caseless ? cased : "\\p{Uppercase}")
        case "TITLECASE": return .property(caseless ? cased : "\\p{Lt}")
        case "WHITE_SPACE", "WHITESPACE": return .property("\\p{White_Space}")
        case "CONTROL": return .property("\\p{Cc}")
        case "PUNCTUATION": return .property("\\p{P}")
        case "HEX_DIGIT", "HEXDIGIT":
            return .union(
                .property("\\p{Nd}"),
                set(
                    0x30...0x39, 0x41...0x46, 0x61...0x66, 0xFF10...0xFF19, 0xFF21...0xFF26,
                    0xFF41...0xFF46))
        case "ASSIGNED": return .property("\\P{Cn}")
        case "NONCHARACTER_CODE_POINT", "NONCHARACTERCODEPOINT":
            return .property("\\p{Noncharacter_Code_Point}")
        case "DIGIT": return .property("\\p{Nd}")
        case "ALNUM": return .property("\\p{Alphabetic}\\p{Nd}")
        case "BLANK": return .union(.property("\\p{Zs}"), set(9...9))
        case "GRAPH": return graph
        case "PRINT": return print
        case "WORD": return word
        case "JOIN_CONTROL", "JOINCONTROL": return set(0x200C...0x200D)
        default: return nil
        }
    }

    /// What \w means when classes are Unicode's.
    static let word = CharacterClass.union(
        .property("\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}"), .set(CodePointSet([0x200C...0x200D])))

    private static let graph = CharacterClass.complement(
        .property("\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Cn}"))

    private static let print = CharacterClass.intersection(
        .union(graph, .property("\\p{Zs}")), .complement(.property("\\p{Cc}")))

    /// The POSIX names when classes are Unicode's.
    private static func unicodePOSIX(_ name: String, _ flags: RegexFlags) -> CharacterClass? {
        switch name {
        case "Alpha": binary("ALPHABETIC", flags)
        case "Lower": binary("LOWERCASE", flags)
        case "Upper": binary("UPPERCASE", flags)
        case "Space": binary("WHITE_SPACE", flags)
        case "Punct": binary("PUNCTUATION", flags)
        case "XDigit": binary("HEX_DIGIT", flags)
        case "Alnum": binary("ALNUM", flags)
        case "Cntrl": binary("CONTROL", flags)
        case "Digit": binary("DIGIT", flags)
        case "Blank": binary("BLANK", flags)
        case "Graph": graph
        case "Print": print
        default: nil
        }
    }

    /// A script; PCRE2 judges the name when the pattern is compiled.
    private static func script(_ name: String) -> CharacterClass? {
        let isName =
            !name.isEmpty && name.utf8.allSatisfy { $0 == 0x5F || ($0 | 0x20) &- 0x61 < 26 }
        return isName ? .property("\\p{sc:" + name + "}") : nil
    }

    /// The blocks people write; others are refused.
    private static func block(_ name: String) -> CharacterClass? {
        let key = name.lowercased().filter { $0 != " " && $0 != "-" && $0 != "_" }
        switch key {
        case "basiclatin": return set(0...0x7F)
        case "latin1supplement": return set(0x80...0xFF)
        case "latinextendeda": return set(0x100...0x17F)
        case "latinextendedb": return set(0x180...0x24F)
        case "latinextendedadditional": return set(0x1E00...0x1EFF)
        case "ipaextensions": return set(0x250...0x2AF)
        case "combiningdiacriticalmarks": return set(0x300...0x36F)
        case "greek", "greekandcoptic": return set(0x370...0x3FF)
        case "cyrillic": return set(0x400...0x4FF)
        case "armenian": return set(0x530...0x58F)
        case "hebrew": return set(0x590...0x5FF)
        case "arabic": return set(0x600...0x6FF)
        case "devanagari": return set(0x900...0x97F)
        case "thai": return set(0xE00...0xE7F)
        case "hanguljamo": return set(0x1100...0x11FF)
        case "generalpunctuation": return set(0x2000...0x206F)
        case "superscriptsandsubscripts": return set(0x2070...0x209F)
        case "currencysymbols": return set(0x20A0...0x20CF)
        case "letterlikesymbols": return set(0x2100...0x214F)
        case "numberforms": return set(0x2150...0x218F)
        case "arrows": return set(0x2190...0x21FF)
        case "mathematicaloperators": return set(0x2200...0x22FF)
        case "boxdrawing": return set(0x2500...0x257F)
        case "cjksymbolsandpunctuation": return set(0x3000...0x303F)
        case "hiragana": return set(0x3040...0x309F)
        case "katakana": return set(0x30A0...0x30FF)
        case "cjkunifiedideographs": return set(0x4E00...0x9FFF)
        case "hangulsyllables": return set(0xAC00...0xD7AF)
        case "privateusearea": return set(0xE000...0xF8FF)
        case "halfwidthandfullwidthforms": return set(0xFF00...0xFFEF)
        case "emoticons": return set(0x1F600...0x1F64F)
        default: return nil
        }
    }
}
