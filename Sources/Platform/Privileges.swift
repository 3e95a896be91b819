// Giving up what is not needed any more. capabilities(7): sets belong to threads, so this is called
// before threads are started, or on each of them.

import CPlatform
import Glibc

/// The privileges of the calling thread.
public enum Privileges {
    /// Empties all capability sets, and forbids to gain any by executing another program.
    public static func drop() throws(IOError) {
        if platform_set_no_new_privileges() < 0 { throw .last("prctl", "no_new_privs") }
        if platform_drop_capabilities() < 0 { throw .last("capset", "none") }
    }

    /// The effective capabilities, bit n for capability n.
    public static func effectiveCapabilities() throws(IOError) -> UInt64 {
        var capabilities: UInt64 = 0
        // SAFETY: the call fills the integer it is given.
        if unsafe platform_effective_capabilities(&capabilities) < 0 {
            throw .last("capget", "self")
        }
        return capabilities
    }

    /// This process's number.
    public static var processID: Int32 { getpid() }
}
