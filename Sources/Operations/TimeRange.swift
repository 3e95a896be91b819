/// A range of packet time: from a moment on, up to but not at another; either may be open.
public struct TimeRange: Sendable, Hashable {
    /// The first nanosecond since 1970; nil is the beginning.
    public var from: Int64?
    /// The first one behind it; nil is the end.
    public var to: Int64?

    /// Names a range.
    public init(from: Int64? = nil, to: Int64? = nil) {
        self.from = from
        self.to = to
    }

    /// All of time.
    public var isOpen: Bool { from == nil && to == nil }

    /// Whether it holds a moment.
    public func contains(_ nanoseconds: Int64) -> Bool {
        nanoseconds >= from ?? .min && (to.map { nanoseconds < $0 } ?? true)
    }

    /// Whether any moment from `first` to `last` is in it.
    public func overlaps(_ first: Int64, _ last: Int64) -> Bool {
        last >= from ?? .min && (to.map { first < $0 } ?? true)
    }
}
