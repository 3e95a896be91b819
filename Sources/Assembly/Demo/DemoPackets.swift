// Packets of a made-up connection: Ethernet, IPv4, TCP, as a capture would hold them. Checksums
// stay zero, as cards and mirrors leave them.

import Bytes

/// A packet with its time.
struct DemoPacket: Sendable, Equatable {
    var nanoseconds: Int64
    var bytes: [UInt8]
}

/// Writes the packets of one connection.
struct DemoConnection {
    /// What has been sent.
    private(set) var packets: [DemoPacket] = []
    /// When the next packet is sent.
    var now: Int64

    private let clientPort: UInt16
    private let serverPort: UInt16
    private let clientHost: UInt8
    private var clientSequence: UInt32 = 1_000_000
    private var serverSequence: UInt32 = 5_000_000

    /// The largest payload of a packet.
    static let payloadBytes = 1400

    /// Opens a connection.
    init(at nanoseconds: Int64, clientPort: UInt16, clientHost: UInt8, serverPort: UInt16 = 8080) {
        now = nanoseconds
        self.clientPort = clientPort
        self.serverPort = serverPort
        self.clientHost = clientHost
        send(fromClient: true, flags: 0x02, [])
        clientSequence &+= 1
        send(fromClient: false, flags: 0x12, [])
        serverSequence &+= 1
        send(fromClient: true, flags: 0x10, [])
    }

    /// Sends text in one direction, cut into packets.
    mutating func send(fromClient: Bool, text: String) {
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let end = min(start + DemoConnection.payloadBytes, bytes.count)
            send(fromClient: fromClient, flags: 0x18, Array(bytes[start..<end]))
            start = end
        }
    }

    /// Ends the connection from both sides.
    mutating func close() {
        send(fromClient: true, flags: 0x11, [])
        clientSequence &+= 1
        send(fromClient: false, flags: 0x11, [])
        serverSequence &+= 1
        send(fromClient: true, flags: 0x10, [])
    }

    /// Loses a packet on its way to the capture.
    mutating func lose(_ index: Int) {
        if packets.indices.contains(index) { packets.remove(at: index) }
    }

    private mutating func send(fromClient: Bool, flags: UInt8, _ payload: [UInt8]) {
        var frame = ByteBuffer()
        frame.append([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00])
        frame.append([0x45, 0])
        frame.append(bigEndian: UInt16(40 + payload.count))
        frame.append([0, 0, 0x40, 0, 64, 6, 0, 0])
        let client: [UInt8] = [10, 20, 0, clientHost]
        let server: [UInt8] = [10, 20, 1, 10]
        frame.append(fromClient ? client + server : server + client)
        frame.append(bigEndian: fromClient ? clientPort : serverPort)
        frame.append(bigEndian: fromClient ? serverPort : clientPort)
        frame.append(bigEndian: fromClient ? clientSequence : serverSequence)
        frame.append(bigEndian: fromClient ? serverSequence : clientSequence)
        frame.append([0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0])
        frame.append(payload)
        packets.append(DemoPacket(nanoseconds: now, bytes: frame.copyBytes()))
        now += 400_000
        if fromClient {
            clientSequence &+= UInt32(payload.count)
        } else {
            serverSequence &+= UInt32(payload.count)
        }
    }
}
