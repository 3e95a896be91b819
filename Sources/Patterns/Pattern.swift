// A compiled regular expression of Java's dialect. Fence: PCRE2's code pointer never leaves the
// module.

import CPCRE2

/// A regular expression in the syntax and with the meaning of java.util.regex.
///
/// What PCRE2 cannot express exactly is refused: look-behinds without a bound, `\N{…}`, `\b{g}`,
/// `(?c)`, rare Unicode blocks. One thing is taken a little wider: a reference to a group under
/// `(?i)` folds all letters, as under `(?iu)`.
///
/// Compiled once, then only read: lanes share it, each with a `PatternMatcher` of its own.
@safe
public final class Pattern: @unchecked Sendable {
    // SAFETY: `code` is made in init, never changed after (PCRE2 documents compiled code, once JIT
    // compiled, as safe to use by several threads), and freed in deinit. All other members are
    // immutable values. That makes sharing sound.
    let code: OpaquePointer
    /// The expression as given.
    public let source: String
    /// What it was compiled for.
    public let purpose: MatchPurpose
    /// How many groups capture.
    public let groupCount: Int
    /// The numbers of named groups.
    public let groupNames: [String: Int]
    let plan: MatchPlan
    /// The ASCII members of the set a native strategy looks for.
    let bitmap: ByteSet
    /// Whether there is machine code; matching is interpreted otherwise.
    let isCompiled: Bool
    /// Whether `\G` is in the pattern.
    let usesPreviousMatchEnd: Bool

    /// Compiles a pattern.
    ///
    /// - Parameters:
    ///   - pattern: The expression, in Java's syntax.
    ///   - purpose: What it is for.
    /// - Throws: `PatternError` when it is not valid in Java, or cannot be expressed exactly.
    public init(parsing pattern: String, for purpose: MatchPurpose) throws(PatternError) {
        var parser = try RegexParser(pattern)
        let parsed = try parser.parse()
        let root = purpose == .search ? parsed : parsed.replacingPreviousMatchEnd
        let plan = MatchPlan(root, purpose: purpose, groupCount: parser.groupCount)
        let usesPreviousMatchEnd = root.hasPreviousMatchEnd
        if usesPreviousMatchEnd,
            root.flattened(openingCaptures: true).first != .assertion(.previousMatchEnd)
        {
            throw PatternError(message: "\\G is supported at the start only", offset: 0)
        }
        let text = RegexWriter.text(
            of: plan.node, groupCount: parser.groupCount, countsSteps: plan.countsSteps)
        let code = try unsafe Pattern.compile(text, plan, purpose)
        var size = 0
        // SAFETY: PCRE2_INFO_JITSIZE writes a size_t.
        let status = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_JITSIZE), &size)
        isCompiled = status == 0 && size > 0
        unsafe self.code = code
        source = pattern
        self.purpose = purpose
        groupCount = parser.groupCount
        groupNames = parser.names
        self.plan = plan
        self.usesPreviousMatchEnd = usesPreviousMatchEnd
        switch plan.strategy {
        case .engine: bitmap = ByteSet()
        case .run(let set, _, _), .trigger(_, let set): bitmap = ByteSet(set)
        }
    }

    deinit { unsafe pcre2_code_free_8(code) }

    /// Whether the steps of matching are counted, because they may outgrow the text.
    public var countsSteps: Bool { plan.countsSteps }

    private static func compile(
        _ text: String, _ plan: MatchPlan, _ purpose: MatchPurpose
    ) throws(PatternError) -> OpaquePointer {
        var options: UInt32 = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C
        if plan.isAnchored { options |= PCRE2_ANCHORED }
        if plan.startsByItself { options |= PCRE2_NO_START_OPTIMIZE }
        if purpose == .fullMatch { options |= PCRE2_ENDANCHORED }
        let bytes = Array(text.utf8)
        var status: Int32 = 0
        var offset = 0
        // SAFETY: the pointer and the length are those of `bytes`, alive for the call; the two
        // numbers are our own variables; no compile context is needed.
        let compiled = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe pcre2_compile_8(buffer.baseAddress, buffer.count, options, &status, &offset, nil)
        }
        guard let compiled = unsafe compiled else {
            throw PatternError(message: message(of: status), offset: 0)
        }
        // Without a just-in-time compiler matching is interpreted, under the engine's own limits.
        _ = unsafe pcre2_jit_compile_8(compiled, PCRE2_JIT_COMPLETE)
        return unsafe compiled
    }

    private static func message(of status: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 128)
        // SAFETY: the buffer and its length belong together.
        let length = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            unsafe pcre2_get_error_message_8(status, buffer.baseAddress, buffer.count)
        }
        guard length > 0 else { return "Not expressible" }
        return String(decoding: bytes[..<Int(length)], as: UTF8.self)
    }
}

extension RegexNode {
    /// The pattern for a single search from the start, where `\G` is the start.
    var replacingPreviousMatchEnd: RegexNode {
        guard hasPreviousMatchEnd else { return self }
        switch self {
        case .assertion(.previousMatchEnd): return .assertion(.textStart)
        case .sequence(let items): return .sequence(items.map(\.replacingPreviousMatchEnd))
        case .alternation(let items): return .alternation(items.map(\.replacingPreviousMatchEnd))
        case .group(let inner, let number):
            return .group(inner.replacingPreviousMatchEnd, number: number)
        case .atomic(let inner): return .atomic(inner.replacingPreviousMatchEnd)
        case .look(let look, let inner): return .look(look, inner.replacingPreviousMatchEnd)
        case .repeated(let inner, let minimum, let maximum, let kind):
            return .repeated(
                inner.replacingPreviousMatchEnd, minimum: minimum, maximum: maximum, kind)
        case .empty, .never, .literal, .oneOf, .assertion, .lineBreak, .grapheme, .backreference:
            return self
        }
    }
}
