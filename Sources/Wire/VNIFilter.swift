// Which virtual networks pass. The text is what SNIFFER_MIRROR_VNIS and its Helm value hold.
//
// Rule (Resurface's VXLAN engine): an empty list lets all pass. A positive entry allows, a negative
// one denies; entries decide in order, the first that names the network wins. A network that no
// entry names passes when there is a negative entry, else not.

/// An ordered list of VXLAN network identifiers to allow or to deny.
public struct VNIFilter: Sendable, Equatable {
    /// One entry of the list.
    public struct Entry: Sendable, Equatable, BitwiseCopyable {
        /// The 24-bit identifier.
        public var vni: UInt32
        /// Whether the network passes.
        public var allows: Bool

        /// Creates an entry.
        public init(vni: UInt32, allows: Bool) {
            self.vni = vni
            self.allows = allows
        }
    }

    /// Why a text is no list of network identifiers.
    public struct ParseError: Error, Equatable, CustomStringConvertible {
        /// The entry as written.
        public var entry: String
        /// What the entry should have been.
        public var description: String {
            "'\(entry)' is not a VNI: a number from 0 to \(VNIFilter.maximumVNI) is expected, "
                + "with a minus sign to exclude it"
        }
    }

    /// The largest 24-bit identifier.
    public static let maximumVNI: UInt32 = 16_777_215

    /// The entries in order; empty lets all pass.
    public let entries: [Entry]
    /// What becomes of a network that no entry names.
    public let allowsUnlisted: Bool

    /// Creates a filter; without entries all networks pass.
    public init(_ entries: [Entry] = []) {
        self.entries = entries
        allowsUnlisted = entries.isEmpty || entries.contains { !$0.allows }
    }

    /// Reads a comma- or blank-separated list; `-123` denies network 123.
    ///
    /// - Parameter text: The list, for example `123, 456`.
    /// - Throws: `ParseError` naming the first entry that is not one.
    public init(parsing text: String) throws(ParseError) {
        var entries: [Entry] = []
        for word in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            let allows = !word.hasPrefix("-")
            let digits = allows ? word : word.dropFirst()
            guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }),
                let vni = UInt32(digits), vni <= VNIFilter.maximumVNI
            else { throw ParseError(entry: String(word)) }
            entries.append(Entry(vni: vni, allows: allows))
        }
        self.init(entries)
    }

    /// Whether packets of a network pass.
    ///
    /// - Complexity: O(n) in the number of entries.
    public func allows(_ vni: UInt32) -> Bool {
        for entry in entries where entry.vni == vni { return entry.allows }
        return allowsUnlisted
    }
}
