// Capture files, record by record, over bytes that the caller holds: a whole file or a window.
//
// Formats: pcap (draft-ietf-opsawg-pcap) with its relatives, pcapng (draft-ietf-opsawg-pcapng),
// snoop (RFC 1761). Rule: a length is believed only after it was checked against what it must fit
// in.

import Bytes

/// Reads the records of one capture file in order.
///
/// The parser holds no bytes. It counts those it has passed, for error messages, on the
/// understanding that each call goes on where the last record said.
public struct CaptureFileParser: ~Copyable {
    /// The most bytes a packet may have in the file: 256 MiB.
    public static let maximumPacketByteCount = 256 << 20
    /// The most interfaces in a section.
    public static let maximumInterfaces = 65_536
    /// The most bytes a block may have beside its packet.
    static let maximumBlockOverhead = 1 << 20

    enum Format: UInt8, BitwiseCopyable {
        case unknown
        case pcap
        case pcapng
        case snoop
    }

    var format = Format.unknown
    var isBigEndian = false
    /// The length of a pcap record's header.
    var recordHeaderLength = 16
    /// Whether a pcap record may have, or has, its two lengths exchanged.
    var lengthOrder = LengthOrder.usual
    var lastTimestamp = Timestamp(nanoseconds: 0)
    /// What the last `.interfaceStatistics` record said.
    public internal(set) var statistics = InterfaceStatistics()
    /// How many bytes of the file were passed.
    public internal(set) var position: UInt64 = 0
    /// The interfaces described so far in the section; one for formats without descriptions.
    public internal(set) var interfaces: [CaptureInterface] = []

    /// The order of captured and original length in old pcap versions.
    enum LengthOrder: UInt8, BitwiseCopyable {
        case usual
        case exchanged
        case exchangedIfLarger
    }

    /// Stands before the first byte of a file.
    public init() {}

    /// Reads the record at `offset`.
    ///
    /// - Parameters:
    ///   - bytes: The file, or the part of it at hand.
    ///   - offset: Where the last record said that the next one begins.
    ///   - isComplete: Whether the file ends where `bytes` ends.
    /// - Returns: The record; `.failed` for ever after when nothing can be made of the bytes,
    /// unless
    ///   the caller goes on at a place that `resynchronise` found.
    public mutating func next(
        in bytes: Span<UInt8>, at offset: Int, isComplete: Bool
    ) -> CaptureRecord {
        precondition(offset >= 0 && offset <= bytes.count, "an offset inside the bytes")
        let record: CaptureRecord
        if offset == bytes.count {
            record = nothingLeft(isComplete)
        } else {
            record =
                switch format {
                case .pcap: nextPcapRecord(bytes, offset)
                case .pcapng: nextBlock(bytes, offset)
                case .snoop: nextSnoopRecord(bytes, offset)
                case .unknown: readFileHeader(bytes, offset, isComplete)
                }
        }
        switch record {
        case .packet(let packet):
            lastTimestamp = packet.timestamp
            position &+= UInt64(packet.nextOffset - offset)
        case .interfaceStatistics(let nextOffset), .skipped(let nextOffset):
            position &+= UInt64(nextOffset - offset)
        case .needMore:
            if isComplete { return .truncated(byteCount: bytes.count - offset) }
        case .end, .truncated, .failed: break
        }
        return record
    }

    func nothingLeft(_ isComplete: Bool) -> CaptureRecord {
        guard isComplete else { return .needMore(byteCount: 1) }
        return format == .unknown ? failure(.empty) : .end
    }

    func failure(_ reason: CaptureFileError.Reason) -> CaptureRecord {
        .failed(CaptureFileError(offset: position, reason: reason))
    }

    /// The integer at `offset` in the byte order of the file or section.
    @inline(__always)
    func load<T: FixedWidthInteger>(_ type: T.Type, _ bytes: Span<UInt8>, _ offset: Int) -> T {
        let value = bytes.littleEndian(type, at: offset)
        return isBigEndian ? value.byteSwapped : value
    }

    /// Tells the format by the first bytes and reads the file's header.
    mutating func readFileHeader(
        _ bytes: Span<UInt8>, _ offset: Int, _ isComplete: Bool
    ) -> CaptureRecord {
        let available = bytes.count - offset
        guard available >= 4 else {
            return isComplete ? failure(.unknownMagic(0)) : .needMore(byteCount: 4)
        }
        let magic = bytes.bigEndian(UInt32.self, at: offset)
        if magic == 0x0A0D_0D0A {
            format = .pcapng
            return nextBlock(bytes, offset)
        }
        if magic == 0x736E_6F6F { return readSnoopHeader(bytes, offset) }
        if let kind = PcapKind(magic: magic) { return readPcapHeader(bytes, offset, kind) }
        if let compression = CaptureFileError.Compression(magic: magic) {
            return failure(.compressed(compression))
        }
        return failure(.unknownMagic(magic))
    }
}

extension CaptureFileError.Compression {
    init?(magic: UInt32) {
        switch magic {
        case 0x1F8B_0000...0x1F8B_FFFF: self = .gzip
        case 0x0422_4D18, 0x0221_4C18: self = .lz4
        case 0x28B5_2FFD: self = .zstd
        case 0xFD37_7A58: self = .xz
        case 0x425A_6830...0x425A_6839: self = .bzip2
        default: return nil
        }
    }
}
