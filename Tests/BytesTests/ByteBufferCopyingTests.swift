import Bytes
import Testing

@Suite struct ByteBufferCopyingTests {
    @Test func `bytes already held are appended again, across growth`() {
        var buffer = ByteBuffer(capacity: 4)
        buffer.append([1, 2, 3])
        for _ in 0..<100 { buffer.append(copyOf: buffer.count - 2, count: 2) }
        buffer.append(copyOf: 0, count: 0)
        #expect(buffer.count == 203)
        #expect(buffer.copyBytes() == [1] + (0..<101).flatMap { _ in [2, 3] as [UInt8] })
    }

    @Test func `a literal is a span of its UTF-8`() {
        let text: StaticString = "h2 §"
        #expect([UInt8](text.bytes) == Array("h2 §".utf8))
        let empty: StaticString = ""
        #expect(empty.bytes.count == 0)
    }
}

extension ByteBufferCopyingTests {
    @Test func `Every byte at every place of a word is lowered as ASCII says`() {
        for place in 0..<19 {
            for byte in 0...255 as ClosedRange<UInt8> {
                var bytes = [UInt8](repeating: 0x51, count: 19)
                bytes[place] = byte
                var buffer = ByteBuffer(bytes.span)
                buffer.lowercaseASCII(from: 1)
                let expected = bytes.enumerated().map { index, value in
                    index > 0 && value >= 0x41 && value <= 0x5A ? value + 0x20 : value
                }
                #expect(buffer.copyBytes() == expected)
            }
        }
    }
}
