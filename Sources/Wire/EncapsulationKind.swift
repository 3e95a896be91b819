// What packets were wrapped in, for counting.

/// A way of wrapping that the decoder takes off.
public enum EncapsulationKind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// 802.1Q, 802.1ad and their predecessors.
    case vlan
    /// MPLS labels.
    case mpls
    /// PPPoE sessions.
    case pppoe
    /// PPP.
    case ppp
    /// IPv4 or IPv6 in IP.
    case ipInIP
    /// GRE.
    case gre
    /// ERSPAN I, II and III.
    case erspan
    /// VXLAN and VXLAN-GPE.
    case vxlan
    /// GENEVE.
    case geneve
    /// GTP-U.
    case gtp
    /// Teredo.
    case teredo
    /// L2TP v2 and v3.
    case l2tp
    /// AYIYA.
    case ayiya
    /// Network service header.
    case nsh
    /// Provider backbone bridges, FabricPath, TRILL, VN-tag, B.A.T.M.A.N. and their like.
    case fabric
    /// 802.11.
    case wlan

    /// How many kinds there are.
    static let count = 16
}
