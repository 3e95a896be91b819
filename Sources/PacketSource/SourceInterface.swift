// An interface as packets come from it: what a pcapng interface description says.

/// One place packets come from: a network interface, or an interface block of a file.
public struct SourceInterface: Sendable, Hashable {
    /// Its name: `eth0`, or the file's for a capture without names.
    public var name: String
    /// The LINKTYPE number of its packets.
    public var linkType: UInt16
    /// The most bytes kept of a packet; 0 means no limit.
    public var snaplen: UInt32
    /// The filter its packets passed, empty when none or unknown.
    public var filter: String

    /// Describes an interface.
    public init(name: String, linkType: UInt16, snaplen: UInt32, filter: String = "") {
        self.name = name
        self.linkType = linkType
        self.snaplen = snaplen
        self.filter = filter
    }
}
