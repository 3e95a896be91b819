import Testing

@testable import YAML

@Suite struct YAMLDocumentTests {
    func scalar(_ text: String, plain: Bool = true, line: Int = 1) -> YAMLNode {
        YAMLNode(.scalar(text, isPlain: plain), line: line)
    }

    func problem(_ text: String) -> YAMLError? {
        do throws(YAMLError) {
            _ = try YAMLDocument.read(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a configuration is read with its lines`() throws {
        let text = "ports: [80, \"81\"]\n# a comment\ncapture:\n  vnis:\n    - 8864121\n  empty:\n"
        let node = try #require(try YAMLDocument.read(text))
        #expect(
            node
                == YAMLNode(
                    .mapping([
                        YAMLPair(
                            key: scalar("ports"),
                            value: YAMLNode(
                                .sequence([scalar("80"), scalar("81", plain: false)]), line: 1)),
                        YAMLPair(
                            key: scalar("capture", line: 3),
                            value: YAMLNode(
                                .mapping([
                                    YAMLPair(
                                        key: scalar("vnis", line: 4),
                                        value: YAMLNode(
                                            .sequence([scalar("8864121", line: 5)]), line: 5)),
                                    YAMLPair(
                                        key: scalar("empty", line: 6), value: scalar("", line: 6)),
                                ]), line: 4)),
                    ]), line: 1))
    }

    @Test func `block texts keep their line feeds`() throws {
        let node = try #require(try YAMLDocument.read("rules: |\n  include debug\n  !a! stop\n"))
        guard case .mapping(let pairs) = node.content else { throw YAMLError(line: 0, problem: "") }
        #expect(pairs.first?.value.string == "include debug\n!a! stop\n")
        #expect(pairs.first?.value.isNull == false)
    }

    @Test(arguments: ["", "\n", "# only a comment\n", "---\n...\n"])
    func `a text that holds nothing is nothing or null`(text: String) throws {
        let node = try YAMLDocument.read(text)
        #expect(node?.isNull ?? true)
    }

    @Test(arguments: [
        ("a: 1\na: 2\n", 2, "'a' is given twice"),
        ("a: [1\n", 2, "did not find expected ',' or ']'"),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins"),
        ("a: \"1\n", 2, "found unexpected end of stream"),
        ("\ta: 1\n", 1, "found character that cannot start any token"),
    ])
    func `what is wrong is said with its line`(text: String, line: Int, problem: String) {
        #expect(self.problem(text) == YAMLError(line: line, problem: problem))
    }

    @Test func `depth has a limit`() {
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        #expect(problem(deep)?.problem == "nested deeper than 64")
    }

    @Test func `references are seen and not followed, so that nothing can grow by them`() throws {
        let node = try #require(try YAMLDocument.read("a: &x [1, 2]\nb: *x\n"))
        guard case .mapping(let pairs) = node.content else { throw YAMLError(line: 0, problem: "") }
        #expect(pairs.last?.value.content == .alias)
    }

    @Test func `words for nothing are null only without quotes`() throws {
        for word in ["~", "null", "Null", "NULL"] {
            #expect(try YAMLDocument.read(word)?.isNull == true)
            #expect(try YAMLDocument.read("'\(word)'")?.isNull == false)
        }
    }
}
