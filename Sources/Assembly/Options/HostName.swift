// The machine's name without a resolver: what the kernel says.

import Bytes
import Platform

/// The name of this machine.
public enum HostName {
    /// The host name, `unknown` when the kernel does not tell.
    public static func current() -> String {
        var bytes = ByteBuffer(capacity: 256)
        do throws(IOError) {
            let file = try InputFile(path: "/proc/sys/kernel/hostname")
            try bytes.append(room: 256) { target throws(IOError) in _ = try file.read(into: &target)
            }
        } catch {
            // Without /proc the record says so, as the loggers do.
            return "unknown"
        }
        let name = String(decoding: bytes.span).prefix { !$0.isWhitespace }
        return name.isEmpty ? "unknown" : String(name)
    }
}
