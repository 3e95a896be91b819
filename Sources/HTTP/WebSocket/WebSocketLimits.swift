// Every bound of the WebSocket parser, by name.

/// Limits of the WebSocket parser.
public struct WebSocketLimits: Sendable, BitwiseCopyable {
    /// The most bytes kept of a message as transferred; the rest is counted, not kept.
    public var messageBytes = 1024 * 1024

    /// Creates the default limits.
    public init() {}
}
