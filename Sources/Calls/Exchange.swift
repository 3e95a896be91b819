// A request and its response on their way to becoming a call.

/// Two halves of a call: message handles, -1 where there is none.
struct Exchange: Sendable, BitwiseCopyable {
    var request: Int32 = -1
    var response: Int32 = -1
    /// The last interim response: what is reported when no final one comes.
    var interim: Int32 = -1
    var isRequestDone = false
    var isResponseDone = false
    /// What the request says of the response's body.
    var isHead = false
    var isConnect = false
    /// Whether bytes that may have been another request are missing before this one.
    var isBehindGap = false
    /// Pieces of the call written so far.
    var pieceCount: UInt32 = 0
    /// Decoded bytes of the response's body that those said, where the body must be kept to decode
    /// it.
    var saidByteCount = 0

    /// Whether nothing more can come.
    var isDone: Bool {
        (request < 0 || isRequestDone) && (response < 0 ? false : isResponseDone)
    }
}
