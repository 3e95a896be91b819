// What becomes of a call.

/// What rules decide about a call.
public enum Verdict: Equatable, Sendable {
    /// The call is written, with the pairs that are left.
    case keep
    /// The call is dropped.
    case drop(DropReason)
}

/// Why a call is dropped.
public enum DropReason: String, Sendable {
    /// A stop rule said so.
    case stopped
    /// The sample rule's draw.
    case sampledOut = "sampled_out"
    /// No pair is left.
    case nothingLeft = "nothing_left"
    /// A stop rule could not be decided within the limits.
    case limited
}
