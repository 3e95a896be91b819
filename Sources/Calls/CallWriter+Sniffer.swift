// What the GoReplay-based sniffer leaves out or adds: Go's net/http semantics, for
// `--compatibility network-sniffer` only.

import Bytes
import HTTP
import Records

extension CallWriter {
    func isLeftOutBySniffer(_ field: Field, _ storage: PairStorage, isRequest: Bool) -> Bool {
        let name = text(storage, field.name)
        if pairs.equalsIgnoringCase(name, "transfer-encoding")
            || pairs.equalsIgnoringCase(name, "trailer")
        {
            return true
        }
        if isRequest { return pairs.equalsIgnoringCase(name, "host") }
        return pairs.equalsIgnoringCase(name, "connection")
            && pairs.equalsIgnoringCase(text(storage, field.value), "close")
    }

    // `Pragma: no-cache` without Cache-Control adds one.
    mutating func appendPragma(_ fields: [Field], _ storage: PairStorage, _ key: StaticString) {
        var hasPragma = false
        for field in fields {
            let name = text(storage, field.name)
            if pairs.equalsIgnoringCase(name, "cache-control") { return }
            if pairs.equalsIgnoringCase(name, "pragma"),
                pairs.equals(text(storage, field.value), "no-cache")
            {
                hasPragma = true
            }
        }
        if hasPragma { pairs.append(key, literal: "no-cache") }
    }
}
