// What is listened to: the settings that capture, assemble and `earshot` share, with the names
// people have for them. spec: Resurface configuration names.

extension Setting {
    /// `--interface`.
    public static func interfaces(help: String) -> Setting {
        .text("interface", shape: .list, letter: "i", help: help).reading(
            OldName("NET_DEVICE"), OldName("VPC_MIRROR_DEVICE"), sniffer: [OldName("device")])
    }

    /// `--ports`.
    public static func tcpPorts(help: String) -> Setting {
        .value("ports", PortList.self, shape: .joined, help: help).reading(
            OldName("APP_PORTS"), OldName("APP_PORT"),
            sniffer: [OldName("vpcmirror.ports"), OldName("port")])
    }

    /// `--vnis`.
    public static func networks(help: String) -> Setting {
        .value("vnis", VNIList.self, shape: .joined, help: help).reading(
            OldName("SNIFFER_MIRROR_VNIS"), sniffer: [OldName("vpcmirror.vnis")])
    }

    /// `--vxlan-ports`.
    public static func vxlanPorts(help: String) -> Setting {
        .value("vxlan-ports", PortList.self, shape: .joined, defaultText: "4789", help: help)
            .reading(
                OldName("SNIFFER_MIRROR_VXLANPORT"), sniffer: [OldName("vpcmirror.vxlanport")])
    }
}
