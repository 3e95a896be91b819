/// One sink a process ships to: its name and how to make it, on its own thread.
public struct SinkSeat: Sendable {
    /// The name for metrics, state files and dead letters.
    public var name: String
    /// How the runner treats it.
    public var settings: SinkSettings
    /// Makes the sink; called once, on the thread that will use it.
    public var make: @Sendable (StopControl) throws(SinkError) -> any Sink

    /// Creates a seat.
    public init(
        name: String, settings: SinkSettings,
        make: @escaping @Sendable (StopControl) throws(SinkError) -> any Sink
    ) {
        self.name = name
        self.settings = settings
        self.make = make
    }
}
