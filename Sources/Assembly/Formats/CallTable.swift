// Calls in columns. The URL is last and takes what is left of the line; what does not fit is cut
// with `…`. Times are UTC: a capture knows no time zone.

import Bytes

/// Writes calls as rows of a table.
struct CallTable: Sendable {
    /// One column in front of the URL.
    struct Column: Sendable {
        var title: String
        var width: Int
        var isRight = false
    }

    private let columns: Int?
    private let showsEndpoints: Bool

    /// The narrowest terminal on which the endpoints are shown.
    static let fullWidth = 120

    init(columns: Int?) {
        self.columns = columns
        showsEndpoints = (columns ?? CallTable.fullWidth) >= CallTable.fullWidth
    }

    private static let time = Column(title: "TIME (UTC)", width: 12)
    private static let client = Column(title: "CLIENT", width: 21)
    private static let server = Column(title: "SERVER", width: 21)
    private static let seen = Column(title: "SEEN", width: 8)
    private static let status = Column(title: "CODE", width: 4, isRight: true)
    private static let duration = Column(title: "MS", width: 8, isRight: true)
    private static let request = Column(title: "REQ", width: 6, isRight: true)
    private static let response = Column(title: "RESP", width: 6, isRight: true)
    private static let method = Column(title: "METHOD", width: 7)

    private var shown: [Column] {
        let ends = showsEndpoints ? [CallTable.client, CallTable.server] : []
        return [CallTable.time] + ends + [
            CallTable.seen, CallTable.status, CallTable.duration, CallTable.request,
            CallTable.response, CallTable.method,
        ]
    }

    func appendHeading(to output: inout ByteBuffer) {
        appendRow(shown.map(\.title), url: "URL", to: &output)
    }

    func append(_ call: borrowing CallFields, to output: inout ByteBuffer) {
        let start = call.number("call:request_start") ?? call.number("call:response_start")
        var cells = [start.map { CivilTime(nanoseconds: $0).timeOfDay } ?? "-"]
        if showsEndpoints {
            cells.append(call.text("call:client") ?? "-")
            cells.append(call.text("call:server") ?? "-")
        }
        cells.append(CallTable.seen(call.text("call:completeness")))
        cells.append(call.text("response_code") ?? "-")
        cells.append(CallTable.milliseconds(call))
        cells.append(call.number("call:request_body_bytes").map(SizeText.short) ?? "-")
        cells.append(call.number("call:response_body_bytes").map(SizeText.short) ?? "-")
        cells.append(call.text("request_method") ?? "-")
        appendRow(cells, url: call.text("request_url") ?? "-", to: &output)
    }

    private static func seen(_ completeness: String?) -> String {
        switch completeness {
        case "request_only": "request"
        case "response_only": "response"
        case .some(let word): word
        case nil: "-"
        }
    }

    private static func milliseconds(_ call: borrowing CallFields) -> String {
        guard let start = call.number("call:request_start"),
            let end = call.number("call:response_end"), end >= start
        else { return "-" }
        return SizeText.oneDecimal(end - start, unit: 1_000_000)
    }

    private func appendRow(_ cells: [String], url: String, to output: inout ByteBuffer) {
        var line = ""
        for (cell, column) in zip(cells, shown) {
            let text = PrintableText.of(cell)
            line += PrintableText.pad(text, to: column.width, isRight: column.isRight) + " "
        }
        var shownURL = PrintableText.of(url)
        if let columns {
            shownURL = PrintableText.cut(
                shownURL, to: max(columns - line.unicodeScalars.count, 16))
        }
        output.append(utf8: line + shownURL)
        output.append(0x0A)
    }
}
