// Bodies: content coding off, limit kept, bytes that are no text dealt with as asked.

import Bytes
import Compression
import HTTP
import Records

extension CallWriter {
    /// Decodes a lent body in place and says how it goes into the record.
    ///
    /// - Parameter said: Decoded bytes at the beginning that an earlier record has said.
    mutating func decodeBody(
        _ message: Int32, isRequest: Bool, beyond said: Int, _ messages: borrowing Slab<Message>,
        _ counters: inout CallCounters
    ) -> BodyOutcome {
        var outcome = BodyOutcome()
        guard message >= 0, messages[message].bodyByteCount > 0 else { return outcome }
        let isSniffer = options.compatibility == .networkSniffer
        if isSniffer, !messages[message].marks.contains(.complete) { return outcome }
        let storage: PairStorage = isRequest ? .requestBody : .responseBody
        outcome.isCut = messages[message].marks.contains(.bodyCut)
        if let coding = codingField(messages[message], isRequest: isRequest) {
            let isFine =
                isSniffer
                ? decodeAsSniffer(coding, isRequest: isRequest, &outcome, &counters)
                : decode(coding, isRequest: isRequest, &outcome, &counters)
            if isSniffer, !isFine { return outcome }
        }
        let total = isRequest ? pairs.requestBody.count : pairs.responseBody.count
        let start = min(said, total)
        var count = total - start
        guard count > 0 else { return outcome }
        if count > options.bodyLimitBytes {
            count = options.bodyLimitBytes
            outcome.isCut = true
        }
        if outcome.isCut {
            counters.bodiesCut += 1
            count = pairs.span(PairText(storage, start, count)).countWithoutCutScalar
        }
        settle(PairText(storage, start, count), &outcome)
        return outcome
    }

    func codingField(_ message: borrowing Message, isRequest: Bool) -> PairText? {
        let storage: PairStorage = isRequest ? .requestText : .responseText
        for field in message.fields where field.name.count == 16 && field.value.count > 0 {
            if pairs.equalsIgnoringCase(text(storage, field.name), "content-encoding") {
                return text(storage, field.value)
            }
        }
        return nil
    }

    // Returns whether the body is now without its coding, whole or cut at the limit.
    mutating func decode(
        _ coding: PairText, isRequest: Bool, _ outcome: inout BodyOutcome,
        _ counters: inout CallCounters
    ) -> Bool {
        var decoded = ByteBuffer()
        exchangeDecoded(&decoded, isRequest: isRequest)
        decoded.removeAll()
        let result = CallWriter.decode(
            pairs, isRequest ? .requestBody : .responseBody, coding, &decoder,
            limit: options.bodyLimitBytes, into: &decoded)
        let isWhole = take(result, &outcome, &counters)
        if outcome.isDecoded {
            if isRequest {
                swap(&decoded, &pairs.requestBody)
            } else {
                swap(&decoded, &pairs.responseBody)
            }
        }
        exchangeDecoded(&decoded, isRequest: isRequest)
        return isWhole
    }

    mutating func exchangeDecoded(_ buffer: inout ByteBuffer, isRequest: Bool) {
        if isRequest {
            swap(&buffer, &decodedRequest)
        } else {
            swap(&buffer, &decodedResponse)
        }
    }

    func take(
        _ result: DecodedBody, _ outcome: inout BodyOutcome, _ counters: inout CallCounters
    ) -> Bool {
        switch result {
        case .decoded(let isCut):
            outcome.isCut = outcome.isCut || isCut
            outcome.isDecoded = true
            return true
        case .notEncoded: return true
        case .unknownCoding:
            counters.bodiesUndecodable += 1
            return false
        case .corrupt(let prefix), .incomplete(let prefix):
            counters.bodiesUndecodable += 1
            outcome.isDecoded = prefix > 0
            return false
        }
    }

    static func decode(
        _ pairs: borrowing PairList, _ storage: PairStorage, _ coding: PairText,
        _ decoder: inout ContentDecoder, limit: Int, into decoded: inout ByteBuffer
    ) -> DecodedBody {
        let count = storage == .requestBody ? pairs.requestBody.count : pairs.responseBody.count
        return decoder.decode(
            pairs.span(PairText(storage, 0, count)), coding: pairs.span(coding), limit: limit,
            into: &decoded)
    }

    mutating func settle(_ body: PairText, _ outcome: inout BodyOutcome) {
        if pairs.isValidUTF8(body) {
            outcome.value = body
            return
        }
        let start = pairs.arena.count
        if options.compatibility == .networkSniffer {
            pairs.copyReplacingEachByte(body)
            outcome.value = pairs.kept(since: start)
            return
        }
        switch options.binaryBodies {
        case .omit: return
        case .replace: pairs.copyRepaired(body)
        case .base64:
            pairs.copyBase64(body)
            outcome.isBase64 = true
        }
        outcome.value = pairs.kept(since: start)
    }
}
