import Bytes
import Patterns
import Records
import Rules
import Testing

@Suite struct RuleEvaluatorTests {
    @Test func `remove rules look at original values, replace rules at each other's results`()
        throws
    {
        #expect(
            try applied(
                "!response_body! replace !World!, !X!\n!response_body! remove_if_found !X!",
                to: sampleCall)?.last == "response_body=Hello X!")
        #expect(
            try applied(
                "!response_body! replace !World!, !Mars!\n!response_body! replace !Mars!, !Venus!",
                to: sampleCall)?.last == "response_body=Hello Venus!")
        #expect(
            try applied(
                "!response_body! replace !World!, !X!\n!response_body! stop_if_found !X!",
                to: sampleCall)?.count == 9)
        #expect(try applied("!.*! remove", to: sampleCall) == nil)
        #expect(try applied("!.*! replace !.+!, !!", to: sampleCall) == nil)
    }

    @Test(arguments: [
        ("!request_header:.*! stop", true), ("!nothing! stop", false), ("!a! stop_if !b!", false),
        ("!request_header:a! stop_if !2!", true), ("!request_body! stop_if !req!", false),
        ("!request_body! stop_if_found !one!", true), ("!request_body! stop_unless !req.*!", false),
        ("!request_body! stop_unless !one!", true),
        ("!request_body! stop_unless_found !one!", false),
        ("!nothing! stop_unless !.*!", true),
        // Hits are counted over pairs and rules, and compared with the number of rules.
        ("!request_header:a! stop_unless !.*!", true),
        ("!request_header:a! stop_unless !1!", false),
        ("!request_header:a! stop_unless_found !.!\n!nothing! stop_unless_found !.!", false),
    ])
    func `stop rules drop the call when Java does`(rules: String, isDropped: Bool) throws {
        #expect(try (applied(rules, to: sampleCall) == nil) == isDropped)
    }

    @Test func `pairs without a value go, and a call without pairs`() throws {
        let pairs = [("request_body", ""), ("request_method", "GET"), ("request_header:x", "")]
        #expect(try applied("include debug", to: pairs) == ["request_method=GET"])
        #expect(try applied("!x! remove", to: pairs) == ["request_method=GET"])
        #expect(try applied("include debug", to: [("request_body", "")]) == nil)
        #expect(try applied("include debug", to: []) == nil)
    }

    @Test func `sampling depends on the call's number alone`() throws {
        var first = RuleEvaluator(try RuleSet("sample 30"))
        var second = RuleEvaluator(try RuleSet("# other\nsample 30"))
        var kept = 0
        for call in UInt64(0)..<2000 {
            var one = list(of: sampleCall)
            var other = list(of: [("request_method", "GET")])
            let verdict = first.apply(to: &one, callKey: call &* 0x9E37_79B9)
            #expect(verdict == second.apply(to: &other, callKey: call &* 0x9E37_79B9))
            if verdict == .keep { kept += 1 } else { #expect(verdict == .drop(.sampledOut)) }
        }
        #expect(kept > 520 && kept < 680)
        #expect(first.counters.callsSampledOut == UInt64(2000 - kept))
    }

    @Test func `effects tell what was removed or changed`() throws {
        let rules = """
            /request_url/ replace /h/, /x/
            /request_header:cookie/ remove
            /request_param:q/ replace /x/, //
            /response_body/ replace /World/, /X/
            """
        var evaluator = RuleEvaluator(try RuleSet(rules))
        var call = list(of: sampleCall)
        #expect(evaluator.apply(to: &call, callKey: 0) == .keep)
        let effects = evaluator.effects
        #expect(effects.urlTouched && effects.anyParamTouched && effects.responseBodyTouched)
        #expect(!effects.requestBodyTouched && !effects.otherTouched && !effects.isEmpty)
        let cookie = effects.touchedHeader([UInt8]("request_header:cookie".utf8).span, in: call)
        let other = effects.touchedHeader([UInt8]("request_header:a".utf8).span, in: call)
        #expect(cookie && !other)
        let changed = call.pairs.indices.filter { effects.wasChanged(pairIndex: $0) }
        let left = texts(of: call)
        #expect(changed.map { left[$0] } == ["request_url=xttp://x/p", "response_body=Hello X!"])
        #expect(evaluator.counters.pairsReplaced == 3 && evaluator.counters.pairsRemoved == 1)
        // Effects are those of the last call.
        var plain = list(of: [("request_method", "GET")])
        #expect(evaluator.apply(to: &plain, callKey: 0) == .keep)
        #expect(evaluator.effects.isEmpty)
    }

    @Test func `what is written beside the pairs can be asked for`() throws {
        var evaluator = RuleEvaluator(
            try RuleSet(
                "/request_header:x/ remove\n/request_header:.*/ replace /secret/, /#/\n/.*:y/ remove_unless /1/"
            ))
        func asks(_ key: String, _ value: String) -> Bool {
            evaluator.leavesUntouched(key: [UInt8](key.utf8).span, value: [UInt8](value.utf8).span)
        }
        #expect(!asks("request_header:x", "1"))
        #expect(!asks("request_header:z", "a secret"))
        #expect(asks("request_header:z", "open"))
        #expect(asks("request_header:y", "1"))
        #expect(!asks("request_header:y", "2"))
        #expect(asks("response_header:x", "secret"))
    }

    @Test func `what cannot be decided is decided against the data, and counted`() throws {
        let long = String(repeating: "a", count: 64) + "!"
        let call = [("request_method", "GET"), ("request_body", long)]
        for rules in [
            "!request_body! remove_if_found !(a+)+$!",
            "!request_body! remove_unless_found !(a+)+$!",
            "!request_body! replace !(a+)+$!, !x!", "!request_body! remove_if !(a|aa)+b?!",
        ] {
            var evaluator = RuleEvaluator(try RuleSet(rules))
            var pairs = list(of: call)
            #expect(evaluator.apply(to: &pairs, callKey: 0) == .keep)
            #expect(texts(of: pairs) == ["request_method=GET"], "\(rules)")
            #expect(evaluator.counters.pairsLimited == 1)
            #expect(evaluator.effects.requestBodyTouched)
        }
        for rules in [
            "!request_body! stop_if_found !(a+)+$!", "!request_body! stop_unless !(a|aa)+b?!",
        ] {
            var evaluator = RuleEvaluator(try RuleSet(rules))
            var pairs = list(of: call)
            #expect(evaluator.apply(to: &pairs, callKey: 0) == .drop(.limited))
            #expect(evaluator.counters.callsLimited == 1)
        }
        // A key nobody can judge: its pair goes.
        var evaluator = RuleEvaluator(try RuleSet("!(a|aa)+b?! remove"))
        var pairs = list(of: [("request_method", "GET"), (long, "x")])
        #expect(evaluator.apply(to: &pairs, callKey: 0) == .keep)
        #expect(texts(of: pairs) == ["request_method=GET"])
    }

    @Test func `a replacement without its group removes the pair and says why`() throws {
        var evaluator = RuleEvaluator(try RuleSet("!response_body! replace !World!, !$3!"))
        var call = list(of: sampleCall)
        #expect(evaluator.apply(to: &call, callKey: 0) == .keep)
        #expect(call.pairs.count == sampleCall.count - 1)
        #expect(evaluator.replacementFailure == "No group 3")
        #expect(evaluator.counters.pairsFailed == 1)
        var other = list(of: [("response_body", "nothing to replace")])
        #expect(evaluator.apply(to: &other, callKey: 0) == .keep)
        #expect(evaluator.replacementFailure == nil)
    }

    @Test func `more rules than a word has bits work as one`() throws {
        var lines: [String] = []
        for index in 0..<150 { lines.append("!request_header:h\(index)! replace !v!, !\(index)!") }
        lines.append("!request_header:h149! remove_if !never!")
        let rules = lines.joined(separator: "\n")
        for index in [0, 63, 64, 127, 128, 149] {
            #expect(
                try applied(rules, to: [("request_header:h\(index)", "v")]) == [
                    "request_header:h\(index)=\(index)"
                ])
        }
    }

    @Test func `keys are judged once, and more keys than are kept do no harm`() throws {
        var evaluator = RuleEvaluator(try RuleSet("~request_header:(?!k).*~ remove"))
        for round in 0..<3 {
            for index in 0..<700 {
                var call = list(of: [
                    ("request_header:k\(index)", "1"), ("request_header:d\(index)", "2"),
                ])
                #expect(evaluator.apply(to: &call, callKey: 0) == .keep)
                #expect(texts(of: call) == ["request_header:k\(index)=1"], "round \(round)")
            }
        }
        var small = RuleEvaluator(try RuleSet("~request_header:(?!k).*~ remove"))
        for _ in 0..<50 {
            var call = list(of: sampleCall)
            #expect(small.apply(to: &call, callKey: 0) == .keep)
        }
        #expect(small.counters.keysJudged == 8)
        let longKey = "request_header:" + String(repeating: "x", count: 5000)
        var call = list(of: [("request_method", "GET"), (longKey, "1")])
        #expect(small.apply(to: &call, callKey: 0) == .keep)
        #expect(call.pairs.count == 1)
    }

    @Test func `cookies become session fields, rule by rule`() throws {
        var evaluator = RuleEvaluator(
            try RuleSet(
                "copy_session_field /butterfly/\ncopy_session_field /.*/\ncopy_session_field /sess/"
            ))
        var call = list(of: [
            (
                "request_header:cookie",
                "butterfly=\"poison\"; Session_ID = asdf ;; flag; =x; e=; q=\""
            ),
            ("request_header:cookie", "butterfly=2"), ("response_body", "b"),
        ])
        evaluator.appendSessionFields(to: &call)
        #expect(
            Array(texts(of: call).dropFirst(3)) == [
                "session_field:butterfly=poison", "session_field:butterfly=2",
                "session_field:butterfly=poison", "session_field:session_id=asdf",
                "session_field:e=",
                "session_field:q=\"", "session_field:butterfly=2",
            ])
        #expect(evaluator.apply(to: &call, callKey: 0) == .keep)
        #expect(call.pairs.count == 9)
    }

    @Test(arguments: [(1, false), (200, true)])
    func `the cookies of a call share its steps`(count: Int, isLimited: Bool) throws {
        var evaluator = RuleEvaluator(try RuleSet("copy_session_field /(a+)+[xy]/"))
        let cookie = String(repeating: "a", count: 15) + "=1; "
        var call = list(of: [("request_header:cookie", String(repeating: cookie, count: count))])
        evaluator.appendSessionFields(to: &call)
        #expect((evaluator.counters.pairsLimited > 0) == isLimited)
        #expect(evaluator.apply(to: &call, callKey: 0) == .keep)
    }

    @Test func `counters are named and add up`() {
        var one = RulesCounters()
        one.calls = 2
        one.keysJudged = 5
        var sum = one
        sum.add(one)
        var seen: [String: UInt64] = [:]
        sum.forEach { seen["\($0)"] = $1 }
        #expect(seen["calls"] == 4 && seen["keys_judged"] == 10 && seen.count == 10)
    }
}
