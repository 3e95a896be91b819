// A call as a line: pairs in the Resurface order, rules, Earshot's own keys, JSON.
//
// The messages lend their buffers to the pair list by swapping; nothing is copied that need not be.
// Keys and values: the Resurface message format; own keys: docs/RECORD_FORMAT.md.

import Bytes
import Compression
import HTTP
import Records
import Rules
import Wire

/// Writes call records.
struct CallWriter: ~Copyable {
    let options: CallOptions
    var pairs = PairList()
    var decoder = ContentDecoder()
    var decoded = ByteBuffer()
    var scratch = ByteBuffer(capacity: 1024)
    /// The rules with this lane's caches; an empty set keeps everything.
    var evaluator: RuleEvaluator
    let hostName: ByteBuffer

    init(_ options: CallOptions, rules: RuleSet?) {
        self.options = options
        evaluator = CallWriter.evaluator(rules)
        var name = ByteBuffer()
        name.append(utf8: options.hostName)
        hostName = name
    }

    static func evaluator(_ rules: RuleSet?) -> RuleEvaluator {
        RuleEvaluator(rules ?? RuleSet.keepingAll)
    }

    mutating func replaceRules(_ rules: RuleSet?) { evaluator = CallWriter.evaluator(rules) }

    /// What a body became.
    struct BodyOutcome {
        var value: PairText?
        var isBase64 = false
        var isCut = false
    }

    /// Appends one line to `output`, or nothing when a rule drops the call.
    mutating func write(
        _ facts: CallFacts, messages: inout Slab<Message>, to output: inout ByteBuffer,
        counters: inout CallCounters
    ) {
        pairs.removeAll()
        lend(facts, &messages)
        defer { lend(facts, &messages) }
        let request = decodeBody(facts.request, isRequest: true, messages, &counters)
        let response = decodeBody(facts.response, isRequest: false, messages, &counters)
        appendStartPairs(facts, messages)
        if facts.request >= 0 { appendRequestFields(facts, messages) }
        if facts.response >= 0 { appendResponseFields(facts, messages) }
        if let value = request.value {
            let key = pairs.key("request_body")
            pairs.append(key: key, value: value)
        }
        if let value = response.value {
            let key = pairs.key("response_body")
            pairs.append(key: key, value: value)
        }
        evaluator.appendSessionFields(to: &pairs)
        appendTimes(facts, messages)
        let id = identify(facts, messages)
        guard evaluator.apply(to: &pairs, callKey: id.low) == .keep else {
            counters.droppedByRule += 1
            return
        }
        pairs.append("host", copying: hostName)
        appendOwnKeys(id, facts, messages, request, response)
        RecordWriter.append(pairs, to: &output)
        count(facts, messages, &counters)
    }

    // Swaps the messages' buffers with the list's: once to lend them, once more to give them back.
    mutating func lend(_ facts: CallFacts, _ messages: inout Slab<Message>) {
        if facts.request >= 0 {
            swap(&pairs.requestText, &messages[facts.request].text)
            swap(&pairs.requestBody, &messages[facts.request].body)
        }
        if facts.response >= 0 {
            swap(&pairs.responseText, &messages[facts.response].text)
            swap(&pairs.responseBody, &messages[facts.response].body)
        }
    }
}
