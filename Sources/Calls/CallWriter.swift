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
    /// Decoded bodies while they stand in for the messages' own.
    var decodedRequest = ByteBuffer()
    var decodedResponse = ByteBuffer()
    /// The length of the last response's body with its coding off.
    private(set) var decodedResponseByteCount = 0
    var scratch = ByteBuffer(capacity: 1024)
    /// Whether the query holds something that no parameter pair shows.
    var hasUnshownParameter = false
    /// The rules with this lane's caches; an empty set keeps everything.
    var evaluator: RuleEvaluator
    /// What rules did that have been replaced.
    private var earlierRules = RulesCounters()
    let hostName: ByteBuffer
    /// The header set to the client's address, lower-case; empty for none.
    let realAddressHeader: ByteBuffer

    init(_ options: CallOptions, rules: RuleSet?) {
        self.options = options
        evaluator = CallWriter.evaluator(rules)
        var name = ByteBuffer()
        name.append(utf8: options.hostName)
        hostName = name
        var header = ByteBuffer()
        header.append(utf8: options.realAddressHeader)
        realAddressHeader = header
    }

    static func evaluator(_ rules: RuleSet?) -> RuleEvaluator {
        RuleEvaluator(rules ?? RuleSet.keepingAll)
    }

    mutating func replaceRules(_ rules: RuleSet?) {
        earlierRules = rulesCounters
        evaluator = CallWriter.evaluator(rules)
    }

    /// What all rules so far did.
    var rulesCounters: RulesCounters {
        var sum = earlierRules
        sum.add(evaluator.counters)
        return sum
    }

    /// What a body became.
    struct BodyOutcome {
        var value: PairText?
        var isBase64 = false
        var isCut = false
        /// Whether a decoded body stands in for the message's own.
        var isDecoded = false
    }

    /// The most memory kept for a decoded body between calls, in bytes.
    static let keptCapacity = 1 << 20

    /// Appends one line to `output`, or nothing when a rule drops the call.
    mutating func write(
        _ facts: CallFacts, messages: inout Slab<Message>, to output: inout ByteBuffer,
        counters: inout CallCounters
    ) {
        pairs.removeAll()
        hasUnshownParameter = false
        lend(facts, &messages)
        pairs.noteLent()
        let request = readBody(facts, isRequest: true, messages, &counters)
        let response = readBody(facts, isRequest: false, messages, &counters)
        defer {
            giveBack(request, response)
            lend(facts, &messages)
        }
        appendMessagePairs(facts, messages, request, response)
        let id = identify(facts, messages)
        guard evaluator.apply(to: &pairs, callKey: id.low) == .keep else {
            counters.droppedByRule += 1
            return
        }
        pairs.append("host", copying: hostName)
        appendOwnKeys(id, facts, messages, request, response, &counters)
        RecordWriter.append(pairs, to: &output)
        count(facts, messages, &counters)
    }

    // Everything the rules see.
    mutating func appendMessagePairs(
        _ facts: CallFacts, _ messages: borrowing Slab<Message>, _ request: BodyOutcome,
        _ response: BodyOutcome
    ) {
        let hasRequestHead = facts.request >= 0 && !isHeadless(facts, messages)
        appendStartPairs(facts, messages, hasRequestHead: hasRequestHead)
        if hasRequestHead { appendRequestFields(facts, messages) }
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
    }

    // A conversation whose upgrade request was not seen.
    func isHeadless(_ facts: CallFacts, _ messages: borrowing Slab<Message>) -> Bool {
        facts.isConversation && messages[facts.request].method.count == 0
    }

    mutating func readBody(
        _ facts: CallFacts, isRequest: Bool, _ messages: borrowing Slab<Message>,
        _ counters: inout CallCounters
    ) -> BodyOutcome {
        let message = isRequest ? facts.request : facts.response
        if facts.isConversation {
            let count = isRequest ? pairs.requestBody.count : pairs.responseBody.count
            var outcome = BodyOutcome()
            outcome.value = PairText(isRequest ? .requestBody : .responseBody, 0, count)
            outcome.isCut = messages[message].marks.contains(.bodyCut)
            return outcome
        }
        let said = isRequest ? 0 : facts.saidByteCount
        let outcome = decodeBody(
            message, isRequest: isRequest, beyond: said, messages, &counters)
        if !isRequest {
            decodedResponseByteCount = outcome.isDecoded ? pairs.responseBody.count : 0
        }
        return outcome
    }

    // Decoded bodies out of the messages' places, so that a message is as it was.
    mutating func giveBack(_ request: BodyOutcome, _ response: BodyOutcome) {
        if request.isDecoded {
            swap(&decodedRequest, &pairs.requestBody)
            decodedRequest.trim(toCapacity: CallWriter.keptCapacity)
        }
        if response.isDecoded {
            swap(&decodedResponse, &pairs.responseBody)
            decodedResponse.trim(toCapacity: CallWriter.keptCapacity)
        }
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
