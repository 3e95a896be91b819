// A call as one JSON object. A key that occurs more than once has an array of its values.

import Bytes
import Records

/// Writes calls as JSON objects.
enum ObjectFormat {
    static func append(_ call: borrowing CallFields, to output: inout ByteBuffer) {
        output.append("{")
        var isFirst = true
        for index in call.list.pairs.indices where isFirstOfKey(call, index) {
            if !isFirst { output.append(",") }
            isFirst = false
            appendKey(call, index, to: &output)
            appendValues(call, index, to: &output)
        }
        output.append("}")
    }

    // Records have some dozen pairs: comparing beats a dictionary of strings.
    private static func isFirstOfKey(_ call: borrowing CallFields, _ index: Int) -> Bool {
        let key = call.list.span(call.list.pairs[index].key)
        for earlier in 0..<index where call.list.span(call.list.pairs[earlier].key).equals(key) {
            return false
        }
        return true
    }

    private static func appendKey(
        _ call: borrowing CallFields, _ index: Int, to output: inout ByteBuffer
    ) {
        output.append("\"")
        output.append(jsonEscaping: call.list.span(call.list.pairs[index].key))
        output.append("\":")
    }

    private static func appendValues(
        _ call: borrowing CallFields, _ first: Int, to output: inout ByteBuffer
    ) {
        let key = call.list.span(call.list.pairs[first].key)
        let later = call.list.pairs.indices.dropFirst(first + 1).filter {
            call.list.span(call.list.pairs[$0].key).equals(key)
        }
        if !later.isEmpty { output.append("[") }
        appendString(call.value(first), to: &output)
        for index in later {
            output.append(",")
            appendString(call.value(index), to: &output)
        }
        if !later.isEmpty { output.append("]") }
    }

    static func appendString(_ value: Span<UInt8>, to output: inout ByteBuffer) {
        output.append("\"")
        output.append(jsonEscaping: value)
        output.append("\"")
    }
}
