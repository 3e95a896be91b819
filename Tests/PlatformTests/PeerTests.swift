import Platform
import Testing

@Suite struct PeerTests {
    @Test func `a datagram nobody waits for is an error that names the socket`() {
        let missing = #expect(throws: IOError.self) {
            try Peer.send("READY=1", to: "/nonexistent/notify")
        }
        #expect(missing?.path == "/nonexistent/notify")
        #expect(missing?.isMissing == true)
        let abstract = #expect(throws: IOError.self) {
            try Peer.send("READY=1", to: "@earshot-nobody-listens-here")
        }
        #expect(abstract?.errno == 111)
    }

    @Test(arguments: ["", "/", String(repeating: "/x", count: 60)])
    func `an address that fits no socket is refused`(address: String) {
        #expect(throws: IOError.self) { try Peer.send("READY=1", to: address) }
    }

    @Test func `a question to a port that nobody listens on is refused at once`() {
        let error = #expect(throws: IOError.self) {
            try Peer.ask(
                host: "127.0.0.1", port: 1, request: "GET / HTTP/1.0\r\n\r\n", maximumBytes: 10,
                timeoutNanoseconds: 1_000_000_000)
        }
        #expect(error?.errno == 111)
    }

    @Test func `a host without an address is said`() {
        let error = #expect(throws: IOError.self) {
            try Peer.ask(
                host: "no such host", port: 1, request: "", maximumBytes: 10,
                timeoutNanoseconds: 1_000_000_000)
        }
        #expect(error?.path == "no such host:1")
    }
}
