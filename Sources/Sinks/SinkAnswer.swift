/// What came of handing lines to a sink: the decision, with its reason for people.
public enum SinkAnswer: Sendable, Equatable {
    /// The sink has the lines for good.
    case accepted
    /// Not now, or not known: the same lines again, after `nanoseconds` when the sink asked for it.
    case retry(reason: String, afterNanoseconds: Int64?)
    /// Nothing will be accepted until somebody repairs something: hold, ask again now and then.
    case pause(reason: String)
    /// At least one of these lines is refused for good.
    case refused(Refusal)
    /// Nobody will ever read more from this sink; end without an error.
    case ended(reason: String)

    /// A sink's words on lines it does not want.
    public struct Refusal: Sendable, Equatable {
        /// The HTTP status; 0 when Earshot itself refused.
        public var status: Int
        /// The first bytes of what the sink answered.
        public var excerpt: String

        /// Creates a refusal.
        public init(status: Int, excerpt: String) {
            self.status = status
            self.excerpt = excerpt
        }
    }
}
