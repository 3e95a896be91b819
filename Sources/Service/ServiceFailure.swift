// An error on its way to the one line a process prints, with its exit code.

public import Platform
import Telemetry

/// Why a process cannot go on: one line and an exit code of sysexits.
public struct ServiceFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The exit code.
    public var exitCode: Platform.ExitCode
    /// One line, without the process's name.
    public var description: String

    /// Creates a failure.
    public init(_ exitCode: Platform.ExitCode, _ description: String) {
        self.exitCode = exitCode
        self.description = description
    }

    /// Wraps any error, choosing the exit code from what is known of it.
    public init(_ error: any Error) {
        switch error {
        case let failure as ServiceFailure: self = failure
        case let error as IOError: self.init(Platform.ExitCode(for: error), "\(error)")
        case let error as ListenError: self.init(.unavailable, "\(error)")
        case let error as ValueError: self.init(.usage, "\(error)")
        default: self.init(.software, "\(error)")
        }
    }
}
