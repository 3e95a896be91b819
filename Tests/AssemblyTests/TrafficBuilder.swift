// Packets of made-up HTTP connections, built by hand: Ethernet, IPv4, TCP. Checksums stay zero, as
// cards and mirrors leave them.

import Bytes

/// One packet with its time.
struct TestPacket: Sendable {
    var nanoseconds: Int64
    var bytes: [UInt8]
}

/// Builds the packets of connections, all to one server.
struct TrafficBuilder {
    var packets: [TestPacket] = []
    /// The time of the next packet.
    var now: Int64 = 1_700_000_000_000_000_000

    /// One end-to-end exchange on a connection of its own.
    mutating func exchange(
        clientPort: UInt16, path: String, body: String = "hello", isClosed: Bool = true
    ) {
        var connection = open(clientPort: clientPort)
        request(&connection, path: path)
        respond(&connection, body: body)
        if isClosed { close(&connection) }
    }

    struct TestConnection {
        var clientPort: UInt16
        var clientSequence: UInt32
        var serverSequence: UInt32
    }

    mutating func open(clientPort: UInt16) -> TestConnection {
        var connection = TestConnection(
            clientPort: clientPort, clientSequence: 1000, serverSequence: 5000)
        send(&connection, fromClient: true, flags: 0x02, [])
        connection.clientSequence &+= 1
        send(&connection, fromClient: false, flags: 0x12, [])
        connection.serverSequence &+= 1
        send(&connection, fromClient: true, flags: 0x10, [])
        return connection
    }

    mutating func request(_ connection: inout TestConnection, path: String) {
        let text = "GET \(path) HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n\r\n"
        send(&connection, fromClient: true, flags: 0x18, Array(text.utf8))
    }

    mutating func respond(_ connection: inout TestConnection, body: String) {
        let text =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        send(&connection, fromClient: false, flags: 0x18, Array(text.utf8))
    }

    mutating func close(_ connection: inout TestConnection) {
        send(&connection, fromClient: true, flags: 0x11, [])
        connection.clientSequence &+= 1
        send(&connection, fromClient: false, flags: 0x11, [])
        connection.serverSequence &+= 1
        send(&connection, fromClient: true, flags: 0x10, [])
    }

    mutating func send(
        _ connection: inout TestConnection, fromClient: Bool, flags: UInt8, _ payload: [UInt8]
    ) {
        let client: [UInt8] = [10, 0, 0, 1]
        let server: [UInt8] = [10, 0, 0, 2]
        var tcp: [UInt8] = []
        append(fromClient ? connection.clientPort : 8080, to: &tcp)
        append(fromClient ? 8080 : connection.clientPort, to: &tcp)
        append(fromClient ? connection.clientSequence : connection.serverSequence, to: &tcp)
        append(fromClient ? connection.serverSequence : connection.clientSequence, to: &tcp)
        tcp += [0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]
        var ip: [UInt8] = [0x45, 0]
        append(UInt16(40 + payload.count), to: &ip)
        ip += [0, 0, 0x40, 0, 64, 6, 0, 0]
        ip += fromClient ? client + server : server + client
        let ethernet: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00]
        packets.append(TestPacket(nanoseconds: now, bytes: ethernet + ip + tcp + payload))
        now += 1_000_000
        let count = UInt32(payload.count)
        if fromClient {
            connection.clientSequence &+= count
        } else {
            connection.serverSequence &+= count
        }
    }

    private func append<T: FixedWidthInteger>(_ value: T, to bytes: inout [UInt8]) {
        for shift in stride(from: T.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> T(shift)))
        }
    }
}
