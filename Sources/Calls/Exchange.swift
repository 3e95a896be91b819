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

    /// Whether nothing more can come.
    var isDone: Bool {
        (request < 0 || isRequestDone) && (response < 0 ? false : isResponseDone)
    }
}
