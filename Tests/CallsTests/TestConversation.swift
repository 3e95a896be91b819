// A TCP connection as a test writes it: who says what, when.

/// Collects the segments of one connection.
struct TestConversation {
    var segments: [TestSegment] = []
    var port: UInt16
    /// The time of the next segment, in nanoseconds.
    var now: Int64
    var step: Int64 = 1_000_000
    /// Payloads are cut into segments of this many bytes at most.
    var segmentBytes = 1400
    var clientNext: UInt32 = 0
    var serverNext: UInt32 = 0

    static let start: Int64 = 1_700_000_000_000_000_000

    init(port: UInt16 = 40_000, at now: Int64 = TestConversation.start, opens: Bool = true) {
        self.port = port
        self.now = now
        guard opens else { return }
        add(isFromClient: true, flags: 0x02, [])
        add(isFromClient: false, flags: 0x12, [])
        add(isFromClient: true, flags: 0x10, [])
    }

    mutating func add(isFromClient: Bool, flags: UInt8, _ payload: [UInt8]) {
        segments.append(
            TestSegment(
                time: now, port: port, isFromClient: isFromClient,
                sequence: isFromClient ? clientNext : serverNext,
                acknowledgement: isFromClient ? serverNext : clientNext, flags: flags,
                payload: payload))
        now += step
        let length = UInt32(payload.count) + (flags & 0x03 != 0 ? 1 : 0)
        if isFromClient { clientNext &+= length } else { serverNext &+= length }
    }

    mutating func client(_ bytes: [UInt8]) { say(isFromClient: true, bytes) }
    mutating func server(_ bytes: [UInt8]) { say(isFromClient: false, bytes) }
    mutating func client(_ text: String) { say(isFromClient: true, Array(text.utf8)) }
    mutating func server(_ text: String) { say(isFromClient: false, Array(text.utf8)) }

    mutating func say(isFromClient: Bool, _ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let end = min(offset + segmentBytes, bytes.count)
            add(isFromClient: isFromClient, flags: 0x18, Array(bytes[offset..<end]))
            offset = end
        }
    }

    /// A request and its response, each with a body.
    mutating func exchange(_ path: String, body: String = "hello") {
        client("GET \(path) HTTP/1.1\r\nHost: shop.example\r\n\r\n")
        server("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    mutating func close() {
        add(isFromClient: true, flags: 0x11, [])
        add(isFromClient: false, flags: 0x11, [])
        add(isFromClient: true, flags: 0x10, [])
    }

    /// Moves on by so many seconds.
    mutating func wait(seconds: Int64) { now += seconds * 1_000_000_000 }
}
