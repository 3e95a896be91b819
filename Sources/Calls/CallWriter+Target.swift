// The query as parameters, and whether the request-target may be shown beside them.

import Bytes
import HTTP
import Records
import Rules

extension CallWriter {
    // One pair per value of the query; bad escapes lose their pair, empty values vanish.
    mutating func appendParameters(_ target: TextRange) {
        let start = Int(target.offset)
        let end = start + Int(target.count)
        var offset = start + TargetParts(pairs.span(text(.requestText, target))).queryStart
        while offset < end {
            let (length, equals) = CallWriter.nextParameter(pairs, offset, end)
            appendParameter(at: offset, length, equals: equals)
            offset += length + 1
        }
    }

    // Length up to the next `&`, and the place of `=` in it.
    static func nextParameter(
        _ pairs: borrowing PairList, _ offset: Int, _ end: Int
    ) -> (Int, Int?) {
        let rest = pairs.requestText.span(from: offset, count: end - offset)
        let length = Scan.firstIndex(of: 0x26, in: rest) ?? rest.count
        return (length, Scan.firstIndex(of: 0x3D, in: rest.slice(0, length)))
    }

    mutating func appendParameter(at offset: Int, _ length: Int, equals: Int?) {
        guard let equals, equals > 0, equals + 1 < length else {
            hasUnshownParameter = hasUnshownParameter || length > 0
            return
        }
        let isWhole = appendWholeParameter(at: offset, length, equals: equals)
        hasUnshownParameter = hasUnshownParameter || !isWhole
    }

    // False when an escape is bad: the pair is lost.
    private mutating func appendWholeParameter(at offset: Int, _ length: Int, equals: Int) -> Bool {
        scratch.removeAll()
        scratch.append("request_param:")
        let nameStart = scratch.count
        guard CallWriter.decode(pairs, offset, equals, into: &scratch), scratch.count > nameStart
        else { return false }
        let keyEnd = scratch.count
        guard
            CallWriter.decode(pairs, offset + equals + 1, length - equals - 1, into: &scratch),
            scratch.count > keyEnd
        else { return false }
        for index in nameStart..<keyEnd { scratch[index] = scratch[index].asciiLowercased }
        let key = pairs.keepRepaired(scratch, from: 0, count: keyEnd)
        let value = pairs.keepRepaired(scratch, from: keyEnd, count: scratch.count - keyEnd)
        pairs.append(key: key, value: value)
        return true
    }

    static func decode(
        _ pairs: borrowing PairList, _ offset: Int, _ count: Int, into buffer: inout ByteBuffer
    ) -> Bool {
        buffer.append(urlDecoding: pairs.requestText.span(from: offset, count: count))
    }

    // The target holds more than the URL and the parameters do: what no pair shows, rules are
    // asked about here; what cannot even be decoded is not shown beside rules that change calls.
    mutating func mayShowTarget(_ target: TextRange) -> Bool {
        if evaluator.rules.isPassThrough { return true }
        if evaluator.effects.urlTouched || evaluator.effects.anyParamTouched { return false }
        let parts = TargetParts(pairs.span(text(.requestText, target)))
        guard parts.userInfo.isEmpty else { return false }
        guard hasUnshownParameter else { return true }
        let end = Int(target.offset) + Int(target.count)
        var offset = Int(target.offset) + parts.queryStart
        while offset < end {
            let (length, equals) = CallWriter.nextParameter(pairs, offset, end)
            guard leavesParameter(at: offset, length, equals: equals) else { return false }
            offset += length + 1
        }
        return true
    }

    // A bare name or an empty value: no pair shows it.
    mutating func leavesParameter(at offset: Int, _ length: Int, equals: Int?) -> Bool {
        let nameLength = equals ?? length
        let valueStart = equals.map { $0 + 1 } ?? length
        scratch.removeAll()
        scratch.append("request_param:")
        let nameStart = scratch.count
        guard CallWriter.decode(pairs, offset, nameLength, into: &scratch) else { return false }
        let keyEnd = scratch.count
        guard CallWriter.decode(pairs, offset + valueStart, length - valueStart, into: &scratch)
        else { return false }
        for index in nameStart..<keyEnd { scratch[index] = scratch[index].asciiLowercased }
        let key = pairs.keepRepaired(scratch, from: 0, count: keyEnd)
        let value = pairs.keepRepaired(scratch, from: keyEnd, count: scratch.count - keyEnd)
        return leavesUntouched(key, value)
    }
}
