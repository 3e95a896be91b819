import Bytes
import Testing

@Suite struct ByteBufferTests {
    @Test func `what is appended is read back, across growth`() {
        var buffer = ByteBuffer()
        var expected: [UInt8] = []
        for round in 0..<200 {
            let bytes = [UInt8](repeating: UInt8(round), count: round)
            buffer.append(bytes)
            expected += bytes
        }
        #expect(buffer.copyBytes() == expected)
        buffer.removeFirst(1000)
        #expect(buffer.copyBytes() == Array(expected.dropFirst(1000)))
    }

    @Test(arguments: [0, 9, 10, 12345, UInt64.max])
    func `decimals read as Swift prints them`(value: UInt64) {
        var buffer = ByteBuffer()
        buffer.append(decimal: value)
        #expect(String(decoding: buffer.span) == String(value))
    }

    @Test func `integers keep their byte order`() {
        var buffer = ByteBuffer()
        buffer.append(bigEndian: UInt32(0x0102_0304))
        buffer.append(littleEndian: UInt16(0x0506))
        #expect(buffer.copyBytes() == [1, 2, 3, 4, 6, 5])
        #expect(buffer.span.bigEndian(UInt32.self, at: 0) == 0x0102_0304)
        #expect(buffer.span.littleEndian(UInt16.self, at: 4) == 0x0506)
    }
}
