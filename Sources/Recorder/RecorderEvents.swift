// What happens in a recorder that a person may want to read. The process decides what to log.

public import PacketSource
public import Spool

/// Something that happened.
public enum RecorderEvent: Sendable {
    /// A call on the spool failed and is tried again.
    case refused(lane: UInt32, SpoolError, attempt: Int)
    /// The spool takes packets again.
    case recovered(lane: UInt32)
    /// A segment could not be written; it is kept for a person.
    case quarantined(SegmentName, SpoolError, path: String?)
    /// A segment could not be flushed or renamed.
    case sealFailed(SegmentName, SpoolError, path: String?)
    /// A segment is sealed.
    case sealed(SealedSegment)
    /// A segment could not be sealed before the end; the next start recovers it.
    case leftOpen(SegmentName)
    /// The budget or the free-space floor is reached: packets are refused.
    case storageRefused(String)
    /// There is room again.
    case storageAllowed
    /// Segments that may go could not be deleted.
    case housekeepingFailed(SpoolError)
    /// An interface went away; it is opened again when it is back.
    case interfaceLost(String, CaptureError)
    /// An interface is back.
    case interfaceBack(String)
    /// The kernel refused an interface's new filter; the old one stays.
    case filterRefused(String, CaptureError)
    /// A file had something to say.
    case fileWarning(CaptureWarning)
    /// A file could not be read.
    case fileFailed(CaptureError)
}

/// Takes events, from any thread.
public struct RecorderEvents: Sendable {
    let handler: @Sendable (RecorderEvent) -> Void

    /// Passes every event to `handler`.
    public init(_ handler: @escaping @Sendable (RecorderEvent) -> Void) { self.handler = handler }

    /// Ignores all events.
    public static var ignored: RecorderEvents { RecorderEvents { _ in } }

    func send(_ event: RecorderEvent) { handler(event) }
}
