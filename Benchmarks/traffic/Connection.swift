// One keep-alive connection between a client and a server, packet by packet.

/// What a connection does next.
enum Phase {
    /// It is not open.
    case closed
    /// The SYN is out.
    case opening
    /// Open, between calls.
    case idle
    /// The client sends.
    case request
    /// The server sends.
    case response
}

/// The state of a connection.
struct Connection {
    /// What it does next.
    var phase = Phase.closed
    /// Headers from the client to the server.
    var fromClient: FrameTemplate
    /// Headers from the server to the client.
    var fromServer: FrameTemplate
    /// The client's next sequence number.
    var clientSequence: UInt32
    /// The server's next sequence number.
    var serverSequence: UInt32
    /// How many calls until it closes.
    var callsLeft: Int
    /// The exchange under way.
    var exchange = 0
    /// How many bytes of the present message were sent.
    var sentCount = 0
    /// The number of the call, in digits.
    var digits = InlineArray<10, UInt8>(repeating: 0x30)
    /// Whether noise took a packet of the present call.
    var isDamaged = false

    /// The most payload of a packet: an MTU of 1500 with timestamps.
    var maximumPayload: Int { fromClient.isIPv6 ? 1428 : 1448 }

    /// Takes the number of the next call.
    mutating func setNumber(_ number: UInt64) {
        var rest = number
        for index in 0..<Exchange.digitCount {
            digits[Exchange.digitCount - 1 - index] = UInt8(truncatingIfNeeded: rest % 10) + 0x30
            rest /= 10
        }
    }
}
