// What can go wrong with a spool, in words for an operator.

public import Platform

/// Why an operation on the spool failed.
public enum SpoolError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A call to the system failed.
    case io(IOError)
    /// Another process has the role; `holder` is what it wrote into the lock file.
    case locked(role: String, holder: String)
    /// A path is not what it must be: a symbolic link, another user's, not a directory.
    case refused(path: String, reason: String)
    /// A state file and its previous copy cannot be read.
    case damagedState(path: String, reason: String)
    /// A segment of that name is sealed already.
    case alreadySealed(SegmentName)
    /// An earlier failure to flush makes it unknown what of the segment is on the device.
    case poisoned(SegmentName, IOError)
    /// A manifest or state cannot be written as JSON, or is larger than its limit.
    case unwritable(path: String, reason: String)

    /// One line for an operator.
    public var description: String {
        switch self {
        case .io(let error): error.description
        case .locked(let role, let holder):
            "another \(role) (process \(holder)) uses this spool"
        case .refused(let path, let reason): "\(path): \(reason)"
        case .damagedState(let path, let reason): "\(path): damaged: \(reason)"
        case .alreadySealed(let name): "\(name): sealed already"
        case .poisoned(let name, let error): "\(name): not sealed after a failed flush: \(error)"
        case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
        }
    }

    /// The sysexits code that fits.
    public var exitCode: ExitCode {
        switch self {
        case .io(let error), .poisoned(_, let error): ExitCode(for: error)
        case .locked: .temporaryFailure
        case .refused: .noPermission
        case .damagedState: .dataError
        case .alreadySealed, .unwritable: .software
        }
    }

    /// The system's error behind it, if there is one.
    public var cause: IOError? {
        switch self {
        case .io(let error), .poisoned(_, let error): error
        case .locked, .refused, .damagedState, .alreadySealed, .unwritable: nil
        }
    }
}

/// Runs `body`, turning what the system refused into a `SpoolError`.
func spooling<Result: ~Copyable>(
    _ body: () throws(IOError) -> Result
) throws(SpoolError) -> Result {
    do throws(IOError) {
        return try body()
    } catch {
        throw .io(error)
    }
}
