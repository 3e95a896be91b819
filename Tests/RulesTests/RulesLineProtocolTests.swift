import Rules
import Testing

@Suite struct RulesLineProtocolTests {
    @Test func `rules are applied to a line`() {
        let rules = "!response_body! replace !o!, !0!\\n!request_header:a! remove"
        let line =
            "{\"rules\":\"\(rules)\",\"extra\":[{}],\"input\":[[\"request_header:a\",\"1\"],[\"response_body\",\"foo\\n\"]]}"
        #expect(RulesLineProtocol.apply(line: line) == "[[\"response_body\",\"f00\\n\"]]")
        #expect(
            RulesLineProtocol.apply(line: "{\"rules\":\"!.*! stop\",\"input\":[[\"a\",\"b\"]]}")
                == "null")
        #expect(
            RulesLineProtocol.apply(
                line: "{\"rules\":null,\"input\":[[\"request_body\",\"b\"],[\"now\",\"1\"]]}")
                == "[[\"now\",\"1\"]]")
        #expect(RulesLineProtocol.apply(line: "{\"input\":[]}") == "null")
    }

    @Test func `faults are answered, whatever the line`() {
        #expect(
            RulesLineProtocol.apply(line: "{\"rules\":\"bozo\",\"input\":[]}")
                == "{\"error_category\":\"invalid_rule\",\"error\":\"Invalid rule: bozo\"}")
        #expect(
            RulesLineProtocol.apply(
                line: "{\"rules\":\"!a! replace !b!, !$!\",\"input\":[[\"a\",\"b\"],[\"c\",\"d\"]]}"
            )
                == "{\"error_category\":\"replacement_group_error\","
                + "\"error\":\"Illegal group reference: group index is missing\"}")
        for line in [
            "", "[]", "{", "{\"rules\":1}", "{\"rules\":\"\",\"input\":[[\"a\"]]}", "{} x",
        ] {
            #expect(
                RulesLineProtocol.apply(line: line).hasPrefix(
                    "{\"error_category\":\"invalid_input\""))
        }
        for line in ["", "[]", "{\"rule\":1}", "{\"rule\":\"\\x\"}"] {
            #expect(
                RulesLineProtocol.parse(line: line).hasPrefix(
                    "{\"valid\":false,\"error_category\":\"invalid_input\""))
        }
    }

    @Test func `lines draw for themselves when sampled`() {
        let line = "{\"rules\":\"sample 50\",\"input\":[[\"a\",\"b\"]]}"
        let kept = (0..<1000).count {
            RulesLineProtocol.apply(line: line, callKey: UInt64($0)) != "null"
        }
        #expect(kept > 430 && kept < 570)
    }

    @Test func `a rule line is described`() {
        #expect(
            RulesLineProtocol.parse(line: "{\"rule\":\"/a/ replace /b/, /c/\"}")
                == "{\"valid\":true,\"ignored\":false,\"verb\":\"replace\",\"scope\":\"^a$\",\"param1\":\"b\",\"param2\":\"c\"}"
        )
        #expect(
            RulesLineProtocol.parse(line: "{\"rule\":\"sample 10\"}")
                == "{\"valid\":true,\"ignored\":false,\"verb\":\"sample\",\"scope\":null,\"param1\":10,\"param2\":null}"
        )
        #expect(
            RulesLineProtocol.parse(line: "{\"rule\":\"# c\"}")
                == "{\"valid\":true,\"ignored\":true,\"verb\":null,\"scope\":null,\"param1\":null,\"param2\":null}"
        )
        #expect(
            RulesLineProtocol.parse(line: "{\"rule\":\" x\"}")
                == "{\"valid\":false,\"error_category\":\"invalid_rule\",\"error\":\"Invalid rule:  x\",\"column\":2,\"detail\":\"\"}"
        )
    }
}
