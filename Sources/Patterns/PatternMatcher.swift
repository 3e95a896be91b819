// A lane's working memory for matching: match data, the compiled patterns' stack, the step counter.
//
// Fence: PCRE2's pointers stay in this file. Steps: a counted pattern calls back wherever it can
// take another way; each costs `MatchLimits.stepsPerCallout` and half the distance the match moved
// since. Every search costs `MatchLimits.stepsPerSearch`.

import Bytes
import CPCRE2

/// What a match came to.
public enum MatchResult: Sendable, Equatable {
    /// There is a match.
    case matched
    /// There is none.
    case notMatched
    /// A limit was reached before that was known.
    case limited
}

/// Counts the steps of matches; callouts write to it.
struct StepMeter {
    var left = MatchLimits.steps
    var last = 0
    /// Whether the pattern compares groups, whose length counts too.
    var comparesGroups = false
}

/// Matches patterns; not shared between threads.
@safe
public struct PatternMatcher: ~Copyable {
    // SAFETY: all pointers are made in init, owned by this value alone and freed in deinit; `meter`
    // is what `context` hands to the callout, and outlives it.
    private var data: OpaquePointer
    private let context: OpaquePointer
    private let stack: OpaquePointer?
    private let meter: UnsafeMutablePointer<StepMeter>
    private var pairs: UInt32 = 16
    private var found = 0..<0
    private var groupsFound = 0

    /// Reserves the memory.
    public init() {
        // SAFETY: null asks for the default allocator everywhere; results are checked.
        guard let data = unsafe pcre2_match_data_create_8(16, nil),
            let context = unsafe pcre2_match_context_create_8(nil)
        else { preconditionFailure("there is memory for a few hundred bytes") }
        unsafe self.data = data
        unsafe self.context = context
        unsafe stack = pcre2_jit_stack_create_8(32 << 10, MatchLimits.stackBytes, nil)
        unsafe meter = UnsafeMutablePointer<StepMeter>.allocate(capacity: 1)
        unsafe meter.initialize(to: StepMeter())
        if let stack = unsafe stack {
            unsafe pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack))
        }
        _ = unsafe pcre2_set_match_limit_8(context, MatchLimits.engineMatches)
        _ = unsafe pcre2_set_depth_limit_8(context, MatchLimits.engineDepth)
        _ = unsafe pcre2_set_heap_limit_8(context, MatchLimits.engineHeapKiB)
        // SAFETY: the callout gets `meter` and nothing else; it is a plain function.
        _ = unsafe pcre2_set_callout_8(context, countStep, meter)
    }

    deinit {
        unsafe pcre2_match_data_free_8(data)
        unsafe pcre2_match_context_free_8(context)
        if let stack = unsafe stack { unsafe pcre2_jit_stack_free_8(stack) }
        unsafe meter.deallocate()
    }

    /// Gives counted patterns their steps back; call it once per call record.
    public mutating func resetBudget() { unsafe meter.pointee.left = MatchLimits.steps }

    /// Steps left until matches of counted patterns are `.limited`.
    public var stepsLeft: Int { unsafe max(meter.pointee.left, 0) }

    /// The place of a group in the last match; nil when it took no part.
    public func group(_ number: Int) -> Range<Int>? {
        if number == 0 { return found }
        guard number > 0, number < groupsFound else { return nil }
        // SAFETY: the match set `groupsFound` pairs, and `data` holds at least as many.
        let places = unsafe pcre2_get_ovector_pointer_8(data)
        let start = unsafe places?[2 * number] ?? -1
        let end = unsafe places?[2 * number + 1] ?? -1
        // PCRE2_UNSET, all ones, is -1 here.
        guard start >= 0, start <= end else { return nil }
        return start..<end
    }

    /// Whether the whole of `subject` matches a pattern made for `.fullMatch`.
    ///
    /// - Parameter subject: Valid UTF-8; the engine does not check.
    public mutating func matches(_ pattern: Pattern, _ subject: Span<UInt8>) -> MatchResult {
        precondition(pattern.purpose == .fullMatch, "a pattern compiled for full matches")
        if pattern.plan.takesAnyLine, subject.isPlainLine {
            found = 0..<subject.count
            groupsFound = 1
            return .matched
        }
        guard RequiredText.areAll(pattern.plan.required, in: subject, from: 0) else {
            return .notMatched
        }
        return run(pattern, subject, from: 0)
    }

    /// Finds the first match at or after `start`; `group(_:)` then tells where.
    ///
    /// - Parameters:
    ///   - pattern: One made for `.search` or `.containment`.
    ///   - subject: Valid UTF-8; the engine does not check.
    ///   - start: Where the search begins, at a character's first byte.
    public mutating func find(
        _ pattern: Pattern, in subject: Span<UInt8>, from start: Int = 0
    ) -> MatchResult {
        precondition(pattern.purpose != .fullMatch, "a pattern compiled for searching")
        guard RequiredText.areAll(pattern.plan.required, in: subject, from: start) else {
            return .notMatched
        }
        return search(pattern, subject, from: start)
    }

    /// `find` without asking first for what every match must hold.
    mutating func search(
        _ pattern: Pattern, _ subject: Span<UInt8>, from start: Int
    ) -> MatchResult {
        switch pattern.plan.strategy {
        case .engine:
            return run(pattern, subject, from: start)
        case .run(_, let minimum, let maximum):
            return findRun(pattern, subject, from: start, minimum, maximum)
        case .trigger(let trigger, let characters):
            return findTrigger(pattern, subject, from: start, trigger, characters)
        }
    }

    /// Looks at every `minimum`-th byte only: a run of that length cannot hide between two.
    private mutating func findRun(
        _ pattern: Pattern, _ subject: Span<UInt8>, from start: Int, _ minimum: Int, _ maximum: Int
    ) -> MatchResult {
        let members = pattern.bitmap
        var clean = start
        while minimum <= subject.count - clean {
            var place = clean + minimum - 1
            while place < subject.count, !members.contains(subject[place]) { place += minimum }
            guard place < subject.count else { return .notMatched }
            clean = max(clean, place - minimum + 1)
            var first = place
            while first > clean, members.contains(subject[first - 1]) { first -= 1 }
            // Every byte of the run up to `place` is a member.
            var end = place + 1
            let longest = maximum > subject.count - first ? subject.count : first + maximum
            while end < longest, members.contains(subject[end]) { end += 1 }
            end = min(end, longest)
            if end - first >= minimum {
                found = first..<end
                groupsFound = 1
                return .matched
            }
            clean = end
        }
        return .notMatched
    }

    private mutating func findTrigger(
        _ pattern: Pattern, _ subject: Span<UInt8>, from start: Int, _ trigger: UInt8,
        _ characters: CodePointSet
    ) -> MatchResult {
        var clean = start
        while let place = Scan.firstIndex(of: trigger, in: subject, from: clean) {
            var first = place
            while first > clean {
                let byte = subject[first - 1]
                if byte < 0x80 {
                    guard pattern.bitmap.contains(byte) else { break }
                    first -= 1
                } else {
                    let length = subject.characterLength(before: first)
                    let value = UTF8Sequence(at: first - length, in: subject).scalar
                    guard first - length >= clean, characters.contains(value) else { break }
                    first -= length
                }
            }
            if first < place {
                let result = run(pattern, subject, from: first)
                if result != .notMatched { return result }
            }
            clean = place + 1
        }
        return .notMatched
    }

    private mutating func run(
        _ pattern: Pattern, _ subject: Span<UInt8>, from start: Int
    ) -> MatchResult {
        if pattern.groupCount >= Int(pairs) { growData(to: pattern.groupCount + 1) }
        guard unsafe meter.pointee.left > 0 else { return .limited }
        unsafe meter.pointee.left &-= MatchLimits.stepsPerSearch
        if pattern.plan.countsSteps {
            unsafe meter.pointee.last = start
            unsafe meter.pointee.comparesGroups = pattern.plan.node.hasBackreference
        }
        // SAFETY: pointer and length are the span's, alive for the call; an empty span gets some
        // other valid pointer, never read. The subject is valid UTF-8 by contract, and `start` is
        // inside it.
        let status = unsafe subject.withUnsafeBufferPointer { buffer in
            let bytes =
                unsafe buffer.baseAddress
                ?? UnsafePointer(UnsafeMutableRawPointer(meter).assumingMemoryBound(to: UInt8.self))
            // The direct way to compiled code saves the checks of arguments that are known good.
            return pattern.isCompiled
                ? unsafe pcre2_jit_match_8(
                    pattern.code, bytes, buffer.count, start, PCRE2_NO_UTF_CHECK, data, context)
                : unsafe pcre2_match_8(
                    pattern.code, bytes, buffer.count, start, PCRE2_NO_UTF_CHECK, data, context)
        }
        guard status > 0 else {
            return status == PCRE2_ERROR_NOMATCH ? .notMatched : .limited
        }
        groupsFound = Int(status)
        // SAFETY: a match sets the first pair.
        let places = unsafe pcre2_get_ovector_pointer_8(data)
        let first = unsafe places?[0] ?? 0
        let end = unsafe places?[1] ?? 0
        // \K, which could set the start behind the end, is not in Java's syntax.
        found = first..<max(first, end)
        return .matched
    }

    private mutating func growData(to groups: Int) {
        // SAFETY: the old data is freed once the new is there; sizes fit: a pattern has at most
        // `RegexParser.maximumLength` groups.
        guard let larger = unsafe pcre2_match_data_create_8(UInt32(groups), nil) else { return }
        unsafe pcre2_match_data_free_8(data)
        unsafe data = larger
        pairs = UInt32(groups)
    }
}

