// Bodies as varied and as compressible as those of real services: about 2:1 for LZ4.

/// What a body is written in.
enum BodyKind: CaseIterable {
    case json, html, form, text

    /// The Content-Type that goes with it.
    var contentType: String {
        switch self {
        case .json: "application/json; charset=utf-8"
        case .html: "text/html; charset=utf-8"
        case .form: "application/x-www-form-urlencoded"
        case .text: "text/plain; charset=utf-8"
        }
    }
}

/// Writes bodies.
struct BodyFactory {
    /// Chance.
    var random: SeededRandom

    private static let nouns = [
        "account", "address", "basket", "booking", "carrier", "category", "channel", "contract",
        "coupon", "customer", "delivery", "device", "discount", "document", "employee", "event",
        "invoice", "item", "ledger", "location", "message", "note", "offer", "order", "package",
        "payment", "policy", "price", "product", "profile", "quantity", "receipt", "refund",
        "region", "report", "review", "schedule", "session", "shipment", "status", "supplier",
        "ticket", "transfer", "user", "vehicle", "voucher", "warehouse", "workflow",
    ]
    private static let words = [
        "after", "again", "almost", "already", "beyond", "bright", "careful", "café", "clear",
        "cold", "common", "corner", "early", "empty", "evening", "every", "faster", "field",
        "first", "following", "garden", "glass", "great", "heavy", "however", "island", "journey",
        "later", "letter", "little", "market", "measure", "morning", "mountain", "naïve",
        "nothing", "number", "often", "paper", "people", "perhaps", "quiet", "reason", "river",
        "second", "silver",
        "simple", "small", "station", "stone", "straße", "summer", "table", "through", "together",
        "travel", "under", "until", "walking", "water", "weather", "window", "winter", "without",
    ]

    /// A noun of the trade.
    mutating func noun() -> String { random.pick(BodyFactory.nouns) }

    /// `count` hexadecimal digits.
    mutating func hex(_ count: Int) -> String {
        var text = ""
        while text.utf8.count < count {
            let digits = String(random.next(), radix: 16)
            text += String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        return String(text.prefix(count))
    }

    /// A sentence of everyday words.
    mutating func sentence() -> String {
        let picked = (0..<random.within(5...16)).map { _ in random.pick(BodyFactory.words) }
        return picked.joined(separator: " ").capitalizingFirst() + "."
    }

    /// A body of about `size` bytes.
    mutating func body(_ kind: BodyKind, size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 512)
        switch kind {
        case .json:
            bytes += "{\"total\":\(random.below(9999)),\"items\":[".utf8
            repeat {
                if bytes.last == UInt8(ascii: "}") { bytes.append(UInt8(ascii: ",")) }
                bytes += jsonObject().utf8
            } while bytes.count < size - 40
            bytes += "],\"next\":\"\(hex(16))\"}".utf8
        case .html:
            bytes += "<!doctype html>\n<html lang=\"en\">\n<head>".utf8
            bytes += "<title>\(noun())</title></head>\n<body>\n".utf8
            while bytes.count < size - 20 {
                bytes += "<div class=\"\(noun())-row\" id=\"r\(hex(6))\">".utf8
                bytes += "<a href=\"/\(noun())/\(random.below(99999))\">\(noun())</a>".utf8
                bytes += "<p>\(sentence())</p></div>\n".utf8
            }
            bytes += "</body>\n</html>\n".utf8
        case .form:
            repeat {
                if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
                bytes += "\(noun())_\(noun())=\(hex(random.within(3...12)))%20\(noun())".utf8
            } while bytes.count < size
        case .text:
            repeat {
                bytes += "2026-03-\(random.within(10...28)) \(noun()) ".utf8
                bytes += "\(random.below(100_000)): \(sentence())\n".utf8
            } while bytes.count < size
        }
        return bytes
    }

    private mutating func jsonObject() -> String {
        var text = "{\"id\":\"\(hex(8))-\(hex(4))-\(hex(12))\""
        for _ in 0..<random.within(3...9) {
            let name = "\(noun())\(noun().capitalizingFirst())"
            switch random.below(5) {
            case 0: text += ",\"\(name)\":\(random.below(1_000_000))"
            case 1: text += ",\"\(name)\":\(random.below(1000)).\(random.within(10...99))"
            case 2: text += ",\"\(name)\":\(random.below(2) == 0 ? "true" : "null")"
            case 3: text += ",\"\(name)\":\"\(sentence())\""
            default: text += ",\"\(name)\":[\"\(noun())\",\"line \\\"\(hex(4))\\\"\\n\"]"
            }
        }
        let day = "2026-03-0\(random.within(1...9))T1\(random.below(10)):42:07"
        return text + ",\"updatedAt\":\"\(day).\(random.within(100...999))Z\"}"
    }
}

extension String {
    /// The same with an upper-case first letter.
    func capitalizingFirst() -> String { prefix(1).uppercased() + dropFirst() }
}
