import Bytes
import Testing

@Suite struct OutputSpanTests {
    struct Broken: Error {}

    @Test func `what is filled in is appended, the rest of the room is not`() {
        var buffer = ByteBuffer([1, 2].span)
        buffer.append(room: 100) { target in
            target.append(3)
            target.append(4)
        }
        #expect(buffer.copyBytes() == [1, 2, 3, 4])
    }

    @Test func `what was filled in before an error stays`() {
        var buffer = ByteBuffer()
        #expect(throws: Broken.self) {
            try buffer.append(room: 4) { target throws(Broken) in
                target.append(9)
                throw Broken()
            }
        }
        #expect(buffer.copyBytes() == [9])
    }
}
