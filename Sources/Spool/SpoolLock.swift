// One process per role and spool: two captures would use the same sequences.

public import Platform

/// The right to play a role in a spool, held until the value goes away or the process ends.
public struct SpoolLock: ~Copyable, Sendable {
    private let file: OpenFile
    private let files: any FileSystem

    /// Takes `state/<role>.lock`.
    ///
    /// - Parameters:
    ///   - role: `capture`, `assemble` or `ship`.
    ///   - layout: The spool, prepared.
    ///   - files: The file system.
    ///   - processID: Written into the file for the next one who asks.
    /// - Throws: `.locked` with the other's process id.
    public init(
        role: String, layout: SpoolLayout, files: any FileSystem,
        processID: Int32 = Privileges.processID
    ) throws(SpoolError) {
        let attempt = try spooling { () throws(IOError) in
            try files.tryLock(layout.statePath("\(role).lock"), content: "\(processID)\n")
        }
        switch attempt {
        case .held(let held):
            file = held
            self.files = files
        case .heldBy(let content):
            let holder = content.split(separator: "\n").first.map(String.init) ?? "unknown"
            throw .locked(role: role, holder: holder)
        }
    }

    deinit { files.close(file) }
}
