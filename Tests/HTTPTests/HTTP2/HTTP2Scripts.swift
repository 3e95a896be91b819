// Connections for tests, with the exchanges they must give.

@testable import HTTP

/// A connection, step by step.
struct HTTP2Script: CustomStringConvertible, Sendable {
    var description: String
    var steps: @Sendable () -> [Step]
    /// The exchanges without their places in the stream.
    var exchanges: [String]
}

let httpScripts: [HTTP2Script] = [
    HTTP2Script(
        description: "two calls, one after the other, with settings, ping and window updates",
        steps: {
            var client = FrameWriter()
            var server = FrameWriter()
            return [
                .client(FrameWriter.preface + FrameWriter.settings([(1, 8192), (4, 65_535)])),
                .server(FrameWriter.settings() + FrameWriter.settingsAcknowledged),
                .client(
                    FrameWriter.settingsAcknowledged
                        + client.request(1, "/one", extra: [("x-a", "1")])),
                .server(
                    server.response(1, extra: [("content-length", "5"), ("server", "s")])
                        + FrameWriter.data(1, "hello", end: true)),
                .client(FrameWriter.windowUpdate(0) + FrameWriter.ping),
                .client(client.request(3, "/two", extra: [("x-a", "1")])),
                .server(server.response(3, 404, extra: [("server", "s")], end: true)),
                .close,
            ]
        },
        exchanges: [
            "1 finished | GET a.example/one x-a=1 complete | "
                + "200 content-length=5 server=s body 5 'hello' complete",
            "3 finished | GET a.example/two x-a=1 complete | 404 server=s complete",
        ]),
    HTTP2Script(
        description:
            "interleaved streams, padding, priority, CONTINUATION, trailers, interim responses",
        steps: {
            var client = FrameWriter()
            var server = FrameWriter()
            let first = client.headers(
                1,
                [
                    (":method", "POST"), (":scheme", "http"), (":path", "/a"), (":authority", "h"),
                    ("b", "2"),
                ],
                parts: 4)
            let second = client.headers(
                3, [(":method", "PUT"), (":scheme", "http"), (":path", "/b"), (":authority", "h")],
                padding: 7, priority: true)
            return [
                .client(FrameWriter.preface + FrameWriter.settings() + first + second),
                .server(FrameWriter.settings()),
                .client(
                    FrameWriter.data(3, "33", padding: 0) + FrameWriter.data(1, "one", padding: 200)
                ),
                .server(
                    server.response(3, 100) + server.response(3, 103, extra: [("link", "</x>")])),
                .client(
                    FrameWriter.data(3, "", end: true)
                        + client.headers(1, [("sum", "3")], end: true)),
                .server(server.response(3, 201)),
                .server(
                    server.response(1) + FrameWriter.data(3, "three") + FrameWriter.data(1, "ONE")),
                .server(FrameWriter.frame(0xBE, 0xFF, 1, [1, 2, 3])),
                .server(FrameWriter.data(3, "!", end: true)),
                .server(server.headers(1, [("grpc-status", "0")], end: true, parts: 2)),
                .close,
            ]
        },
        exchanges: [
            "3 finished | PUT h/b body 2 '33' complete | 201 body 6 'three!' complete",
            "1 finished | POST h/a b=2 body 3 'one' ~sum=3 complete | "
                + "200 body 3 'ONE' ~grpc-status=0 complete",
        ]),
    HTTP2Script(
        description: "gRPC: calls, a stream of messages each way, an error without a message",
        steps: {
            var client = FrameWriter()
            var server = FrameWriter()
            let type = ("content-type", "application/grpc")
            let message = FrameWriter.data(1, "\u{0}\u{0}\u{0}\u{0}\u{2}hi", end: true)
            return [
                .client(FrameWriter.preface + FrameWriter.settings()),
                .server(FrameWriter.settings()),
                .client(
                    client.request(
                        1, "/pkg.Greeter/Hello", method: "POST",
                        extra: [type, ("te", "trailers")], end: false)
                        + message
                        + client.request(
                            3, "/pkg.Greeter/Chat", method: "POST", extra: [type], end: false)),
                .server(
                    server.response(1, extra: [type])
                        + FrameWriter.data(1, "\u{0}\u{0}\u{0}\u{0}\u{2}ho")
                        + server.headers(
                            1, [("grpc-status", "0"), ("grpc-message", "")], end: true)),
                .client(FrameWriter.data(3, "a")),
                .server(server.response(3, extra: [type]) + FrameWriter.data(3, "A")),
                .client(FrameWriter.data(3, "b", padding: 3) + FrameWriter.data(3, "", end: true)),
                .server(FrameWriter.data(3, "B") + FrameWriter.windowUpdate(3)),
                .server(server.headers(3, [("grpc-status", "0")], end: true)),
                .client(client.request(5, "/pkg.Greeter/No", method: "POST", extra: [type])),
                .server(server.response(5, extra: [type, ("grpc-status", "12")], end: true)),
                .close,
            ]
        },
        exchanges: [
            "1 finished | POST a.example/pkg.Greeter/Hello content-type=application/grpc "
                + "te=trailers body 7 '\u{0}\u{0}\u{0}\u{0}\u{2}hi' complete | "
                + "200 content-type=application/grpc body 7 '\u{0}\u{0}\u{0}\u{0}\u{2}ho' "
                + "~grpc-status=0 ~grpc-message= complete",
            "3 finished | POST a.example/pkg.Greeter/Chat content-type=application/grpc "
                + "body 2 'ab' complete | 200 content-type=application/grpc body 2 'AB' "
                + "~grpc-status=0 complete",
            "5 finished | POST a.example/pkg.Greeter/No content-type=application/grpc complete | "
                + "200 content-type=application/grpc grpc-status=12 complete",
        ]),
    HTTP2Script(
        description: "server push, reset, late frames, GOAWAY and what is open at the end",
        steps: {
            var client = FrameWriter()
            var server = FrameWriter()
            return [
                .client(FrameWriter.preface + FrameWriter.settings()),
                .server(FrameWriter.settings()),
                .client(
                    client.request(1, "/page") + client.request(3, "/slow")
                        + client.request(5, "/kept")),
                .client(
                    client.request(7, "/late")
                        + client.request(9, "/refused", method: "POST", end: false)),
                .server(
                    server.headers(
                        1,
                        [
                            (":method", "GET"), (":scheme", "http"), (":authority", "a.example"),
                            (":path", "/css"),
                        ],
                        promised: 2)),
                .server(server.response(1) + FrameWriter.data(1, "page", end: true)),
                .server(server.response(2) + FrameWriter.data(2, "css", end: true)),
                .server(server.response(3) + FrameWriter.data(3, "part")),
                .client(FrameWriter.reset(3) + FrameWriter.reset(7, 2)),
                .server(
                    FrameWriter.data(3, "late") + server.response(7, end: true) + server.response(5)
                ),
                .server(FrameWriter.goAway(5)),
                .client(FrameWriter.data(9, "x", end: true)),
                .server(FrameWriter.data(5, "kep")),
                .close,
            ]
        },
        exchanges: [
            "1 finished | GET a.example/page complete | 200 body 4 'page' complete",
            "2 finished pushed | GET a.example/css complete | 200 body 3 'css' complete",
            "3 reset code 8 | GET a.example/slow complete | 200 body 4 'part' endedEarly",
            "7 reset code 2 | GET a.example/late complete | 200 complete",
            "9 refused | POST a.example/refused endedEarly | -",
            "5 connectionEnded | GET a.example/kept complete | 200 body 3 'kep' endedEarly",
        ]),
    HTTP2Script(
        description: "lengths that differ, HEAD, 304, CONNECT, and an early answer",
        steps: {
            var client = FrameWriter()
            var server = FrameWriter()
            let ten = ("content-length", "10")
            return [
                .client(FrameWriter.preface + FrameWriter.settings()),
                .server(FrameWriter.settings()),
                .client(client.request(1, "/", method: "HEAD") + client.request(3, "/304")),
                .server(
                    server.response(1, extra: [ten], end: true)
                        + server.response(3, 304, extra: [ten], end: true)),
                .client(client.request(5, "/short", method: "POST", extra: [ten], end: false)),
                .client(FrameWriter.data(5, "123", end: true)),
                .server(server.response(5, extra: [ten]) + FrameWriter.data(5, "12345", end: true)),
                .client(client.headers(7, [(":method", "CONNECT"), (":authority", "far:1")])),
                .server(server.response(7)),
                .client(FrameWriter.data(7, "up")),
                .server(FrameWriter.data(7, "down", end: true)),
                .client(FrameWriter.data(7, "", end: true)),
                .client(
                    client.request(9, "/big", method: "POST", end: false)
                        + FrameWriter.data(9, "abc")),
                .server(server.response(9, 413, end: true) + FrameWriter.reset(9, 0)),
                .clientEnd, .serverEnd, .close,
            ]
        },
        exchanges: [
            "1 finished | HEAD a.example/ complete | 200 content-length=10 complete",
            "3 finished | GET a.example/304 complete | 304 content-length=10 complete",
            "5 finished | POST a.example/short content-length=10 body 3 '123' complete ambiguousLength"
                + " | 200 content-length=10 body 5 '12345' complete ambiguousLength",
            "7 finished tunnel | CONNECT far:1 body 2 'up' complete | 200 body 4 'down' complete",
            "9 reset | POST a.example/big body 3 'abc' endedEarly | 413 complete",
        ]),
]
