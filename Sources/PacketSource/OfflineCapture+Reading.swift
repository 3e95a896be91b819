// One file, through a window that grows to the largest record (at most
// CaptureFileParser.maximumPacketByteCount and its block). Plain files are read, not mapped: it
// costs the same, bounds resident memory, and a file that is cut while it is read is no SIGBUS.

import Bytes
import CaptureFile
import Platform
import Wire

extension OfflineCapture {
    /// How a run of records ended.
    enum Ending {
        /// At a place where more bytes are needed: this many from the offset on.
        case needsMore(offset: Int, byteCount: Int)
        /// At the file's end.
        case end
        /// The handler wants no more.
        case stopped
    }

    /// - Returns: Whether the handler wants more.
    mutating func readFile<Handler: FilePacketHandler & ~Copyable>(
        into handler: inout Handler
    ) throws(CaptureError) -> Bool {
        let path = paths[file]
        var input = try CaptureInput.open(path: path)
        var parser = CaptureFileParser()
        return try readWindow(&input, &parser, into: &handler)
    }

    mutating func readWindow<Handler: FilePacketHandler & ~Copyable>(
        _ input: inout CaptureInput, _ parser: inout CaptureFileParser, into handler: inout Handler
    ) throws(CaptureError) -> Bool {
        var window = ByteBuffer(capacity: 2 << 20)
        var wanted = 1
        while true {
            var progress = CaptureInput.Progress.bytes
            while window.count < wanted, progress == .bytes {
                progress = try input.read(into: &window)
                if progress == .bytes, !handler.pause() { return false }
            }
            if case .end(let isDamaged) = progress, isDamaged {
                warn("the compressed stream is cut or damaged at its end", lost: 0)
            }
            // A record that a hole cuts is as lost as one that the end cuts.
            let isComplete = progress != .bytes
            let ending = try readRecords(
                window.span, from: 0, isComplete: isComplete, &parser, input.firstBytes,
                input.packing, into: &handler)
            switch ending {
            case .stopped: return false
            case .needsMore(let offset, let byteCount):
                window.removeFirst(offset)
                wanted = max(byteCount, 1)
            case .end:
                window.removeAll()
                wanted = 1
                guard progress == .hole else {
                    return true
                }
                warn("compressed blocks are damaged; what was in them is lost", lost: 0)
                guard try findBlock(&input, &window, &parser) else { return true }
            }
        }
    }

    /// Finds the way back into a pcapng file behind a hole. - Returns: Whether there is one.
    mutating func findBlock(
        _ input: inout CaptureInput, _ window: inout ByteBuffer, _ parser: inout CaptureFileParser
    ) throws(CaptureError) -> Bool {
        var progress = CaptureInput.Progress.bytes
        while true {
            while window.count < 1 << 20, progress == .bytes {
                progress = try input.read(into: &window)
            }
            if let offset = parser.resynchronise(in: window.span, from: 0) {
                warn("went on behind the damage", lost: UInt64(offset))
                parser.skip(offset)
                window.removeFirst(offset)
                return true
            }
            guard case .bytes = progress else {
                warn("nothing behind the damage could be read", lost: UInt64(window.count))
                return false
            }
            // Keep what a block at the window's end would need to be found with its end.
            window.removeFirst(max(window.count - (512 << 10), 0))
        }
    }

    mutating func readRecords<Handler: FilePacketHandler & ~Copyable>(
        _ bytes: Span<UInt8>, from start: Int, isComplete: Bool,
        _ parser: inout CaptureFileParser, _ firstBytes: [UInt8], _ packing: Packing?,
        into handler: inout Handler
    ) throws(CaptureError) -> Ending {
        var offset = start
        var untilPause = Self.packetsPerBatch
        while true {
            switch parser.next(in: bytes, at: offset, isComplete: isComplete) {
            case .packet(let packet):
                deliver(packet, bytes, parser, into: &handler)
                offset = packet.nextOffset
                untilPause &-= 1
                if untilPause == 0 {
                    untilPause = Self.packetsPerBatch
                    if !handler.pause() { return .stopped }
                }
            case .skipped(let nextOffset):
                offset = nextOffset
            case .interfaceStatistics(let nextOffset):
                declared.add(parser.statistics)
                offset = nextOffset
            case .needMore(let byteCount):
                return .needsMore(offset: offset, byteCount: byteCount)
            case .end:
                return .end
            case .truncated(let byteCount):
                warn(
                    "cut inside a record; the \(byteCount) bytes there are of it are skipped",
                    lost: UInt64(byteCount))
                return .end
            case .failed(let error):
                if error.isNotACapture, parser.position == 0 {
                    throw .notACapture(
                        path: paths[file], found: Self.found(firstBytes, packing))
                }
                guard let next = parser.resynchronise(in: bytes, from: offset + 1) else {
                    warn("\(error)", lost: UInt64(bytes.count - offset))
                    return .end
                }
                warn("\(error); \(next - offset) bytes skipped", lost: UInt64(next - offset))
                parser.skip(next - offset)
                offset = next
            }
        }
    }

    @inline(__always)
    mutating func deliver<Handler: FilePacketHandler & ~Copyable>(
        _ packet: CapturedPacket, _ bytes: Span<UInt8>, _ parser: borrowing CaptureFileParser,
        into handler: inout Handler
    ) {
        let index = interfaceIndex(packet, parser, into: &handler)
        let data = bytes.slice(packet.dataOffset, packet.capturedByteCount)
        if let filter = filters[index],
            !filter.matches(data, originalLength: packet.originalByteCount)
        {
            filteredPackets &+= 1
            filteredBytes &+= UInt64(data.count)
            return
        }
        deliveredPackets &+= 1
        handler.handle(
            SourcePacket(
                timestamp: packet.timestamp,
                originalLength: UInt32(clamping: packet.originalByteCount), interface: index),
            bytes: data)
    }

    mutating func interfaceIndex<Handler: FilePacketHandler & ~Copyable>(
        _ packet: CapturedPacket, _ parser: borrowing CaptureFileParser, into handler: inout Handler
    ) -> Int {
        let number = Int(packet.interface)
        let snaplen = number < parser.interfaces.count ? parser.interfaces[number].snaplen : 0
        let key = FileInterface(
            file: file, number: packet.interface, linkType: packet.linkType, snaplen: snaplen)
        if key == lastKey { return lastIndex }
        let index = known[key] ?? addInterface(key, into: &handler)
        (lastKey, lastIndex) = (key, index)
        return index
    }

    @inline(never)
    mutating func addInterface<Handler: FilePacketHandler & ~Copyable>(
        _ key: FileInterface, into handler: inout Handler
    ) -> Int {
        let path = paths[file]
        let name = path == "-" ? "stdin" : String(path.split(separator: "/").last ?? "file")
        let described = SourceInterface(
            name: key.number == 0 ? name : "\(name)#\(key.number)",
            linkType: UInt16(clamping: key.linkType), snaplen: key.snaplen,
            filter: filter?.userExpression ?? "")
        let index = interfaces.count
        interfaces.append(described)
        known[key] = index
        // A link type libpcap has no filter for is left to assemble.
        filters.append(filter.flatMap { try? $0.compile(linkType: described.linkType) })
        handler.describe(described, at: index)
        return index
    }

    mutating func warn(_ message: String, lost: UInt64) {
        // A file with a thousand wounds is told of in sixteen lines; the bytes are all counted.
        lostBytes &+= lost
        guard warnings.count < 16 * paths.count else { return }
        warnings.append(CaptureWarning(path: paths[file], message: message, lostBytes: lost))
    }
}
