// A field block on its way to a message. RFC 9113 §8.1 to §8.3.
//
// It is decoded into the builder's own text; when it turns out to be a head, the builder and the
// message swap texts, so that nothing is copied twice and the buffers go round.

import Bytes

/// Collects the fields of one block.
struct HTTP2HeadBuilder: ~Copyable, HPACKSink {
    /// Names and values.
    var text = ByteBuffer()
    /// The fields that are no pseudo-fields.
    var fields: [Field] = []
    var method = TextRange()
    var target = TextRange()
    var authority = TextRange()
    /// `:status`, 0 without one.
    var status = 0
    /// content-length, -1 without one.
    var contentLength: Int64 = -1
    var marks: MessageMarks = []
    /// Whether any pseudo-field of a request came.
    var hasRequestPseudo = false
    /// Whether the method is CONNECT.
    var isConnect = false
    /// Whether the method is HEAD.
    var isHead = false
    /// Fields that refer to entries never seen.
    var unknownFields: UInt64 = 0
    /// Fields over a limit.
    var fieldsCut: UInt64 = 0
    private var textLimit = 0
    private var fieldLimit = 0

    /// Makes ready for the next block, whose text goes behind what `text` holds.
    mutating func begin(textLimit: Int, fieldLimit: Int) {
        self.textLimit = textLimit
        self.fieldLimit = fieldLimit
        fields.removeAll(keepingCapacity: true)
        method = TextRange()
        target = TextRange()
        authority = TextRange()
        status = 0
        contentLength = -1
        marks = []
        hasRequestPseudo = false
        isConnect = false
        isHead = false
        unknownFields = 0
        fieldsCut = 0
    }

    mutating func field(_ line: Span<UInt8>, nameByteCount: Int) {
        guard nameByteCount > 0 else {
            marks.insert(.malformed)
            return
        }
        guard line.count <= textLimit &- text.count else {
            cut()
            return
        }
        if line[0] == 0x3A {
            pseudoField(line.slice(0, nameByteCount), line.from(nameByteCount))
            return
        }
        guard fields.count < fieldLimit else {
            cut()
            return
        }
        if nameByteCount == 14, line.starts(with: "content-length") {
            noteContentLength(line.from(nameByteCount))
        }
        let start = text.count
        text.append(line)
        fields.append(
            Field(
                name: TextRange(start, nameByteCount),
                value: TextRange(start &+ nameByteCount, line.count &- nameByteCount)))
    }

    mutating func unknownField() { unknownFields &+= 1 }

    mutating func unknownName(value: Span<UInt8>) { unknownFields &+= 1 }

    @inline(__always)
    private mutating func keep(_ bytes: Span<UInt8>) -> TextRange {
        let range = TextRange(text.count, bytes.count)
        text.append(bytes)
        return range
    }

    private mutating func cut() {
        fieldsCut &+= 1
        marks.insert(.headCut)
    }

    /// Takes a pseudo-field; the first of a name counts (RFC 9113 §8.3).
    private mutating func pseudoField(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        if !fields.isEmpty { marks.insert(.malformed) }
        // The second letter tells them apart but for one pair; then the name is compared once.
        let letter = name.count > 1 ? name[1] : 0
        if letter == 0x73, name.equals(":status") {
            status = HTTP2HeadBuilder.statusCode(value)
            if status == 0 { marks.insert(.malformed) }
            return
        }
        hasRequestPseudo = true
        if letter == 0x6D, name.equals(":method") {
            guard method.count == 0 else { return marks.formUnion(.malformed) }
            method = keep(value)
            isConnect = value.equals("CONNECT")
            isHead = value.equals("HEAD")
        } else if letter == 0x70, name.equals(":path") {
            guard target.count == 0 else { return marks.formUnion(.malformed) }
            target = keep(value)
        } else if letter == 0x61, name.equals(":authority") {
            guard authority.count == 0 else { return marks.formUnion(.malformed) }
            authority = keep(value)
        } else if !name.equals(":scheme"), !name.equals(":protocol") {
            marks.insert(.malformed)
        }
    }

    private static func statusCode(_ value: Span<UInt8>) -> Int {
        guard value.count == 3 else { return 0 }
        var code = 0
        for index in 0..<3 {
            guard value[index].isASCIIDigit else { return 0 }
            code = code * 10 + Int(value[index] - 0x30)
        }
        return code >= 100 ? code : 0
    }

    private mutating func noteContentLength(_ value: Span<UInt8>) {
        var length: Int64 = 0
        guard value.count > 0, value.count < 19 else { return marks.formUnion(.ambiguousLength) }
        for index in value.indices {
            guard value[index].isASCIIDigit else { return marks.formUnion(.ambiguousLength) }
            length = length * 10 + Int64(value[index] - 0x30)
        }
        if contentLength >= 0, contentLength != length { marks.insert(.ambiguousLength) }
        contentLength = length
    }
}
