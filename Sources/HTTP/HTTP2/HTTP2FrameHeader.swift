// The nine bytes before every frame, and what they may say. RFC 9113 §4.1, §6.

import Bytes

/// The frame types of RFC 9113.
enum HTTP2FrameType: UInt8 {
    case data = 0
    case headers = 1
    case priority = 2
    case resetStream = 3
    case settings = 4
    case pushPromise = 5
    case ping = 6
    case goAway = 7
    case windowUpdate = 8
    case continuation = 9
}

/// A frame header.
struct HTTP2FrameHeader: Equatable, BitwiseCopyable {
    /// The size of a frame header.
    static let byteCount = 9
    /// The payload size everyone must accept (§4.2).
    static let defaultMaximumLength = 16_384

    static let endStream: UInt8 = 0x01
    static let acknowledgement: UInt8 = 0x01
    static let endHeaders: UInt8 = 0x04
    static let padded: UInt8 = 0x08
    static let priority: UInt8 = 0x20

    /// The payload's length.
    var length: Int
    /// The type as on the wire.
    var rawType: UInt8
    /// The flags.
    var flags: UInt8
    /// The stream, without the reserved bit.
    var stream: UInt32
    /// The reserved bit.
    var isReservedBitSet: Bool

    /// Creates a header from its nine bytes in the low 72 bits.
    init(bits: UInt128) {
        length = Int(truncatingIfNeeded: bits >> 48)
        rawType = UInt8(truncatingIfNeeded: bits >> 40)
        flags = UInt8(truncatingIfNeeded: bits >> 32)
        let word = UInt32(truncatingIfNeeded: bits)
        stream = word & 0x7FFF_FFFF
        isReservedBitSet = word & 0x8000_0000 != 0
    }

    /// Reads the header at `offset`, where nine bytes must be.
    init(_ bytes: Span<UInt8>, at offset: Int) {
        let head = bytes.bigEndian(UInt32.self, at: offset)
        length = Int(head >> 8)
        rawType = UInt8(truncatingIfNeeded: head)
        flags = bytes[offset + 4]
        let word = bytes.bigEndian(UInt32.self, at: offset + 5)
        stream = word & 0x7FFF_FFFF
        isReservedBitSet = word & 0x8000_0000 != 0
    }

    /// The type, nil when it is none of RFC 9113.
    var type: HTTP2FrameType? { HTTP2FrameType(rawValue: rawType) }

    /// Whether a flag is set.
    func has(_ flag: UInt8) -> Bool { flags & flag != 0 }

    /// Whether the frame obeys the rules whose breach ends a connection: a wrong stream or length
    /// for its type. Unknown types obey always.
    var isSound: Bool {
        guard let type else { return true }
        switch type {
        case .data, .headers, .continuation: return stream != 0
        case .priority: return stream != 0 && length == 5
        case .resetStream: return stream != 0 && length == 4
        case .settings: return stream == 0 && length % 6 == 0
        case .pushPromise: return stream != 0 && length >= 4
        case .ping: return stream == 0 && length == 8
        case .goAway: return stream == 0 && length >= 8
        case .windowUpdate: return length == 4
        }
    }

    /// Whether bytes found anywhere may be a frame header: sound, a known type, no undefined flag,
    /// the reserved bit clear, a length within `maximumLength`, and no frame that says nothing.
    func isPlausible(maximumLength: Int, allowsPush: Bool) -> Bool {
        guard let type, isSound, !isReservedBitSet, length <= maximumLength else { return false }
        if stream != 0, stream & 1 == 0, !allowsPush { return false }
        switch type {
        case .data: return flags & ~0x09 == 0 && (length > 0 || flags == 0x01)
        case .headers: return flags & ~0x2D == 0 && length > 0
        case .priority, .resetStream, .goAway: return flags == 0
        case .settings: return flags == 0 || (flags == 1 && length == 0)
        case .pushPromise: return allowsPush && flags & ~0x0C == 0 && length > 4
        case .ping: return flags & ~0x01 == 0
        case .windowUpdate: return flags == 0
        case .continuation: return flags & ~0x04 == 0 && length > 0
        }
    }
}

extension HTTP2FrameHeader {
    /// How much of the payload must be kept to act on the frame; the rest is passed over.
    func keptByteCount(blockLimit: Int) -> Int {
        guard let type else { return 0 }
        switch type {
        case .headers, .pushPromise, .continuation: return blockLimit
        case .settings: return HTTP2FrameHeader.settingsLimit
        case .resetStream: return 4
        case .goAway: return 8
        case .data, .priority, .ping, .windowUpdate: return 0
        }
    }

    /// The most bytes read of a SETTINGS frame.
    static let settingsLimit = 4096
}
