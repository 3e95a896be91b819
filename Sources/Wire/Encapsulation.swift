// What a packet was wrapped in, as far as it tells networks with the same addresses apart.

/// The virtual network a packet belongs to: VNI and VLAN tags.
public struct Encapsulation: Hashable, Sendable, BitwiseCopyable {
    /// The 24-bit VXLAN or GENEVE network identifier of the innermost tunnel, nil without one.
    public var vni: UInt32?
    /// The 12-bit VLAN ids next to the innermost IP header, outer << 12 | inner, nil when untagged.
    public var vlan: UInt32?

    /// Creates a description of the wrapping; none by default.
    @inlinable public init(vni: UInt32? = nil, vlan: UInt32? = nil) {
        self.vni = vni
        self.vlan = vlan
    }
}
