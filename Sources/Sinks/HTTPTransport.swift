/// What came of one HTTP request.
public enum HTTPOutcome: Sendable, Equatable {
    /// An answer with its status, its `Retry-After` and the first bytes of its body.
    case answer(status: Int, retryAfter: String?, excerpt: String)
    /// No answer: what the sink knows of the request is unknown.
    case failed(String)
}

/// Performs POST requests, one at a time.
public protocol HTTPTransport: AnyObject {
    /// Sends a body and waits for the answer.
    ///
    /// - Parameters:
    ///   - body: The bytes, borrowed for the call.
    ///   - headers: Whole header lines, added to those of the transport.
    func post(_ body: Span<UInt8>, headers: [String]) -> HTTPOutcome
}
