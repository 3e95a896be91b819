// What is captured live.

public import PacketSource

/// Interfaces and how they are opened.
public struct LivePlan: Sendable {
    /// The interfaces, by index.
    public var interfaces: [String]
    /// How they are opened.
    public var options: LiveOptions
    /// What their packets must be.
    public var filter: KernelFilter

    /// Describes what is captured.
    public init(interfaces: [String], options: LiveOptions = LiveOptions(), filter: KernelFilter) {
        self.interfaces = interfaces
        self.options = options
        self.filter = filter
    }
}
