// VNI and VLAN in one word, so that a flow is small and compared fast.

import Wire

/// An encapsulation in eight bytes.
struct EncapsulationKey: Equatable, Sendable, BitwiseCopyable {
    /// No encapsulation known (not: not encapsulated).
    static let absent = EncapsulationKey(bits: .max)

    /// VNI + 1 and VLAN + 1 in 32 bits each, 0 for none: both have 24 bits on the wire.
    var bits: UInt64

    init(bits: UInt64) { self.bits = bits }

    @inline(__always) init(_ encapsulation: Encapsulation) {
        var bits: UInt64 = 0
        if let vni = encapsulation.vni { bits = (UInt64(vni & 0x7FFF_FFFF) + 1) << 32 }
        if let vlan = encapsulation.vlan { bits |= UInt64(vlan & 0x7FFF_FFFF) + 1 }
        self.bits = bits
    }

    var value: Encapsulation? {
        if self == .absent { return nil }
        let (vni, vlan) = (UInt32(bits >> 32), UInt32(truncatingIfNeeded: bits))
        return Encapsulation(vni: vni > 0 ? vni - 1 : nil, vlan: vlan > 0 ? vlan - 1 : nil)
    }
}
