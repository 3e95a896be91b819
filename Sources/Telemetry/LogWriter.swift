// Where finished log lines go: standard error in a process, memory in a test.

import Glibc

/// Takes whole log lines.
public protocol LogWriter: Sendable {
    /// Writes one line; the line feed is in `line`.
    func write(_ line: String)
}

/// Standard error, one `write(2)` a line, so that the lines of several threads do not mix.
public struct StandardErrorWriter: LogWriter {
    /// Creates the writer.
    public init() {}

    /// Writes one line; what standard error does not take is given up.
    public func write(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                // SAFETY: the region lies inside the string's bytes, which live for the call.
                let result = unsafe Glibc.write(
                    2, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
                if result < 0 && errno == EINTR { continue }
                if result <= 0 { return }
                written += result
            }
        }
    }
}
