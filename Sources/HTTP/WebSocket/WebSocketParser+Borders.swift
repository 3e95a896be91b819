// Where a reader may stop so that no more than one message comes out at a time.

extension WebSocketParser {
    /// How many bytes end the part of a frame being read: one at least.
    ///
    /// Who gives no more than so many at a time gets at most one message for each call.
    public var byteCountToBorder: Int {
        switch state {
        case .header: headerCount < 2 ? 2 - headerCount : headerLength - headerCount
        case .payload: Int(min(remaining, UInt64(Int.max)))
        case .lost: Int.max
        }
    }

    /// Whether a frame's payload is being read.
    public var isInsidePayload: Bool { state == .payload }
}
