// What rules would do to calls that are there: before and after, pair by pair.

import Bytes
public import Platform
import Records
public import Rules

/// What rules did to calls in a trial.
public struct RulesTrialTotals: Sendable, Equatable {
    /// Calls tried.
    public var calls: UInt64 = 0
    /// Calls the rules drop.
    public var dropped: UInt64 = 0
    /// Calls the rules leave as they are.
    public var untouched: UInt64 = 0
}

/// Takes call records made without rules and prints what the rules do to them.
public struct RulesTrial<Output: CallOutput & ~Copyable>: CallOutput, ~Copyable {
    /// Where the report goes.
    public var output: Output
    private var evaluator: RuleEvaluator
    private var before = PairList()
    private var after = PairList()
    private var text = ByteBuffer()
    /// What came of the calls so far.
    public private(set) var totals = RulesTrialTotals()

    /// The most characters of a value shown.
    static var valueWidth: Int { 72 }

    /// Prepares a trial.
    public init(_ rules: RuleSet, output: consuming Output) {
        evaluator = RuleEvaluator(rules)
        self.output = output
    }

    /// Takes whole records, one a line.
    public mutating func write(_ bytes: Span<UInt8>) throws(IOError) {
        var offset = 0
        while let end = Scan.firstIndex(of: 0x0A, in: bytes, from: offset) {
            try one(bytes.extracting(offset..<end))
            offset = end + 1
        }
        var ready = ByteBuffer()
        swap(&ready, &text)
        try output.write(ready.span)
    }

    private mutating func one(_ line: Span<UInt8>) throws(IOError) {
        do throws(RecordError) {
            try RecordReader.read(line, into: &before)
            try RecordReader.read(line, into: &after)
        } catch {
            text.append(utf8: "a record cannot be read: \(error)\n")
            return
        }
        RulesTrial.dropOwnPairs(&before)
        RulesTrial.dropOwnPairs(&after)
        // Where they stand does not matter to rules; here they show as added.
        evaluator.appendSessionFields(to: &after)
        let verdict = evaluator.apply(to: &after, callKey: totals.calls)
        totals.calls += 1
        var changes: [String] = []
        if verdict == .keep { changes = differences() }
        text.append(utf8: heading + " — " + RulesTrial.words(for: verdict, changes.count) + "\n")
        for change in changes { text.append(utf8: change + "\n") }
        if verdict == .drop(.stopped), let rule = stopper(line) {
            text.append(utf8: "      by \(rule)\n")
        }
        if verdict != .keep { totals.dropped += 1 }
        if verdict == .keep, changes.isEmpty { totals.untouched += 1 }
    }

    // Rules see the loggers' pairs only: `host` and what is behind it is added later.
    private static func dropOwnPairs(_ list: inout PairList) {
        if let host = list.pairs.firstIndex(where: { list.span($0.key).equals("host") }) {
            list.pairs.removeSubrange(host...)
        }
    }

    private var heading: String {
        let names: [StaticString] = ["request_method", "request_url", "response_code"]
        let values = names.compactMap { name -> String? in
            guard let pair = before.pairs.first(where: { before.span($0.key).equals(name) })
            else { return nil }
            return PrintableText.of(String(decoding: before.span(pair.value)))
        }
        return values.joined(separator: " ")
    }

    private static func words(for verdict: Verdict, _ changes: Int) -> String {
        switch verdict {
        case .keep where changes == 0: "unchanged"
        case .keep: changes == 1 ? "1 pair changed" : "\(changes) pairs changed"
        case .drop(.stopped): "dropped by a stop rule"
        case .drop(.sampledOut): "dropped by the sample rule"
        case .drop(.nothingLeft): "dropped: no pair is left"
        case .drop(.limited): "dropped: a stop rule reached its limit"
        }
    }

    // Rules keep the order of pairs: both lists are walked side by side.
    private func differences() -> [String] {
        var changes: [String] = []
        var place = 0
        for pair in before.pairs {
            let key = before.span(pair.key)
            guard place < after.pairs.count, after.span(after.pairs[place].key).equals(key) else {
                changes.append(
                    "  - \(name(key)): \(shown(before.span(pair.value)))"
                        + causes(key, before.span(pair.value), replacing: false))
                continue
            }
            let value = after.span(after.pairs[place].value)
            if !value.equals(before.span(pair.value)) {
                changes.append(
                    "  ~ \(name(key)): \(shown(before.span(pair.value))) → \(shown(value))"
                        + causes(key, before.span(pair.value), replacing: true))
            }
            place += 1
        }
        for pair in after.pairs.dropFirst(place) {
            changes.append("  + \(name(after.span(pair.key))): \(shown(after.span(pair.value)))")
        }
        return changes
    }

    // The rules that, each alone, do something to a pair. When none does, two did it together.
    private func causes(
        _ key: Span<UInt8>, _ value: Span<UInt8>, replacing: Bool
    ) -> String {
        var causes = ""
        for rule in evaluator.rules.rules where rule.scope != nil {
            if replacing, rule.verb != .replace { continue }
            var alone = RuleEvaluator(RuleSet(alone: rule))
            if !alone.leavesUntouched(key: key, value: value) {
                causes += "\n      by \(shown(rule))"
            }
        }
        return causes
    }

    // The stop rule that, alone, drops a call; nil when only several together do.
    private func stopper(_ line: Span<UInt8>) -> String? {
        for rule in evaluator.rules.rules where rule.verb.isStop {
            var list = PairList()
            do throws(RecordError) { try RecordReader.read(line, into: &list) } catch { return nil }
            RulesTrial.dropOwnPairs(&list)
            var alone = RuleEvaluator(RuleSet(alone: rule))
            if alone.apply(to: &list, callKey: 0) == .drop(.stopped) { return shown(rule) }
        }
        return nil
    }

    private func shown(_ rule: Rule) -> String {
        PrintableText.cut(PrintableText.of(rule.text), to: RulesTrial.valueWidth)
    }

    private func name(_ key: Span<UInt8>) -> String { PrintableText.of(String(decoding: key)) }

    private func shown(_ value: Span<UInt8>) -> String {
        let start = value.extracting(0..<min(value.count, RulesTrial.valueWidth * 4))
        return PrintableText.cut(
            PrintableText.of(String(decoding: start)), to: RulesTrial.valueWidth)
    }
}
