/// A place where call records go. Used by one thread only; it may block, it never retries by
/// itself.
public protocol Sink: AnyObject {
    /// Hands over whole lines, each with its line feed.
    ///
    /// - Parameters:
    ///   - lines: The bytes, borrowed for the call.
    ///   - batch: Where they come from; the same batch always has the same bytes.
    func send(_ lines: Span<UInt8>, batch: BatchIdentity) -> SinkAnswer

    /// Makes what was accepted durable and says what the cursor must remember of the sink.
    ///
    /// - Throws: `SinkError` when it cannot be made durable: the cursor must not move then.
    func settle() throws(SinkError) -> SinkMark?

    /// Forgets what was accepted behind `mark`, which a cursor remembered; called at the start and
    /// after a failed `settle`.
    func rewind(to mark: SinkMark?) throws(SinkError)

    /// Work between batches when time has passed: a file that is old enough is finished.
    ///
    /// - Returns: Whether the cursor should be written again.
    func tend() throws(SinkError) -> Bool

    /// Finishes: nothing will be sent any more.
    func close() throws(SinkError)
}

extension Sink {
    /// Nothing to do between batches.
    public func tend() throws(SinkError) -> Bool { false }
}

/// Why a sink cannot be opened, settled or closed.
public struct SinkError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One line.
    public var description: String

    /// Creates an error.
    public init(_ description: String) { self.description = description }
}
