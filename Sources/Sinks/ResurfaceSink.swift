// A Resurface database: POST of NDJSON, a zlib stream named `deflated`, success is 204 and nothing
// else. spec: resurface.md 2.1, 2.2; retries as peers.md F0.

import Bytes
import Compression
public import Platform

/// How bodies are compressed.
public enum BodyCompression: String, Sendable, CaseIterable {
    /// A zlib stream under the name the Resurface loggers use.
    case deflated
    /// gzip.
    case gzip
    /// Not at all.
    case none
}

/// Sends call records to Resurface.
public final class ResurfaceSink: Sink {
    private let transport: any HTTPTransport
    private let compression: BodyCompression
    private let sendsBatchHeader: Bool
    private let time: any TimeSource
    private var zlib: ZlibWriter
    private var body = ByteBuffer()

    /// Creates a sink over a transport.
    public init(
        transport: any HTTPTransport, compression: BodyCompression, sendsBatchHeader: Bool,
        time: any TimeSource
    ) {
        self.transport = transport
        self.compression = compression
        self.sendsBatchHeader = sendsBatchHeader
        self.time = time
        // Level 1: a third of the processor time of the default for a few percent more bytes.
        zlib = ZlibWriter(format: compression == .gzip ? .gzip : .zlib, level: 1)
    }

    /// Sends one batch and waits for the answer.
    public func send(_ lines: Span<UInt8>, batch: BatchIdentity) -> SinkAnswer {
        var headers = ["Content-Type: application/ndjson; charset=UTF-8"]
        if sendsBatchHeader { headers.append("X-Earshot-Batch: \(batch.id(of: lines))") }
        let outcome: HTTPOutcome
        switch compression {
        case .none: outcome = transport.post(lines, headers: headers)
        case .deflated, .gzip:
            headers.append("Content-Encoding: \(compression.rawValue)")
            body.removeAll()
            zlib.compress(lines, into: &body)
            zlib.finish(into: &body)
            outcome = transport.post(body.span, headers: headers)
        }
        return answer(to: outcome)
    }

    private func answer(to outcome: HTTPOutcome) -> SinkAnswer {
        switch outcome {
        case .failed(let reason): return .retry(reason: reason, afterNanoseconds: nil)
        case .answer(let status, let retryAfter, let excerpt):
            switch status {
            case 204: return .accepted
            case 400, 413, 422:
                return .refused(SinkAnswer.Refusal(status: status, excerpt: excerpt))
            case 401, 403, 404: return .pause(reason: "status \(status)")
            default:
                let wall = time.wallNanoseconds()
                let asked = retryAfter.flatMap {
                    RetryAfter.nanoseconds($0, wallNanoseconds: wall)
                }
                let words = status < 300 ? "status \(status) instead of 204" : "status \(status)"
                return .retry(reason: words, afterNanoseconds: asked)
            }
        }
    }

    /// Nothing to settle: 204 is the promise.
    public func settle() throws(SinkError) -> SinkMark? { nil }

    /// Nothing to go back to.
    public func rewind(to mark: SinkMark?) throws(SinkError) {}

    /// Nothing to close.
    public func close() throws(SinkError) {}
}
