import Bytes
import Foundation
import Records
import Testing

@testable import Assembly

@Suite struct CallPrinterTests {
    static let line =
        #"[["request_method","GET"],["request_url","http://shop/a"],["response_code","200"],"#
        + #"["request_header:accept","a"],["request_header:accept","b"],"#
        + #"["request_param:q","é\"x"],["response_header:content-type","text/plain"],"#
        + #"["response_header:location","/else"],["response_body","hi\n"],"#
        + #"["now","1700000000123"],["host","me"],["call:id","ab"],["call:target","/a?q=1"],"#
        + #"["call:completeness","full"],["call:protocol","HTTP/1.1"],"#
        + #"["call:client","10.0.0.1:4000"],["call:server","[::1]:80"],"#
        + #"["call:request_start","1700000000100000000"],["call:request_end","1700000000101000000"],"#
        + #"["call:response_start","1700000000123000000"],["call:response_end","1700000000125500000"],"#
        + #"["call:request_body_bytes","0"],["call:response_body_bytes","3"]]"# + "\n"

    func print(_ format: CallFormat, columns: Int? = nil, _ lines: String...) throws -> String {
        var printer = CallPrinter(format, columns: columns)
        var output = ByteBuffer()
        for line in lines {
            let bytes = Array(line.utf8)
            try printer.print(bytes.span, into: &output)
        }
        printer.finish(into: &output)
        return String(decoding: output.span)
    }

    @Test func `lines are passed through untouched`() throws {
        #expect(try print(.lines, Self.line, Self.line) == Self.line + Self.line)
    }

    @Test(arguments: 0..<4)
    func `json is one array of objects however many calls there are`(count: Int) throws {
        let lines = String(repeating: Self.line, count: count)
        let text = count == 0 ? try print(.json) : try print(.json, lines)
        let objects = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        #expect(objects.count == count)
        for object in objects {
            #expect(object["request_header:accept"] as? [String] == ["a", "b"])
            #expect(object["request_param:q"] as? String == "é\"x")
            #expect(object["response_code"] as? String == "200")
        }
    }

    @Test(arguments: 0..<3)
    func `har is one archive however many calls there are`(count: Int) throws {
        let text = try print(.har, String(repeating: Self.line, count: count))
        let archive = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let log = try #require(archive["log"] as? [String: Any])
        #expect(log["version"] as? String == "1.2")
        let entries = try #require(log["entries"] as? [[String: Any]])
        #expect(entries.count == count)
        for entry in entries {
            #expect(entry["startedDateTime"] as? String == "2023-11-14T22:13:20.100Z")
            #expect(entry["time"] as? Double == 25.5)
            #expect(entry["serverIPAddress"] as? String == "::1")
            let request = try #require(entry["request"] as? [String: Any])
            #expect(request["url"] as? String == "http://shop/a?q=1")
            #expect((request["headers"] as? [Any])?.count == 2)
            let response = try #require(entry["response"] as? [String: Any])
            #expect(response["status"] as? Int == 200)
            #expect(response["redirectURL"] as? String == "/else")
            let content = try #require(response["content"] as? [String: Any])
            #expect(content["text"] as? String == "hi\n")
            #expect(content["mimeType"] as? String == "text/plain")
        }
    }

    @Test(arguments: [60, 80, 100, 120, 200])
    func `no row of a table is wider than the terminal`(columns: Int) throws {
        let long = Self.line.split(separator: "http://shop/a")
            .joined(separator: "http://shop/" + String(repeating: "x", count: 500))
        let text = try print(.table, columns: columns, long)
        let rows = text.split(separator: "\n")
        #expect(rows.count == 2)
        for row in rows { #expect(row.unicodeScalars.count <= max(columns, 90)) }
    }

    @Test func `control characters of the wire do not reach the terminal`() throws {
        let hostile =
            #"[["request_method","GET"],["request_url","http://x/\u001b[2J\u0007\u202e"]]"# + "\n"
        let text = try print(.table, columns: 120, hostile)
        #expect(!text.contains("\u{1B}") && !text.contains("\u{7}") && !text.contains("\u{202E}"))
        #expect(text.contains("http://x/·[2J··"))
    }

    @Test func `what is no record is refused with its place`() {
        #expect(throws: RecordError.self) { try print(.json, "{}\n") }
    }
}
