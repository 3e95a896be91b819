// A minute in the life of a small shop's API, with what goes wrong on real wires: a lost packet, a
// request nobody answers, something that is no HTTP.

/// Made-up traffic.
enum DemoTraffic {
    /// The packets in the order of their times.
    static func packets(from start: Int64) -> [DemoPacket] {
        var all: [DemoPacket] = []
        all += keepAlive(start)
        all += order(start + 700_000_000)
        all += lossy(start + 1_500_000_000)
        all += unanswered(start + 2_200_000_000)
        all += encrypted(start + 2_500_000_000)
        return all.sorted { $0.nanoseconds < $1.nanoseconds }
    }

    private static func request(_ line: String, _ body: String = "") -> String {
        var text = "\(line) HTTP/1.1\r\nHost: api.shop.example\r\nUser-Agent: shop-app/4.2\r\n"
        if !body.isEmpty {
            text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
        }
        return text + "\r\n" + body
    }

    private static func response(_ status: String, _ body: String) -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    // One connection, several calls, one of them chunked.
    private static func keepAlive(_ start: Int64) -> [DemoPacket] {
        var connection = DemoConnection(at: start, clientPort: 49_152, clientHost: 21)
        connection.send(fromClient: true, text: request("GET /products?category=tea&page=1"))
        connection.now += 12_000_000
        connection.send(fromClient: false, text: response("200 OK", products))
        connection.now += 150_000_000
        connection.send(fromClient: true, text: request("GET /products/17"))
        connection.now += 4_000_000
        let chunks = "1b\r\n{\"id\":17,\"name\":\"Darjeeling\r\n9\r\n FTGFOP\"}\r\n0\r\n\r\n"
        connection.send(
            fromClient: false,
            text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                + "Content-Type: application/json\r\n\r\n" + chunks)
        connection.now += 90_000_000
        connection.send(fromClient: true, text: request("GET /products/999"))
        connection.now += 2_500_000
        connection.send(
            fromClient: false, text: response("404 Not Found", "{\"error\":\"no such product\"}"))
        connection.close()
        return connection.packets
    }

    private static func order(_ start: Int64) -> [DemoPacket] {
        var connection = DemoConnection(at: start, clientPort: 49_153, clientHost: 22)
        connection.send(
            fromClient: true,
            text: request(
                "POST /orders", "{\"product\":17,\"mail\":\"ada@shop.example\"}"))
        connection.now += 38_000_000
        connection.send(
            fromClient: false, text: response("201 Created", "{\"order\":4711,\"state\":\"open\"}"))
        connection.now += 400_000_000
        connection.send(fromClient: true, text: request("DELETE /orders/4711"))
        connection.now += 61_000_000
        connection.send(
            fromClient: false,
            text: response("500 Internal Server Error", "{\"error\":\"warehouse is closed\"}"))
        connection.close()
        return connection.packets
    }

    // A packet in the middle of a long answer never reached the capture: a partial call.
    private static func lossy(_ start: Int64) -> [DemoPacket] {
        var connection = DemoConnection(at: start, clientPort: 49_154, clientHost: 23)
        connection.send(fromClient: true, text: request("GET /reports/2026"))
        connection.now += 25_000_000
        let rows = (0..<120).map {
            "{\"day\":\($0),\"sold\":\($0 % 31),\"note\":\"as planned\"}"
        }
        connection.send(
            fromClient: false, text: response("200 OK", "[" + rows.joined(separator: ",") + "]"))
        connection.close()
        connection.lose(5)
        return connection.packets
    }

    private static func unanswered(_ start: Int64) -> [DemoPacket] {
        var connection = DemoConnection(at: start, clientPort: 49_155, clientHost: 24)
        connection.send(fromClient: true, text: request("GET /slow"))
        return connection.packets
    }

    // The beginning of a TLS handshake: counted, not shown.
    private static func encrypted(_ start: Int64) -> [DemoPacket] {
        var connection = DemoConnection(
            at: start, clientPort: 49_156, clientHost: 25, serverPort: 443)
        connection.send(
            fromClient: true,
            text: "\u{16}\u{3}\u{1}\u{0}\u{40}\u{1}" + String(repeating: "x", count: 63))
        connection.close()
        return connection.packets
    }

    private static var products: String {
        let items = (1...12).map { "{\"id\":\($0),\"name\":\"Tea no. \($0)\",\"price\":\($0 * 3)}" }
        return "{\"products\":[" + items.joined(separator: ",") + "]}"
    }
}
