// The whole way in one process, on made-up packets: spool, segments, calls, table. Needs no rights
// and leaves nothing behind.

import Bytes
public import Calls
import CaptureFile
import Platform
import Spool

/// Runs made-up traffic through a spool.
public struct Demo: ~Copyable {
    /// What came of it.
    public struct Outcome: Sendable {
        /// Packets made up.
        public var packets = 0
        /// Packet segments sealed.
        public var segments: UInt64 = 0
        /// Bytes of TLS seen.
        public var tlsBytes: UInt64 = 0
        /// The call records, one a line.
        public var calls: [UInt8] = []
    }

    private let spool: LaneSpool

    /// Packets per segment.
    static let packetsPerSegment = 16

    /// Works in a spool that is prepared and empty.
    public init(_ spool: LaneSpool) { self.spool = spool }

    /// Writes packets, assembles them, reads the calls back.
    ///
    /// - Parameters:
    ///   - options: The way from packets to calls.
    ///   - start: The time of the first packet, nanoseconds since 1970.
    public func run(
        _ options: EngineOptions, from start: Int64
    ) throws(AssemblyError) -> Outcome {
        var outcome = Outcome()
        let packets = DemoTraffic.packets(from: start)
        outcome.packets = packets.count
        try AssemblyError.wrap { () throws(SpoolError) in
            try spool.layout.prepareLane(.packets, 0, files: spool.files)
            outcome.segments = try write(packets)
        }
        let report = LaneReport(lane: 0)
        let book = try AssemblyError.wrap { () throws(SpoolError) in try AssembleBook(spool) }
        var runner = try LaneRunner.start(
            lane: 0, spool: spool, options: LaneOptions(engine: options, drains: true),
            rules: RulesSource(nil), book: book, report: report)
        while try runner.step() != .drained {}
        for count in report.numbers.counts where count.name.description == "bytes_tls" {
            outcome.tlsBytes = count.value
        }
        outcome.calls = try AssemblyError.wrap { () throws(SpoolError) in try readCalls() }
        return outcome
    }

    private func write(_ packets: [DemoPacket]) throws(SpoolError) -> UInt64 {
        var writer = SegmentWriter(
            files: spool.files, layout: spool.layout, stage: .packets, lane: 0)
        var sequence: UInt64 = 0
        var start = 0
        while start < packets.count {
            let end = min(start + Demo.packetsPerSegment, packets.count)
            var blocks = ByteBuffer()
            PcapngEncoder.appendSectionHeader(application: "earshot demo", to: &blocks)
            PcapngEncoder.appendInterface(linkType: 1, snaplen: 0, name: "demo0", to: &blocks)
            for packet in packets[start..<end] {
                PcapngEncoder.appendPacket(
                    packet.bytes.span, timestamp: Timestamp(nanoseconds: packet.nanoseconds),
                    originalByteCount: packet.bytes.count, interface: 0, to: &blocks)
            }
            try writer.open(sequence: sequence)
            try writer.write(blocks.span)
            var manifest = CaptureManifest(software: "earshot demo")
            manifest.packets = UInt64(end - start)
            _ = try writer.seal(manifest, wallNanoseconds: spool.time.wallNanoseconds())
            sequence += 1
            start = end
        }
        return sequence
    }

    private func readCalls() throws(SpoolError) -> [UInt8] {
        var reader = SegmentReader(
            files: spool.files, layout: spool.layout, stage: .calls, lane: 0, from: nil)
        var lines = ByteBuffer()
        while try reader.openNext() != nil {
            while case .bytes = try reader.read(into: &lines) {}
        }
        return lines.copyBytes()
    }
}