/// Counts a callout; a negative result ends the match.
private func countStep(
    _ block: UnsafeMutablePointer<pcre2_callout_block_8>?, _ meter: UnsafeMutableRawPointer?
) -> Int32 {
    guard let block = unsafe block,
        let meter = unsafe meter?.assumingMemoryBound(to: StepMeter.self)
    else { return PCRE2_ERROR_CALLOUT }
    // SAFETY: PCRE2 hands over a valid block and the meter given to pcre2_set_callout.
    let place = unsafe block.pointee.current_position
    let distance = unsafe abs(place &- meter.pointee.last)
    unsafe meter.pointee.last = place
    var cost = MatchLimits.stepsPerCallout &+ distance &>> 1
    if unsafe meter.pointee.comparesGroups {
        cost = unsafe cost &+ min(place, block.pointee.subject_length &- place)
    }
    unsafe meter.pointee.left &-= cost
    return unsafe meter.pointee.left > 0 ? 0 : PCRE2_ERROR_CALLOUT
}

extension Span where Element == UInt8 {
    /// Whether the text is printable ASCII: no line end of any kind, nothing to decode.
    var isPlainLine: Bool {
        for index in 0..<count where self[index] &- 0x20 >= 0x5F { return false }
        return true
    }

    /// The length of the character that ends before `offset`, in valid UTF-8.
    func characterLength(before offset: Int) -> Int {
        var length = 1
        while length < 4, offset - length > 0, self[offset - length] & 0xC0 == 0x80 { length += 1 }
        return length
    }
}
