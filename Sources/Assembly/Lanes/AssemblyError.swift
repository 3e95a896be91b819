// Why a lane cannot go on.

public import Platform
public import Spool

/// Why assembling cannot go on.
public enum AssemblyError: Error, CustomStringConvertible, Sendable {
    /// The spool cannot be read or written.
    case spool(SpoolError)

    /// One line for an operator.
    public var description: String {
        switch self {
        case .spool(let error): "\(error)"
        }
    }

    /// The exit code of sysexits.h.
    public var exitCode: ExitCode {
        switch self {
        case .spool(let error): error.exitCode
        }
    }

    /// Runs what can fail with the spool.
    static func wrap<Value>(
        _ body: () throws(SpoolError) -> Value
    ) throws(AssemblyError) -> Value {
        do throws(SpoolError) {
            return try body()
        } catch {
            throw .spool(error)
        }
    }
}
