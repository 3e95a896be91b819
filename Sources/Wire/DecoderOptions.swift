// What a decoder takes off, lets through and may hold.

/// The settings of a `PacketDecoder`.
public struct DecoderOptions: Sendable {
    /// UDP destination ports that carry VXLAN (RFC 7348) or VXLAN-GPE.
    public var vxlanPorts: [UInt16] = [4789]
    /// UDP destination ports that carry GENEVE (RFC 8926).
    public var genevePorts: [UInt16] = [6081]
    /// Which VXLAN networks pass; all by default.
    public var vniFilter = VNIFilter()
    /// TCP ports of which a packet must have one; empty lets every port through.
    public var ports: [UInt16] = []
    /// What the decoder may hold.
    public var limits = DecoderLimits()

    /// Creates the default settings.
    public init() {}
}
