// What the defragmenter did with a fragment.

/// The result of giving a fragment to the `Defragmenter`.
enum FragmentOutcome: Equatable {
    /// It is kept, or brought nothing new.
    case held
    /// A limit refused it.
    case overLimit
    /// It is empty, or reaches beyond the largest datagram.
    case malformed
    /// It was the last one wanted.
    case completed(CompletedDatagram)
}
