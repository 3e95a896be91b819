// What the network sniffer writes for given bytes, and what Earshot writes in its place. Vectors:
// messages.json, observed by running the sniffer's own message builder.

import Calls
import Foundation
import Rules
import Testing

@Suite struct SnifferVectorTests {
    /// Where Earshot differs on purpose: docs/COMPATIBILITY.md has the reasons.
    static let improvements: Set<String> = [
        // The sniffer logs nothing.
        "get-two-hosts", "bad-request-line", "bad-response-line", "dup-content-length",
        "resp-literal-u003c",
        // Rules as documented, not as Go's dialect reads them.
        "rules-default", "rules-include-default",
        // Custom fields have no counterpart.
        "custom-fields",
    ]

    func bytes(_ source: Any?) throws -> [UInt8] {
        let source = try #require(source as? [String: Any])
        if let text = source["text"] as? String {
            return Array(text.utf8)
        }
        if let base64 = source["base64"] as? String {
            return [UInt8](try #require(Data(base64Encoded: base64)))
        }
        let head = try #require(source["head"] as? String)
        let body = try #require(source["body"] as? [String: Any])
        let count = try #require(body["count"] as? Int)
        let text = try #require(body["repeat"] as? String)
        let plain = Array(String(repeating: text, count: count).utf8)
        guard body["compress"] as? String == "gzip" else { return Array(head.utf8) + plain }
        let packed = try gzip(plain)
        let length = "<length of compressed body>"
        return Array(head.replacingOccurrences(of: length, with: "\(packed.count)").utf8) + packed
    }

    func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
        process.arguments = ["-nc"]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(bytes))
        try input.fileHandleForWriting.close()
        let packed = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return [UInt8](packed)
    }

    /// Foundation's JSON drops the byte order mark that this vector is about.
    static let byteOrderMark = "resp-bom"

    func records(_ vector: [String: Any]) throws -> [TestRecord] {
        let requestTime = try #require(vector["request_ts_ns"] as? Int64)
        let responseTime = try #require(vector["response_ts_ns"] as? Int64)
        var talk = TestConversation(at: requestTime - 3_000)
        talk.step = 1_000
        talk.segmentBytes = 60_000
        // Every packet of a message has the time of its first one.
        talk.step = 0
        talk.now = requestTime
        talk.client(try bytes(vector["request"]))
        talk.now = responseTime
        var response = try bytes(vector["response"])
        if vector["id"] as? String == SnifferVectorTests.byteOrderMark {
            response = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\u{FEFF}hi".utf8)
        }
        talk.server(response)
        talk.now = responseTime + 1_000_000
        talk.close()
        var options = EngineOptions()
        options.calls.compatibility = .networkSniffer
        options.calls.hostName = "HOST"
        let rules = try RuleSet(vector["rules"] as? String)
        return try run(talk.segments, TestEncoding(), options, rules: rules).records
    }

    // The pairs that are the sniffer's business, without order.
    func comparable(_ record: TestRecord) -> [String] {
        record.pairs.filter { !$0.key.hasPrefix("call:") && !$0.key.contains("_trailer:") }
            .map { "\($0.key)=\($0.value)" }.sorted()
    }

    func expected(_ vector: [String: Any], contentLength: String?) -> [String] {
        let pairs = vector["expected"] as? [[Any]] ?? []
        return pairs.map { pair in
            let key = pair[0] as? String ?? ""
            var value = pair[1] as? String ?? ""
            if vector["id"] as? String == SnifferVectorTests.byteOrderMark, key == "response_body" {
                value = "\u{FEFF}hi"
            }
            if let repeated = pair[1] as? [String: Any] {
                let text = repeated["repeat"] as? String ?? ""
                value = String(repeating: text, count: repeated["count"] as? Int ?? 0)
            }
            if value == "<length of compressed body>" { value = contentLength ?? "" }
            return "\(key)=\(value)"
        }.sorted()
    }

    @Test func `Earshot writes what the sniffer writes when asked to`() throws {
        guard let file = SharedFolder.json("vectors/messages.json") else { return }
        let vectors = try #require(file["sniffer_observed"] as? [[String: Any]])
        #expect(vectors.count == 60)
        for vector in vectors {
            let id = vector["id"] as? String ?? "?"
            let records = try records(vector)
            guard !SnifferVectorTests.improvements.contains(id) else {
                #expect(!records.isEmpty, "\(id): what the sniffer loses is reported")
                continue
            }
            #expect(records.count == 1, "\(id)")
            let record = try #require(records.first)
            let length = record["response_header:content-length"]
            #expect(
                comparable(record) == expected(vector, contentLength: length), "\(id)")
        }
    }

    @Test func `what the loggers' own tests ask for is in a record`() throws {
        guard let file = SharedFolder.json("vectors/messages.json") else { return }
        let vectors = try #require(file["logger_tests"] as? [[String: Any]])
        var checked = 0
        for vector in vectors {
            guard let request = vector["request"] as? [String: Any],
                let method = request["method"] as? String, let url = request["url"] as? String,
                let response = vector["response"] as? [String: Any]
            else { continue }
            // Parameters that a servlet got from a form are not in the URL: given there, they are
            // what a query gives.
            let parameters = (request["params"] as? [[String]] ?? []).map { pair in
                pair.map { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }
                    .joined(separator: "=")
            }
            let query = parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&")
            let rest = url.dropFirst("http://something.com:3000".count)
            let requestBody = vector["request_body"] as? String ?? ""
            let responseBody = vector["response_body"] as? String ?? ""
            let requestFields = lines(request["headers"])
            let responseFields = lines(response["headers"])
            var talk = TestConversation()
            talk.client(
                "\(method) \(rest)\(query) HTTP/1.1\r\nHost: something.com:3000\r\n\(requestFields)"
                    + "Content-Length: \(requestBody.utf8.count)\r\n\r\n\(requestBody)")
            talk.server(
                "HTTP/1.1 \(response["status"] as? Int ?? 0) OK\r\n\(responseFields)"
                    + "Content-Length: \(responseBody.utf8.count)\r\n\r\n\(responseBody)")
            talk.close()
            let rules = try RuleSet(vector["rules"] as? String)
            let record = try #require(run(talk.segments, rules: rules).records.first)
            for pair in vector["contains"] as? [[String]] ?? []
            where pair[0] != "now" && pair[0] != "interval" && pair[0] != "host" {
                #expect(record.all(pair[0]).contains(pair[1]), "\(vector["id"] ?? "") \(pair)")
            }
            checked += 1
        }
        #expect(checked >= 6)
    }

    func lines(_ headers: Any?) -> String {
        (headers as? [[String]] ?? []).map { "\($0[0]): \($0[1])\r\n" }.joined()
    }
}
