// VXLAN network identifiers: `861,862` takes only these; `-92` takes all but these.

import ArgumentParser

/// A filter over VXLAN network identifiers; empty takes all.
public struct VNIList: ConfigurationValue, Hashable, Sendable, CustomStringConvertible {
    /// One decision; the first that names a VNI holds.
    public struct Entry: Hashable, Sendable {
        /// The identifier, 24 bits.
        public var vni: UInt32
        /// Whether the identifier is taken.
        public var isAllowed: Bool
    }

    /// The decisions, in the order written.
    public var entries: [Entry]

    /// Creates a list that takes all.
    public init() { entries = [] }

    /// Reads identifiers with commas or blanks between, a leading `-` to exclude one.
    public init(parsing text: String) throws(ValueError) {
        entries = []
        for item in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            guard let number = WholeNumber.parse(String(item)), number.magnitude < 1 << 24 else {
                throw ValueError(
                    "is not a VNI list: '\(item)' is not a number from 0 to 16777215, "
                        + "with - in front to exclude it")
            }
            entries.append(
                Entry(
                    vni: UInt32(number.magnitude), isAllowed: !item.hasPrefix("-")))
        }
        if entries.isEmpty { throw ValueError("is not a VNI list: write 861,862 or -92") }
    }

    /// Whether packets of this network are taken: the first entry that names it, else whether
    /// the list excludes anything or is empty.
    public func takes(_ vni: UInt32) -> Bool {
        for entry in entries where entry.vni == vni { return entry.isAllowed }
        return entries.isEmpty || entries.contains { !$0.isAllowed }
    }

    /// The list as it can be read again.
    public var description: String {
        entries.map { ($0.isAllowed ? "" : "-") + String($0.vni) }.joined(separator: ",")
    }

    /// The text `--help` shows.
    public var defaultValueDescription: String { description }
}
