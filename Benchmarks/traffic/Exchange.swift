// A request with its response as bytes of the wire, written once and used for many calls: only the
// call's number differs, and it is patched while the packets are written.

/// One prepared request and response.
struct Exchange {
    /// Head and body of the request.
    var request: [UInt8]
    /// Head and body of the response, chunk framing included.
    var response: [UInt8]
    /// Where the ten digits of the call's number go in the request.
    var requestNumberOffsets: [Int]
    /// Where they go in the response.
    var responseNumberOffsets: [Int]

    /// What stands where the number goes; no body contains it.
    static let placeholder = "##########"
    /// How many digits the number has.
    static let digitCount = 10

    /// Prepares an exchange: finds the places of the call's number in both heads.
    init(requestHead: String, requestBody: [UInt8], responseHead: String, responseBody: [UInt8]) {
        requestNumberOffsets = Exchange.offsets(in: Array(requestHead.utf8))
        responseNumberOffsets = Exchange.offsets(in: Array(responseHead.utf8))
        request = Array(requestHead.utf8) + requestBody
        response = Array(responseHead.utf8) + responseBody
    }

    private static func offsets(in head: [UInt8]) -> [Int] {
        let mark = UInt8(ascii: "#")
        return head.indices.filter { head[$0] == mark && ($0 == 0 || head[$0 - 1] != mark) }
    }
}
