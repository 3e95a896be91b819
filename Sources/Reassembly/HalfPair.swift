// Both directions of a flow.

/// Two half streams: by number where it does not matter, by name on the packet path, because a
/// computed place in an InlineArray makes Swift 6.3 copy the whole array (20 ns a packet).
struct HalfPair: Sendable, BitwiseCopyable {
    /// From the originator.
    var first = HalfStream()
    /// From the responder.
    var second = HalfStream()

    subscript(direction: Int) -> HalfStream {
        @inline(__always) get { direction == 0 ? first : second }
        @inline(__always) _modify {
            if direction == 0 { yield &first } else { yield &second }
        }
    }
}
