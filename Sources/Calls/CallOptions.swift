// What the operator may choose about call records.

/// How bodies that are not UTF-8 text are written.
public enum BinaryBodies: String, Sendable, CaseIterable {
    /// Invalid bytes become U+FFFD, as the Resurface loggers write them.
    case replace
    /// The whole body as base64, said by `call:…_body_encoding`.
    case base64
    /// The body is left out; its length is still said.
    case omit
}

/// Whose choices a record follows where they differ.
public enum Compatibility: String, Sendable, CaseIterable {
    /// Earshot's own: everything that was on the wire.
    case earshot
    /// Those of the GoReplay-based network sniffer.
    case networkSniffer = "network-sniffer"
}

/// Settings of call records.
public struct CallOptions: Sendable {
    /// The most body bytes of a record, after decoding.
    public var bodyLimitBytes = 1 << 20
    /// What becomes of binary bodies.
    public var binaryBodies = BinaryBodies.replace
    /// Whose choices are followed.
    public var compatibility = Compatibility.earshot
    /// The value of the `host` pair: this machine's name.
    public var hostName = "unknown"
    /// Whether the client's address is added as `x-forwarded-for` where the traffic has none.
    public var addsForwardedFor = true
    /// A header to set to the client's address, lower-case; empty for none.
    public var realAddressHeader = ""
    /// The lane, for `call:lane`; nil outside a spool.
    public var lane: UInt32?
    /// The most requests of a connection that wait for their responses.
    public var waitingRequests = 128
    /// How long a one-sided connection waits for a response, in nanoseconds of packet time.
    public var oneSidedWaitNanoseconds: Int64 = 3_000_000_000

    /// The most messages of a WebSocket conversation in one record.
    public var webSocketMessagesPerPiece = 1000
    /// How long a WebSocket conversation or an event stream goes on in one record, in nanoseconds
    /// of packet time; the next record goes on where it ended.
    public var pieceNanoseconds: Int64 = 60_000_000_000
    /// The same for any other response without a known length.
    public var openResponseNanoseconds: Int64 = 600_000_000_000

    /// Creates the default settings.
    public init() {}
}
