// How a process ends. sysexits.h.

import Glibc

/// An exit code of sysexits.
public enum ExitCode: Int32, Sendable, CaseIterable {
    /// It did what it should.
    case ok = 0
    /// The command line was wrong.
    case usage = 64
    /// The input was not what it claimed to be.
    case dataError = 65
    /// An input file is missing or cannot be read.
    case noInput = 66
    /// Something it needs does not answer.
    case unavailable = 69
    /// A fault of its own.
    case software = 70
    /// The system refused a resource.
    case osError = 71
    /// An output file cannot be made.
    case cannotCreate = 73
    /// Reading or writing failed.
    case ioError = 74
    /// It may work later.
    case temporaryFailure = 75
    /// It may not do that.
    case noPermission = 77
    /// The configuration is wrong.
    case configuration = 78

    /// The code that tells best why a system call failed.
    public init(for error: IOError) {
        switch error.errno {
        case EACCES, EPERM: self = .noPermission
        case ENOENT, ENOTDIR, EISDIR: self = .noInput
        case ENOSPC, EDQUOT, EIO, EROFS: self = .ioError
        case EAGAIN, ENOMEM, EMFILE, ENFILE: self = .temporaryFailure
        default: self = .osError
        }
    }
}
