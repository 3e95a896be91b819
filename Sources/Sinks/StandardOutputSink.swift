// Records to standard output: `earshot-ship --to stdout: | jq .`. A reader that goes away ends the
// sink.

public import Platform

/// Writes call records to standard output.
public final class StandardOutputSink: Sink {
    private let files: any FileSystem
    private let file: OpenFile
    /// Bytes of a batch that were written before a failure: the repetition leaves them out.
    private var written = 0

    /// Creates a sink over a descriptor, standard output by default.
    public init(files: any FileSystem, descriptor: Int32 = 1) {
        self.files = files
        file = OpenFile(descriptor: descriptor, path: "standard output")
    }

    /// Writes lines.
    public func send(_ lines: Span<UInt8>, batch: BatchIdentity) -> SinkAnswer {
        do throws(IOError) {
            while written < lines.count {
                let rest = lines.extracting(written..<lines.count)
                let count = try files.write(rest, to: file)
                guard count > 0 else { return .retry(reason: "no progress", afterNanoseconds: nil) }
                written += count
            }
            written = 0
            return .accepted
        } catch {
            if error.errno == StandardOutputSink.brokenPipe {
                return .ended(reason: "nobody reads standard output any more")
            }
            return .retry(reason: "\(error)", afterNanoseconds: nil)
        }
    }

    private static let brokenPipe: Int32 = 32

    /// Nothing to settle: what a pipe took is gone.
    public func settle() throws(SinkError) -> SinkMark? { nil }

    /// Nothing to go back to.
    public func rewind(to mark: SinkMark?) throws(SinkError) { written = 0 }

    /// Leaves standard output open.
    public func close() throws(SinkError) {}
}
