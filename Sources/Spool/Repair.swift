// Making a sealed segment of a torn one. In place when the cut is on a block border (nothing that
// was whole is touched), else by way of a repaired copy that replaces it.

import Bytes
import Compression
import Platform

/// The repair of one hidden segment.
struct Repair {
    let name: SegmentName
    let layout: SpoolLayout
    let files: any FileSystem
    let wallNanoseconds: Int64

    /// The most bytes of a torn end that are kept in quarantine.
    static let maximumTornBytes: UInt64 = 8 << 20

    /// Where a block of the file ended, and how much was decompressed by then.
    private struct Border {
        var fileEnd: UInt64 = 0
        var plainEnd: UInt64 = 0
        var isFrameOpen = false
    }

    /// Repairs and seals.
    ///
    /// - Returns: Whether it was sealed; else it is in quarantine.
    func run<Inspector: RecoveryInspector & ~Copyable>(
        _ inspector: consuming Inspector, _ report: inout RecoveryReport
    ) throws(SpoolError) -> Bool {
        let path = layout.openPath(name)
        var file = try spooling { () throws(IOError) in try files.openForWriting(path) }
        // The file in hand, an old or a new one, is closed once.
        defer { files.close(file) }
        var holes: UInt64 = 0
        let borders = try read(file, &inspector, &holes)
        let content = inspector.finish()
        let size = try spooling { () throws(IOError) in try files.size(of: file) }
        let plain = borders.last?.plainEnd ?? 0
        let usable = min(content.usableBytes, plain)
        guard usable > 0 else {
            try Quarantine.move(
                layout.openPath(name), name: name, suffix: name.stage.suffix,
                reason: "left open, and no whole record in \(size) bytes", layout: layout,
                files: files)
            report.quarantined.append(name)
            report.tornBytes += size
            return false
        }
        // The last border at or below what is usable, and the block behind it that is cut.
        let kept = borders.last { $0.plainEnd <= usable } ?? Border()
        let goodEnd = borders.last?.fileEnd ?? 0
        if size > goodEnd { try keepTail(file, from: goodEnd, to: size, &report) }
        report.cutBytes += plain - usable
        report.holes += holes
        if kept.plainEnd == usable {
            try cut(file, kept)
        } else {
            let fresh = try rewrite(file, kept, usable)
            files.close(file)
            file = fresh
        }
        let stored = try spooling { () throws(IOError) in try files.size(of: file) }
        var job = SealJob(
            name: name, file: file, storedBytes: stored, plainBytes: usable,
            manifest: content.manifest, poison: nil)
        try Sealing.flush(&job, files)
        _ = try Sealing.publish(
            job, layout, files, wallNanoseconds: wallNanoseconds, isRecovered: true)
        report.sealed.append(name)
        return true
    }

    private func read<Inspector: RecoveryInspector & ~Copyable>(
        _ file: OpenFile, _ inspector: inout Inspector, _ holes: inout UInt64
    ) throws(SpoolError) -> [Border] {
        var decoder = LZ4FrameReader()
        var plain = ByteBuffer()
        var offset: UInt64 = 0
        var borders: [Border] = []
        var total: UInt64 = 0
        while true {
            switch decoder.next(into: &plain) {
            case .bytes(let count):
                inspector.consume(plain.span)
                plain.removeAll()
                total += UInt64(count)
                borders.append(
                    Border(fileEnd: decoder.goodEnd, plainEnd: total, isFrameOpen: true))
            case .needMore:
                let files = files
                let position = offset
                let got = try spooling { () throws(IOError) in
                    try decoder.feed(room: SegmentReader.fetchBytes) { target throws(IOError) in
                        _ = try files.read(file, at: position, into: &target)
                    }
                }
                offset += UInt64(got)
                if got == 0 { decoder.finishInput() }
            case .damaged:
                inspector.hole()
                holes += 1
            case .truncated, .end:
                // The end mark of a frame moves the border of its last block.
                if !borders.isEmpty, decoder.goodEnd > borders[borders.count - 1].fileEnd {
                    borders[borders.count - 1].fileEnd = decoder.goodEnd
                    borders[borders.count - 1].isFrameOpen = decoder.isOpenAtGoodEnd
                }
                return borders
            }
        }
    }

