// libpcap's DLT numbers and the LINKTYPE numbers of files differ in a few values.

/// Conversions between the two families of link type numbers.
enum LinkTypeNumber {
    static let ethernet: UInt16 = 1
    static let raw: UInt16 = 101
    static let linuxCooked: UInt16 = 113
    static let linuxCooked2: UInt16 = 276
    static let null: UInt16 = 0
    static let ipv4: UInt16 = 228
    static let ipv6: UInt16 = 229

    /// The LINKTYPE of a DLT: DLT_RAW is 12 (14 on some systems) and becomes 101; the rest of what
    /// Linux offers is the same in both.
    static func fromDataLink(_ dataLink: Int32) -> UInt16 {
        switch dataLink {
        case 12, 14: raw
        case _: UInt16(truncatingIfNeeded: dataLink)
        }
    }

    /// The DLT libpcap wants for a LINKTYPE.
    static func dataLink(_ linkType: UInt16) -> Int32 {
        linkType == raw ? 12 : Int32(linkType)
    }
}
