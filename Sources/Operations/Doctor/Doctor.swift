// `earshot doctor`: what of this host and this spool will lose something, or already does, and what
// mends it. Looks only, but for one file that it writes and removes to time the disk.

public import Assembly
import Platform
import Spool

/// Examines a host and a spool.
public struct Doctor {
    /// What to look at.
    public struct Options: Sendable {
        /// Interfaces that are captured; all but loopback when empty.
        public var interfaces: [String] = []
        /// The UDP ports that carry VXLAN.
        public var vxlanPorts: [UInt16] = [4789]
        /// Whether to time the spool's disk.
        public var timesDisk = true
        /// The settings of an ordinary host.
        public init() {}
    }

    let options: Options
    let host: HostFacts
    let spool: LaneSpool?
    let root: String
    /// The first of the VXLAN ports on which a socket is bound.
    let listener: UInt16?

    /// Prepares an examination.
    ///
    /// - Parameters:
    ///   - root: The spool's folder, for the messages.
    ///   - spool: The spool; nil when there is none yet.
    public init(_ options: Options, host: HostFacts, root: String, spool: LaneSpool?) {
        self.options = options
        self.host = host
        self.root = root
        self.spool = spool
        listener = Doctor.listener(among: options.vxlanPorts, host)
    }

    /// Looks at everything, the host first.
    public func examine() -> [Finding] {
        [rights()] + interfaces() + [vxlanPort(), memory(), openFiles()] + examineSpool()
    }

    static func bytes(_ count: UInt64) -> String { SizeText.bytes(count) }
}
