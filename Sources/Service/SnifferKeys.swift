// The values of the Helm chart's `sniffer:` block, chart 3.6.11 (spec resurface 4.2).

/// The keys a `sniffer:` block may have.
enum SnifferKeys {
    /// Keys that hold blocks.
    static let blocks: Set<String> = ["logger", "vpcmirror"]

    /// Keys that hold values, or blocks that Earshot does not look into.
    static let leaves: Set<String> = [
        "enabled", "logger.enabled", "logger.rules", "vpcmirror.enabled", "vpcmirror.ports",
        "vpcmirror.vnis", "vpcmirror.vxlanport", "vpcmirror.autosetup", "discovery", "services",
        "pods", "labels", "ignore", "port", "device",
    ]
}
