// The one error of everything that touches the system: which call, on what, why.

import Glibc

/// A system call that failed.
public struct IOError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The call as its man page names it.
    public let call: String
    /// What it was called on: mostly a path.
    public let path: String
    /// The error number the system gave.
    public let errno: Int32

    /// Describes a failed call.
    public init(call: String, path: String, errno: Int32) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    /// One line for an operator: `rename /spool/x: No space left on device (28)`.
    public var description: String {
        "\(call) \(path): \(IOError.text(of: errno)) (\(errno))"
    }

    /// Whether it failed for want of room: no space (ENOSPC) or over a quota (EDQUOT).
    public var isOutOfSpace: Bool { errno == ENOSPC || errno == EDQUOT }

    /// Whether it failed because there is no such file (ENOENT).
    public var isMissing: Bool { errno == ENOENT }

    /// Whether it failed because the file is there already (EEXIST).
    public var isExisting: Bool { errno == EEXIST }

    /// The system's words for an error number.
    public static func text(of number: Int32) -> String {
        var bytes = [CChar](repeating: 0, count: 128)
        // SAFETY: strerror_r writes at most the given number of bytes, ended by a zero.
        let isKnown = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            return unsafe strerror_r(number, start, buffer.count) == 0
        }
        guard isKnown else { return "error" }
        let text = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The failure the calling thread's `errno` tells of; call it before anything else runs.
    static func last(_ call: String, _ path: String) -> IOError {
        IOError(call: call, path: path, errno: Glibc.errno)
    }
}