    private func keepTail(
        _ file: OpenFile, from start: UInt64, to end: UInt64, _ report: inout RecoveryReport
    ) throws(SpoolError) {
        report.tornBytes += end - start
        let bytes = try load(file, from: start, to: min(end, start + Repair.maximumTornBytes))
        try Quarantine.keep(
            bytes.copyBytes(), name: name, suffix: "torn",
            reason: "bytes \(start) to \(end) of a segment left open", layout: layout,
            files: files)
    }

    private func load(
        _ file: OpenFile, from start: UInt64, to end: UInt64
    ) throws(SpoolError) -> ByteBuffer {
        try spooling { () throws(IOError) in
            var bytes = ByteBuffer(capacity: Int(end - start))
            while UInt64(bytes.count) < end - start {
                let before = bytes.count
                let files = files
                try bytes.append(room: Int(end - start) - before) { target throws(IOError) in
                    _ = try files.read(file, at: start + UInt64(before), into: &target)
                }
                if bytes.count == before { break }
            }
            return bytes
        }
    }

    private func cut(_ file: OpenFile, _ border: Border) throws(SpoolError) {
        try spooling { () throws(IOError) in
            try files.truncate(file, to: border.fileEnd)
            if border.isFrameOpen {
                let endMark: InlineArray<4, UInt8> = .init(repeating: 0)
                try files.append(endMark.span, to: file)
            }
        }
    }

    /// Copies the whole blocks up to `border` and adds the usable part of the next.
    private func rewrite(
        _ file: OpenFile, _ border: Border, _ usable: UInt64
    ) throws(SpoolError) -> OpenFile {
        let rest = try partOfNextBlock(file, border, usable)
        let path = layout.repairPath(name)
        let fresh = try spooling { () throws(IOError) in try files.createExclusive(path) }
        do throws(SpoolError) {
            var copied: UInt64 = 0
            while copied < border.fileEnd {
                let end = min(border.fileEnd, copied + UInt64(SegmentReader.fetchBytes))
                let piece = try load(file, from: copied, to: end)
                if piece.isEmpty { break }
                try spooling { () throws(IOError) in try files.append(piece.span, to: fresh) }
                copied += UInt64(piece.count)
            }
            var tail = ByteBuffer()
            var writer = LZ4FrameWriter()
            if border.isFrameOpen { writer.resumeFrame() }
            writer.compress(rest.span, into: &tail)
            writer.endFrame(into: &tail)
            try spooling { () throws(IOError) in
                try files.append(tail.span, to: fresh)
                try files.syncData(fresh)
                try files.rename(path, to: layout.openPath(name))
            }
        } catch {
            files.close(fresh)
            throw error
        }
        return OpenFile(descriptor: fresh.descriptor, path: layout.openPath(name))
    }

    /// Decodes the file again up to the block that is cut, and keeps its usable part.
    private func partOfNextBlock(
        _ file: OpenFile, _ border: Border, _ usable: UInt64
    ) throws(SpoolError) -> ByteBuffer {
        var decoder = LZ4FrameReader()
        var plain = ByteBuffer()
        var offset: UInt64 = 0
        var total: UInt64 = 0
        while true {
            switch decoder.next(into: &plain) {
            case .bytes(let count):
                if total + UInt64(count) > border.plainEnd {
                    plain.truncate(to: Int(usable - total))
                    return plain
                }
                total += UInt64(count)
                plain.removeAll()
            case .needMore:
                let files = files
                let position = offset
                let got = try spooling { () throws(IOError) in
                    try decoder.feed(room: SegmentReader.fetchBytes) { target throws(IOError) in
                        _ = try files.read(file, at: position, into: &target)
                    }
                }
                offset += UInt64(got)
                if got == 0 { decoder.finishInput() }
            case .damaged: continue
            case .truncated, .end:
                plain.removeAll()
                return plain
            }
        }
    }
}
