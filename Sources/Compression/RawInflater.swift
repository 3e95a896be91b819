// permessage-deflate: WebSocket messages whose deflate context may go over message borders.
// RFC 7692 §7.2.2.

public import Bytes

/// How a message came out of a `RawInflater`.
public enum InflatedMessage: Equatable, Sendable {
    /// It was appended whole.
    case complete
    /// It was appended up to the limit.
    case cut
    /// It is not valid, or what it refers to was lost; what came before the fault was appended.
    case damaged
}

/// An inflater of messages that may refer to earlier ones.
public struct RawInflater: ~Copyable, Sendable {
    var inflater: ZlibInflater
    private let windowBits: Int32
    private var discarded = ByteBuffer()

    /// Whether the context was lost: every message is `.damaged` until `reset`.
    public internal(set) var isLost = false

    /// The most bytes inflated behind a message's limit to keep the context, in bytes.
    public static let maximumDiscarded = 64 << 20

    private static let stepBytes = 64 << 10

    /// Creates an inflater without context.
    ///
    /// - Parameter windowBits: `…_max_window_bits` of the extension, 8 to 15.
    public init(windowBits: Int = 15) {
        // A window larger than the sender's works as well; zlib's raw inflate takes 8 to 15.
        self.windowBits = -Int32(min(max(windowBits, 8), 15))
        inflater = ZlibInflater(windowBits: self.windowBits)
    }

    /// Forgets the context: for `…_no_context_takeover`, and after a gap.
    public mutating func reset() {
        inflater.reset(windowBits: windowBits)
        isLost = false
    }

    /// Inflates one message's payload and appends it to `target`.
    ///
    /// - Parameters:
    ///   - message: The payload of all its frames, joined.
    ///   - limit: The most bytes to append; the rest is inflated and dropped, to keep the context.
    ///   - target: Gets the inflated bytes.
    public mutating func inflateMessage(
        _ message: Span<UInt8>, limit: Int, into target: inout ByteBuffer
    ) -> InflatedMessage {
        if isLost { return .damaged }
        let start = target.count
        var dropped = 0
        let tail: InlineArray<4, UInt8> = [0x00, 0x00, 0xFF, 0xFF]
        var isFine = run(message, start, limit, &dropped, &target)
        if isFine { isFine = run(tail.span, start, limit, &dropped, &target) }
        if !isFine {
            isLost = true
            return .damaged
        }
        return dropped > 0 ? .cut : .complete
    }

    private mutating func run(
        _ input: Span<UInt8>, _ start: Int, _ limit: Int, _ dropped: inout Int,
        _ target: inout ByteBuffer
    ) -> Bool {
        var used = 0
        while true {
            let rest = input.extracting(used..<input.count)
            let left = limit - (target.count - start)
            let step: StreamStep
            if left > 0 {
                let room = min(left, RawInflater.stepBytes)
                step = inflater.decompress(rest, room: room, into: &target)
            } else {
                discarded.removeAll()
                step = inflater.decompress(rest, room: RawInflater.stepBytes, into: &discarded)
                dropped += step.produced
                if dropped > RawInflater.maximumDiscarded { return false }
            }
            used += step.consumed
            switch step.state {
            case .damaged: return false
            case .needsInput: return true
            case .ended:
                // A message may end its last block for good (RFC 7692 §7.2.3.3): the stream starts
                // anew behind it, the window with it.
                inflater.reset(windowBits: windowBits)
                if used == input.count { return true }
            case .hasMore:
                if step.consumed == 0, step.produced == 0 { return used == input.count }
            }
        }
    }
}
