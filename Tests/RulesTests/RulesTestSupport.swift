import Bytes
import Records
import Rules

/// A list of pairs of texts.
func list(of pairs: [(String, String)]) -> PairList {
    var list = PairList()
    for (key, value) in pairs {
        let key = list.keep([UInt8](key.utf8).span)
        list.append(key: key, value: list.keep([UInt8](value.utf8).span))
    }
    return list
}

/// The pairs of a list as `key=value`.
func texts(of list: borrowing PairList) -> [String] {
    var result: [String] = []
    for pair in list.pairs {
        result.append(
            String(decoding: list.span(pair.key)) + "=" + String(decoding: list.span(pair.value)))
    }
    return result
}

/// What rules leave of pairs; nil when the call is dropped.
func applied(_ rules: String, to pairs: [(String, String)]) throws -> [String]? {
    var evaluator = RuleEvaluator(try RuleSet(rules))
    var list = list(of: pairs)
    return evaluator.apply(to: &list, callKey: 1) == .keep ? texts(of: list) : nil
}

/// A call with a bit of everything.
let sampleCall: [(String, String)] = [
    ("request_method", "POST"), ("request_url", "http://h/p"), ("response_code", "200"),
    ("request_header:a", "1"), ("request_header:a", "2"), ("request_header:cookie", "sid=1"),
    ("request_param:q", "x"), ("request_body", "req one"), ("response_body", "Hello World!"),
]
