/// Which records of a backlog go first.
public enum ShippingOrder: String, Sendable, CaseIterable {
    /// As they were on the wire.
    case oldestFirst = "oldest-first"
    /// What is new goes out at once; the backlog beside it, its newest segment first, at a limited
    /// rate.
    case newestFirst = "newest-first"
}
