// The flags that can be set inside a pattern: (?imsxdu-imsxdu) and (?U).

/// Flags of java.util.regex.
struct RegexFlags: OptionSet, Sendable {
    let rawValue: UInt8
    static let caseless = RegexFlags(rawValue: 1)
    static let multiline = RegexFlags(rawValue: 2)
    static let dotAll = RegexFlags(rawValue: 4)
    static let unixLines = RegexFlags(rawValue: 8)
    static let unicodeCase = RegexFlags(rawValue: 16)
    static let comments = RegexFlags(rawValue: 32)
    static let unicodeClasses = RegexFlags(rawValue: 64)

    /// The flag of a letter; nil for letters that set none.
    static func named(_ letter: UInt32) -> RegexFlags? {
        switch letter {
        case 0x69: .caseless
        case 0x6D: .multiline
        case 0x73: .dotAll
        case 0x64: .unixLines
        case 0x75: .unicodeCase
        case 0x78: .comments
        case 0x55: [.unicodeClasses, .unicodeCase]
        default: nil
        }
    }

    /// How letter case counts for literals.
    var caseRule: CaseRule {
        guard contains(.caseless) else { return .exact }
        return contains(.unicodeCase) ? .unicode : .ascii
    }
}
