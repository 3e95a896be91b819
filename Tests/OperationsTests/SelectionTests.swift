import Assembly
import Bytes
import Operations
import Service
import Testing

@Suite struct SelectionTests {
    private static let line =
        #"[["request_method","GET"],["request_url","http://shop.example:8080/cart/items"],"#
        + #"["response_code","404"],["call:id","ab"],["call:server","10.0.0.2:8080"],"#
        + #"["call:vni","861"]]"#

    private func takes(_ change: (inout CallSelection) throws -> Void) throws -> Bool {
        var selection = CallSelection()
        try change(&selection)
        var fields = CallFields()
        try fields.read(Array(SelectionTests.line.utf8).span)
        return selection.takes(fields)
    }

    @Test func `nothing asked for takes everything`() throws { #expect(try takes { _ in }) }

    @Test func `each criterion decides`() throws {
        #expect(try takes { $0.ports = try PortList(parsing: "8000-8099") })
        #expect(try !takes { $0.ports = try PortList(parsing: "80") })
        #expect(try takes { $0.vnis = try VNIList(parsing: "861") })
        #expect(try !takes { $0.vnis = try VNIList(parsing: "-861") })
        #expect(try takes { $0.hosts = [Glob("*.EXAMPLE", ignoresCase: true)] })
        #expect(try !takes { $0.hosts = [Glob("example")] })
        #expect(try takes { $0.paths = [Glob("/admin/*"), Glob("/cart/*")] })
        #expect(try !takes { $0.paths = [Glob("/cart")] })
        #expect(try takes { $0.methods = ["GET"] })
        #expect(try !takes { $0.methods = ["POST"] })
        #expect(try takes { $0.statuses = try StatusList(parsing: "4xx") })
        #expect(try !takes { $0.statuses = try StatusList(parsing: "200,500-599,none") })
        #expect(try takes { $0.ids = ["ab"] })
        #expect(try !takes { $0.ids = ["cd"] })
    }

    @Test func `criteria of different kinds must all hold`() throws {
        #expect(
            try !takes {
                $0.methods = ["GET"]
                $0.statuses = try StatusList(parsing: "200")
            })
    }

    @Test(arguments: [
        ("*", "", true), ("a*c", "abbbc", true), ("a*c", "ab", false), ("?", "x", true),
        ("?", "", false), ("*a*b", "xxaxxb", true), ("/v?/*", "/v1/x/y", true), ("ab", "AB", false),
    ])
    func `globs match as in a shell`(pattern: String, text: String, isMatch: Bool) {
        #expect(Glob(pattern).matches(text) == isMatch)
    }

    @Test(arguments: ["", "20", "2xy", "200-100", "600-", "abc"])
    func `bad status lists are refused`(text: String) {
        #expect(throws: ValueError.self) { _ = try StatusList(parsing: text) }
    }

    @Test func `a flow is read in both families and both orders`() throws {
        let flow = try FlowSpec(parsing: "10.0.0.1:4711-10.0.0.2:80")
        #expect(flow.description == "10.0.0.1:4711-10.0.0.2:80")
        let other = try FlowSpec(parsing: "[fd00::1]:4711-[::ffff:10.0.0.2]:80")
        #expect(other.description == "[fd00::1]:4711-[::ffff:a00:2]:80")
        for bad in ["10.0.0.1-10.0.0.2", "10.0.0.300:1-10.0.0.2:80", "[fd00:::1]:1-[::]:2", "x"] {
            #expect(throws: ValueError.self) { _ = try FlowSpec(parsing: bad) }
        }
    }

    @Test func `a URL's host and path are told apart from port and query`() {
        #expect(CallURL("http://a.b:80/x?y").host == "a.b")
        #expect(CallURL("http://a.b:80/x?y").path == "/x")
        #expect(CallURL("http://[::1]:80").host == "[::1]")
        #expect(CallURL("http://[::1]:80").path == "/")
    }
}
