// Captures to calls without a spool: what `earshot read` does.
//
// A byte's way: OfflineCapture → Engine → CallPrinter → output. The output is written when a
// mebibyte of it is ready; while it is written nothing is read.

import Bytes
public import Calls
public import PacketSource
import Platform
public import Rules
import Wire

/// Reads captures and prints the calls in them.
public struct CaptureReading<Output: CallOutput & ~Copyable>: ~Copyable {
    /// How far a reading has come.
    public struct Progress: Sendable {
        /// Captured bytes read, about: those of the packets with their record headers.
        public var bytes: UInt64
        /// Calls printed.
        public var calls: UInt64
    }

    /// Where calls go.
    public var output: Output
    private var engine: Engine
    private var printer: CallPrinter
    private var buffer = ByteBuffer(capacity: 2 << 20)
    private var linkTypes: [LinkType] = []
    private var summary = ReadingSummary()
    private var failure: ReadingError?
    private var writesEarly = false
    private let progress: ((Progress) -> Void)?

    /// How many bytes of output are written at once.
    static var writeBytes: Int { 1 << 20 }
    /// The bytes a capture file has per packet beside the packet, about.
    static var recordHeaderBytes: UInt64 { 16 }

    /// Prepares to read.
    ///
    /// - Parameters:
    ///   - options: The settings of the way from packets to calls.
    ///   - rules: The logging rules; nil keeps everything.
    ///   - printer: The form of the output.
    ///   - output: Where it goes.
    ///   - progress: Called some hundred times per gigabyte.
    public init(
        _ options: EngineOptions, rules: RuleSet?, printer: consuming CallPrinter,
        output: consuming Output, progress: ((Progress) -> Void)? = nil
    ) {
        engine = Engine(options, rules: rules)
        self.printer = printer
        self.output = output
        self.progress = progress
    }

    /// Reads captures to their ends, one after the other as if they were one, and prints the calls.
    ///
    /// - Throws: `ReadingError`; the calls found before it have been printed.
    @discardableResult
    public mutating func read(_ paths: [String]) throws(ReadingError) -> ReadingSummary {
        var capture = OfflineCapture(paths: paths)
        writesEarly = paths.contains("-")
        var inputError: ReadingError?
        do throws(CaptureError) {
            try capture.run(into: &self)
        } catch {
            inputError = .input(error)
        }
        engine.drain()
        flush(.last)
        summary.warnings = capture.warnings.map(\.description)
        summary.lostBytes = capture.lostBytes
        summary.calls = printer.callCount
        summary.counters = engine.callCounters
        summary.traffic = engine.traffic
        summary.counts = RoomCount.all(of: engine)
        if let failure { throw failure }
        if let inputError { throw inputError }
        return summary
    }

    private enum Flush { case whenLarge, now, last }

    // Prints what the engine has written, and writes it out when it is worth a system call.
    private mutating func flush(_ kind: Flush) {
        if failure != nil { return engine.output.removeAll() }
        do throws(ReadingError) {
            if printer.format == .lines {
                try passOn(kind)
                return
            }
            try printOutput()
            if kind == .last { printer.finish(into: &buffer) }
            guard kind != .whenLarge || buffer.count >= CaptureReading.writeBytes else { return }
            try writeBuffer()
        } catch {
            failure = error
        }
    }

    // Lines are the engine's own form: written as they are, without another copy.
    private mutating func passOn(_ kind: Flush) throws(ReadingError) {
        printer.note(passedOn: engine.callCounters.calls)
        guard kind != .whenLarge || engine.output.count >= CaptureReading.writeBytes else { return }
        do throws(IOError) {
            try output.write(engine.output.span)
        } catch {
            throw .output(error)
        }
        engine.output.removeAll()
    }

    private mutating func printOutput() throws(ReadingError) {
        do {
            try printer.print(engine.output.span, into: &buffer)
        } catch {
            throw .record(error)
        }
        engine.output.removeAll()
    }

    private mutating func writeBuffer() throws(ReadingError) {
        var ready = ByteBuffer()
        swap(&ready, &buffer)
        do throws(IOError) {
            try output.write(ready.span)
        } catch {
            throw .output(error)
        }
        ready.removeAll()
        swap(&ready, &buffer)
    }
}

extension CaptureReading: FilePacketHandler where Output: ~Copyable {
    /// Remembers an interface's link type.
    public mutating func describe(_ interface: SourceInterface, at index: Int) {
        linkTypes.append(LinkType(UInt32(interface.linkType)))
    }

    /// Hands a packet to the engine.
    public mutating func handle(_ packet: SourcePacket, bytes: Span<UInt8>) {
        summary.packets &+= 1
        summary.packetBytes &+= UInt64(bytes.count)
        engine.receive(
            bytes,
            PacketHeader(
                timestamp: packet.timestamp, originalByteCount: Int(packet.originalLength),
                linkType: linkTypes[packet.interface],
                location: PacketLocation(number: summary.packets)))
        if engine.output.count >= CaptureReading.writeBytes { flush(.whenLarge) }
    }

    /// Shows how far the reading is; false when the output is gone.
    public mutating func pause() -> Bool {
        if let progress {
            let headers = summary.packets &* CaptureReading.recordHeaderBytes
            progress(Progress(bytes: summary.packetBytes &+ headers, calls: printer.callCount))
        }
        // Behind a pipe someone may be watching, live.
        if writesEarly, !engine.output.isEmpty || !buffer.isEmpty { flush(.now) }
        return failure == nil
    }
}
