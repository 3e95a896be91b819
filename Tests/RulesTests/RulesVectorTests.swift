import Bytes
import Foundation
import Records
import Rules
import Testing

@Suite struct RulesVectorTests {
    @Test func `every rule line of the vectors is parsed as the Java logger does`() {
        guard let vectors = SharedVectors.json("vectors/rules.json") else { return }
        for vector in SharedVectors.group("parse", in: vectors) {
            let line = SharedVectors.text(["rule": vector["rule"] ?? ""])
            let answer =
                SharedVectors.parsed(RulesLineProtocol.parse(line: line)) as? [String: Any] ?? [:]
            for name in [
                "valid", "ignored", "verb", "scope", "param1", "param2", "error_category", "error",
            ] {
                guard let wanted = vector[name] else { continue }
                let got = SharedVectors.text(answer[name] ?? "missing")
                #expect(got == SharedVectors.text(wanted), "\(name) of \(vector["rule"] ?? "")")
            }
        }
    }

    @Test func `every call of the vectors comes out as from the Java logger`() {
        guard let vectors = SharedVectors.json("vectors/rules.json") else { return }
        for vector in SharedVectors.group("apply", in: vectors) {
            let request = ["rules": vector["rules"] ?? NSNull(), "input": vector["input"] ?? []]
            let answer = RulesLineProtocol.apply(line: SharedVectors.text(request))
            let got = SharedVectors.text(SharedVectors.parsed(answer))
            #expect(got == SharedVectors.text(vector["expected"] ?? "?"), "\(vector["id"] ?? "")")
        }
    }

    @Test func `every rules text of the vectors is loaded as the Java logger does`() {
        guard let vectors = SharedVectors.json("vectors/rules.json") else { return }
        let files = vectors["files"] as? [String: String] ?? [:]
        for vector in SharedVectors.group("load", in: vectors) {
            let id = vector["id"] ?? ""
            let defaults = vector["default_rules"] as? String ?? RuleSet.standardDefault
            do throws(RuleError) {
                let set = try RuleSet(vector["rules"] as? String, defaultRules: defaults) {
                    files[$0]
                }
                #expect(vector["valid"] as? Bool == true, "\(id)")
                #expect(set.size == vector["size"] as? Int, "\(id)")
                #expect(set.text == vector["text"] as? String, "\(id)")
                #expect(set.allowsHTTPURL == vector["allow_http_url"] as? Bool, "\(id)")
                #expect(set.skipsCompression == vector["skip_compression"] as? Bool, "\(id)")
                #expect(set.skipsSubmission == vector["skip_submission"] as? Bool, "\(id)")
                for (verb, count) in vector["counts"] as? [String: Int] ?? [:] {
                    #expect(RuleVerb(rawValue: verb).map { set.rules($0).count } == count, "\(id)")
                }
            } catch {
                #expect(vector["valid"] as? Bool == false, "\(id): \(error)")
                #expect(error.category.rawValue == vector["error_category"] as? String, "\(id)")
                #expect(error.text == vector["error"] as? String, "\(id)")
            }
        }
    }

    @Test func `samples keep the share of calls they name`() throws {
        guard let vectors = SharedVectors.json("vectors/rules.json") else { return }
        for vector in SharedVectors.group("sample", in: vectors) {
            let wanted = try #require(vector["keep_probability"] as? Double)
            var evaluator = RuleEvaluator(try RuleSet(vector["rules"] as? String))
            var kept = 0
            for call in 0..<10_000 {
                var list = PairList()
                list.append("request_method", [UInt8]("GET".utf8).span)
                if evaluator.apply(to: &list, callKey: UInt64(call)) == .keep { kept += 1 }
            }
            #expect(abs(Double(kept) / 10_000 - wanted) < 0.02)
        }
    }

    @Test func `cookies become the session fields of the vectors`() throws {
        guard let vectors = SharedVectors.json("vectors/rules.json") else { return }
        for vector in SharedVectors.group("session", in: vectors) {
            let session = try #require(vector["session"] as? [[String]])
            var evaluator = RuleEvaluator(try RuleSet(vector["rules"] as? String))
            var list = PairList()
            let cookie = session.map { $0[0] + "=" + $0[1] }.joined(separator: "; ")
            list.append("request_header:cookie", [UInt8](cookie.utf8).span)
            evaluator.appendSessionFields(to: &list)
            var fields: [[String]] = []
            for pair in list.pairs.dropFirst() {
                fields.append([
                    String(decoding: list.span(pair.key)), String(decoding: list.span(pair.value)),
                ])
            }
            #expect(fields == vector["expected"] as? [[String]])
        }
    }

    @Test func `rules permit the capture URLs the vectors name`() throws {
        guard let vectors = SharedVectors.json("vectors/rules.json") else { return }
        for vector in SharedVectors.group("logger", in: vectors) {
            let set = try RuleSet(vector["rules"] as? String)
            let url = vector["url"] as? String ?? ""
            #expect(set.permits(url: url) == vector["enableable"] as? Bool, "\(url)")
        }
    }

    @Test func `records are written and refused as the message vectors say`() throws {
        guard let vectors = SharedVectors.json("vectors/messages.json") else { return }
        let tests = try #require(vectors["json_tests"] as? [String: Any])
        for vector in SharedVectors.group("escape", in: tests) {
            var buffer = ByteBuffer()
            let input = [UInt8]((vector["input"] as? String ?? "").utf8)
            RecordWriter.escape(input.span, into: &buffer)
            #expect(String(decoding: buffer.span) == vector["output"] as? String)
        }
        for vector in SharedVectors.group("stringify", in: tests) {
            var list = PairList()
            for pair in vector["message"] as? [[String]] ?? [] {
                let key = list.keep([UInt8](pair[0].utf8).span)
                list.append(key: key, value: list.keep([UInt8](pair[1].utf8).span))
            }
            var buffer = ByteBuffer()
            RecordWriter.append(list, to: &buffer)
            #expect(String(decoding: buffer.span) == (vector["output"] as? String ?? "") + "\n")
        }
        let ndjson = try #require(vectors["ndjson"] as? [String: Any])
        let invalid = try #require(ndjson["invalid"] as? [String])
        #expect(invalid.count == 14)
        for line in invalid {
            var list = PairList()
            #expect(throws: RecordError.self, "\(line)") {
                try RecordReader.read([UInt8](line.utf8).span, into: &list)
            }
        }
    }
}
