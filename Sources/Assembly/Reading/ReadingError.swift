// Why a reading ended early.

public import PacketSource
public import Platform
public import Records

/// Why captures could not be read to their ends.
public enum ReadingError: Error, CustomStringConvertible {
    /// A capture cannot be read.
    case input(CaptureError)
    /// The output cannot be written.
    case output(IOError)
    /// A fault of ours: a record was written that cannot be read.
    case record(RecordError)

    /// One line for a person.
    public var description: String {
        switch self {
        case .input(.unreadable(let path, let detail)): "cannot read \(path): \(detail)"
        case .input(let error): "\(error)"
        case .output(let error): "\(error)"
        case .record(let error): "a record was written wrongly: \(error)"
        }
    }

    /// The exit code of sysexits.h.
    public var exitCode: ExitCode {
        switch self {
        case .input(let error): ExitCode(rawValue: error.exitCode) ?? .ioError
        case .output(let error): ExitCode(for: error)
        case .record: .software
        }
    }
}
