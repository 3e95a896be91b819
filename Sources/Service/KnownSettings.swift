// Every flag of every process: a variable meant for another process of the same deployment is no
// mistake, while a variable that no process knows is one. Each process tests that its table is
// here.

/// The flags of all processes.
public enum KnownSettings {
    /// Flags, without dashes in front.
    public static let flags: Set<String> = [
        // common
        "spool", "drain", "listen", "log-level", "log-format", "config", "check",
        // capture
        "interface", "read", "ports", "vnis", "vxlan-ports", "filter", "snaplen", "ring", "lanes",
        "seal-bytes", "seal-after", "marker-after", "budget", "min-free", "retain", "when-full",
        "pool", "user", "promiscuous", "engine", "compression-level", "follow", "interval",
        // assemble
        "rules", "body-limit", "memory", "binary-bodies", "threads", "snapshot-every",
        "reorder-window", "flow-timeout", "host", "client-address", "calls-budget",
        "compatibility", "forwarded-for", "real-ip-header",
        // ship
        "to", "bundle-bytes", "compression", "batch-header", "header", "user-file",
        "bearer-token-file", "tls-certificate", "tls-key", "tls-ca", "connect-timeout",
        "answer-timeout", "allow-http", "disable", "in-flight",
    ]

    /// Variables without a flag: secrets, which must not be on a command line.
    public static let secrets: Set<String> = ["EARSHOT_BEARER_TOKEN", "EARSHOT_SINK_USER"]

    /// Blocks a configuration file may have for one process each.
    public static let processes = ["capture", "assemble", "ship", "earshot"]

    /// The variable of a flag.
    static func variable(_ flag: String) -> String {
        "EARSHOT_" + flag.uppercased().split(separator: "-").joined(separator: "_")
    }
}
