/// How an HTTP sink is reached.
public struct HTTPOptions: Sendable, Equatable {
    /// The longest wait for a connection, in milliseconds.
    public var connectMilliseconds = 5000
    /// The longest silence before an answer, in milliseconds; noticed within a second, and never
    /// shorter than the wait for a connection.
    public var answerMilliseconds = 30_000
    /// Whole header lines added to every request.
    public var headers: [String] = []
    /// `user:password`, from a file or a variable.
    public var credentials: String?
    /// The client's certificate, PEM.
    public var certificatePath: String?
    /// The client's key, PEM.
    public var keyPath: String?
    /// Certificates of authorities to trust instead of the system's, PEM.
    public var authorityPath: String?
    /// `User-Agent`.
    public var userAgent = "Resurface/3.3.2 (Earshot)"

    /// The usual options.
    public init() {}
}
