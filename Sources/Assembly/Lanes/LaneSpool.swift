// What a lane works with: files, places and clocks, all of which a test can replace.

public import Platform
public import Spool

/// A spool and the means to work in it.
public struct LaneSpool: Sendable {
    /// The file system.
    public let files: any FileSystem
    /// Where everything is.
    public let layout: SpoolLayout
    /// The clocks; packet time is not among them.
    public let time: any TimeSource

    /// Names a spool.
    public init(files: any FileSystem, layout: SpoolLayout, time: any TimeSource) {
        self.files = files
        self.layout = layout
        self.time = time
    }

    /// Whether a capture writes to this spool: packet segments may still come.
    ///
    /// Its lock is the only sign that no crash can leave behind.
    public func isCaptureRunning() throws(SpoolError) -> Bool {
        do throws(SpoolError) {
            let lock = try SpoolLock(role: "capture", layout: layout, files: files)
            _ = consume lock
            return false
        } catch {
            if case .locked = error { return true }
            throw error
        }
    }
}
