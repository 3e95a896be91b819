// The static table of HPACK. RFC 7541, Appendix A.

/// The 61 fields every HPACK peer knows, at indices 1 to 61.
enum HPACKStaticTable {
    /// The number of entries.
    static let count = 61

    /// The field at `index`: its name with its value right behind it, and the name's length.
    ///
    /// Nothing outside 1 to 61.
    static func field(_ index: Int) -> (text: StaticString, nameByteCount: Int) {
        switch index {
        case 1: (":authority", 10)
        case 2: (":methodGET", 7)
        case 3: (":methodPOST", 7)
        case 4: (":path/", 5)
        case 5: (":path/index.html", 5)
        case 6: (":schemehttp", 7)
        case 7: (":schemehttps", 7)
        case 8: (":status200", 7)
        case 9: (":status204", 7)
        case 10: (":status206", 7)
        case 11: (":status304", 7)
        case 12: (":status400", 7)
        case 13: (":status404", 7)
        case 14: (":status500", 7)
        case 15: ("accept-charset", 14)
        case 16: ("accept-encodinggzip, deflate", 15)
        case 17: ("accept-language", 15)
        case 18: ("accept-ranges", 13)
        case 19: ("accept", 6)
        case 20: ("access-control-allow-origin", 27)
        case 21: ("age", 3)
        case 22: ("allow", 5)
        case 23: ("authorization", 13)
        case 24: ("cache-control", 13)
        case 25: ("content-disposition", 19)
        case 26: ("content-encoding", 16)
        case 27: ("content-language", 16)
        case 28: ("content-length", 14)
        case 29: ("content-location", 16)
        case 30: ("content-range", 13)
        case 31: ("content-type", 12)
        case 32: ("cookie", 6)
        case 33: ("date", 4)
        case 34: ("etag", 4)
        case 35: ("expect", 6)
        case 36: ("expires", 7)
        case 37: ("from", 4)
        case 38: ("host", 4)
        case 39: ("if-match", 8)
        case 40: ("if-modified-since", 17)
        case 41: ("if-none-match", 13)
        case 42: ("if-range", 8)
        case 43: ("if-unmodified-since", 19)
        case 44: ("last-modified", 13)
        case 45: ("link", 4)
        case 46: ("location", 8)
        case 47: ("max-forwards", 12)
        case 48: ("proxy-authenticate", 18)
        case 49: ("proxy-authorization", 19)
        case 50: ("range", 5)
        case 51: ("referer", 7)
        case 52: ("refresh", 7)
        case 53: ("retry-after", 11)
        case 54: ("server", 6)
        case 55: ("set-cookie", 10)
        case 56: ("strict-transport-security", 25)
        case 57: ("transfer-encoding", 17)
        case 58: ("user-agent", 10)
        case 59: ("vary", 4)
        case 60: ("via", 3)
        case 61: ("www-authenticate", 16)
        default: ("", 0)
        }
    }
}
