// Replacing every match, as java.util.regex.Matcher.replaceAll does.

public import Bytes

/// What replacing came to.
public enum ReplaceResult: Sendable, Equatable {
    /// No match: nothing was written.
    case unchanged
    /// The new text was appended.
    case replaced
    /// A limit was reached; what was appended is of no use.
    case limited
    /// The replacement text is faulty; what was appended is of no use.
    case failed
}

extension PatternMatcher {
    /// Appends `subject` to `target` with every match replaced.
    ///
    /// After an empty match the search goes on one character later, after any other at its end: so
    /// `.*` gives two replacements in a line that is not empty.
    ///
    /// - Parameters:
    ///   - pattern: One made for `.search`.
    ///   - subject: Valid UTF-8, not in `target`.
    ///   - replacement: Made for `pattern`.
    ///   - target: Where the text goes.
    public mutating func replaceAll(
        _ pattern: Pattern, in subject: Span<UInt8>, with replacement: Replacement,
        into target: inout ByteBuffer
    ) -> ReplaceResult {
        let limit = target.count + MatchLimits.replacedBytes
        var start = 0
        var copied = 0
        var isChanged = false
        let required = pattern.plan.required
        guard RequiredText.areAll(required, in: subject, from: 0) else { return .unchanged }
        // Where the first required text is next: looked for again only when it is behind us.
        var ahead = -1
        while start <= subject.count {
            if let text = required.first, ahead < start {
                guard let place = text.place(in: subject, from: start) else { break }
                ahead = place
            }
            switch search(pattern, subject, from: start) {
            case .limited: return .limited
            case .notMatched: start = subject.count + 1
            case .matched:
                if replacement.failure != nil { return .failed }
                let place = group(0) ?? 0..<0
                isChanged = true
                target.append(subject.slice(copied, place.lowerBound - copied))
                replacement.append(to: &target, self, subject)
                guard target.count <= limit else { return .limited }
                copied = place.upperBound
                start = place.upperBound
                if place.isEmpty {
                    if pattern.usesPreviousMatchEnd { start = subject.count }
                    start += start < subject.count ? subject.characterLength(at: start) : 1
                }
            }
        }
        guard isChanged else { return .unchanged }
        target.append(subject.from(copied))
        return .replaced
    }
}

extension Span where Element == UInt8 {
    /// The length of the character at `offset`, in valid UTF-8.
    func characterLength(at offset: Int) -> Int {
        switch self[offset] {
        case ..<0xC0: 1
        case ..<0xE0: Swift.min(2, count - offset)
        case ..<0xF0: Swift.min(3, count - offset)
        default: Swift.min(4, count - offset)
        }
    }
}
