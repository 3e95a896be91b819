// The methods that somebody has registered or that many use. Case matters (RFC 9110 §9.1).

import Bytes

/// Known methods: IANA's HTTP Method Registry, UPnP's and those of caches.
enum Methods {
    private static let names: [StaticString] = [
        "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "ACL",
        "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK", "MERGE",
        "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "ORDERPATCH",
        "PROPFIND", "PROPPATCH", "REBIND", "REPORT", "SEARCH", "UNBIND", "UNCHECKOUT",
        "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL", "QUERY", "M-SEARCH",
        "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PURGE", "BAN",
    ]

    /// Whether a word is one of them.
    static func contain(_ word: Span<UInt8>) -> Bool {
        for name in names where word.equals(name) { return true }
        return false
    }

    /// Whether one of them begins with a word.
    static func haveOne(beginningWith word: Span<UInt8>) -> Bool {
        for name in names where word.count <= name.utf8CodeUnitCount {
            var index = 0
            while index < word.count, word[index] == name.byte(at: index) { index += 1 }
            if index == word.count { return true }
        }
        return false
    }
}
