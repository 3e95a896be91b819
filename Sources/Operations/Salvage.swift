// What is whole of a damaged segment, as a valid file, and what is not. A block with a good
// checksum is taken; behind damage the next packet block or the next whole line is looked for.

import Bytes
import Compression
public import Platform
public import Spool

/// Recovers what is whole of segments.
public struct Salvage: Sendable {
    /// What a segment holds.
    public enum Content: String, Sendable, Codable {
        /// pcapng.
        case packets
        /// Call records.
        case calls
    }

    /// How much could be recovered.
    public enum Outcome: String, Sendable, Codable {
        /// Nothing is missing; no copy was made.
        case whole
        /// Some is missing.
        case partly
        /// There is nothing in it that can be read.
        case nothing
    }

    /// A run of the file that gave nothing.
    public struct Loss: Sendable, Equatable, Codable {
        /// The first byte.
        public var offset: UInt64
        /// The number of bytes.
        public var bytes: UInt64
    }

    /// What was found in a file.
    public struct Report: Sendable, Equatable, Codable {
        /// The file.
        public var path: String
        /// What it holds.
        public var content: Content
        /// How much could be recovered.
        public var outcome = Outcome.nothing
        /// Its size.
        public var fileBytes: UInt64 = 0
        /// Compressed bytes lost.
        public var lostBytes: UInt64 = 0
        /// Where: the first `maximumLosses`.
        public var losses: [Loss] = []
        /// Good blocks.
        public var blocks: UInt64 = 0
        /// Packets or records kept.
        public var kept: UInt64 = 0
        /// Decompressed bytes that belong to a packet or record of which a part is lost.
        public var cutBytes: UInt64 = 0
        /// Whether the file ends in the middle: its writer was stopped.
        public var isUnfinished = false
        /// Whether interfaces were made up, their description being lost.
        public var hasGuessedInterface = false
        /// The file that was written.
        public var written: String?
    }

    private let files: any FileSystem

    /// The most runs named in a report.
    public static let maximumLosses = 1000
    static let fetchBytes = 512 << 10

    /// Works on a file system.
    public init(files: any FileSystem) { self.files = files }

    /// Looks at a file, and writes what is whole of it when something is missing.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - out: The file to write, which must not exist; nil only looks.
    public func run(_ path: String, to out: String?) throws(SpoolError) -> Report {
        var report = try scan(path, into: nil)
        guard report.outcome == .partly, let out else { return report }
        do throws(IOError) {
            let file = try files.createExclusive(out)
            defer { files.close(file) }
            do throws(SpoolError) {
                _ = try scan(path, into: file)
            } catch {
                guard let cause = error.cause else { return report }
                throw cause
            }
            try files.syncData(file)
        } catch { throw .io(error) }
        report.written = out
        return report
    }

    /// What the name says a segment holds; nil when it says nothing.
    public static func content(ofName path: String) -> Content? {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if name.contains(".pcapng") || name.hasPrefix("packets-") { return .packets }
        if name.contains(".ndjson") || name.hasPrefix("calls-") { return .calls }
        return nil
    }

    private func scan(_ path: String, into target: OpenFile?) throws(SpoolError) -> Report {
        do throws(IOError) {
            let file = try files.openForReading(path)
            defer { files.close(file) }
            let content = Salvage.content(ofName: path)
            var keeper = SalvageKeeper(
                content: content, header: try header(near: path, content), files: files, to: target)
            var report = Report(path: path, content: content ?? .packets)
            report.fileBytes = try files.size(of: file)
            try decode(file, &keeper, &report)
            try keeper.finish()
            report.content = keeper.content ?? report.content
            report.kept = keeper.kept
            report.cutBytes = keeper.cutBytes
            report.hasGuessedInterface = keeper.hasGuessedInterface
            let isHurt = report.lostBytes > 0 || report.isUnfinished || report.cutBytes > 0
            report.outcome = !isHurt ? .whole : report.kept > 0 ? .partly : .nothing
            return report
        } catch { throw .io(error) }
    }

    private func decode(
        _ file: OpenFile, _ keeper: inout SalvageKeeper, _ report: inout Report
    ) throws(IOError) {
        var decoder = LZ4FrameReader()
        var plain = ByteBuffer()
        var offset: UInt64 = 0
        while true {
            switch decoder.next(into: &plain) {
            case .bytes:
                report.blocks += 1
                try keeper.take(plain.span)
                plain.removeAll()
            case .needMore:
                let (files, position) = (files, offset)
                let got = try decoder.feed(room: Salvage.fetchBytes) { target throws(IOError) in
                    _ = try files.read(file, at: position, into: &target)
                }
                offset += UInt64(got)
                if got == 0 { decoder.finishInput() }
            case .damaged(let damage):
                Salvage.note(damage, &report)
                try keeper.hole()
            case .truncated(let damage):
                Salvage.note(damage, &report)
                report.isUnfinished = true
                return
            case .end: return
            }
        }
    }

    private static func note(_ damage: LZ4Damage, _ report: inout Report) {
        if damage.count == 0 { return }
        report.lostBytes += damage.count
        if report.losses.count < maximumLosses {
            report.losses.append(Loss(offset: damage.offset, bytes: damage.count))
        }
    }

    /// The first bytes of another packet segment beside it: its interfaces are probably the same.
    private func header(near path: String, _ content: Content?) throws(IOError) -> [UInt8] {
        guard content != .calls, let slash = path.lastIndex(of: "/") else { return [] }
        let directory = String(path[..<slash])
        let own = String(path[path.index(after: slash)...])
        for name in try files.names(in: directory)
        where name != own && !name.hasPrefix(".") && name.hasSuffix(".pcapng.lz4") {
            let file = try files.openForReading("\(directory)/\(name)")
            defer { files.close(file) }
            var decoder = LZ4FrameReader()
            var plain = ByteBuffer()
            let files = files
            _ = try decoder.feed(room: Salvage.fetchBytes) { target throws(IOError) in
                _ = try files.read(file, at: 0, into: &target)
            }
            if case .bytes = decoder.next(into: &plain), decoder.damages == 0 {
                let header = SalvageKeeper.header(of: plain.span)
                if !header.isEmpty { return header }
            }
        }
        return []
    }
}
