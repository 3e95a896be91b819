/// How a runner treats its sink.
public struct SinkSettings: Sendable, Equatable {
    /// The most bytes of a batch of more than one line.
    public var bundleBytes = 5 << 20
    /// The longest line sent; longer ones are dead letters.
    public var maximumLineBytes = 16 << 20
    /// The cursor is written at most this often …
    public var commitNanoseconds: Int64 = 200_000_000
    /// … or after so many bytes.
    public var commitBytes = 1 << 20
    /// A cursor that moved over empty segments only is written this often.
    public var idleCommitNanoseconds: Int64 = 5_000_000_000
    /// The spool is asked for new segments this often.
    public var pollNanoseconds: Int64 = 50_000_000
    /// A drain gives up on a sink that took nothing for so long; nil waits for ever.
    public var drainTimeoutNanoseconds: Int64?
    /// Which records of a backlog go first.
    public var order = ShippingOrder.oldestFirst
    /// Under `newestFirst`, how fast the backlog is shipped, in bytes of records.
    public var backfillBytesPerSecond = 10 << 20
    /// The waits between attempts.
    public var retry = RetryPolicy()

    /// The usual settings.
    public init() {}
}
