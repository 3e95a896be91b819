// Why a capture file cannot be read on.

/// A place in a capture file that makes no sense, and why.
public struct CaptureFileError: Error, Equatable, Sendable, BitwiseCopyable {
    /// What is wrong.
    public enum Reason: Equatable, Sendable, BitwiseCopyable {
        /// The file is empty.
        case empty
        /// The first four bytes belong to no capture format.
        case unknownMagic(UInt32)
        /// The bytes are compressed; the caller has to decompress them first.
        case compressed(Compression)
        /// The version is not one that can be read.
        case unsupportedVersion(major: UInt16, minor: UInt16)
        /// A block's length is under its minimum, no multiple of 4, or not the one at its end.
        case blockLength(UInt32)
        /// A record is longer than `CaptureFileParser.maximumPacketByteCount` allows.
        case tooLong(UInt32)
        /// A section begins without a byte-order mark.
        case byteOrderMark(UInt32)
        /// A packet belongs to an interface that was not described.
        case undefinedInterface(UInt32)
        /// There are more interfaces than `CaptureFileParser.maximumInterfaces`.
        case tooManyInterfaces
    }

    /// How bytes are compressed.
    public enum Compression: Equatable, Sendable, BitwiseCopyable {
        case gzip
        case lz4
        case zstd
        case xz
        case bzip2
    }

    /// How many bytes of the file were read before this place.
    public var offset: UInt64
    /// What is wrong.
    public var reason: Reason

    /// Creates an error.
    public init(offset: UInt64, reason: Reason) {
        self.offset = offset
        self.reason = reason
    }

    /// Whether the file is no capture at all, rather than a damaged one.
    public var isNotACapture: Bool {
        switch reason {
        case .empty, .unknownMagic, .compressed: true
        case .unsupportedVersion: offset == 0
        case .blockLength, .tooLong, .byteOrderMark, .undefinedInterface, .tooManyInterfaces: false
        }
    }
}

extension CaptureFileError: CustomStringConvertible {
    /// One line for people.
    public var description: String {
        isNotACapture ? "not a capture file: \(reason)" : "damaged at offset \(offset): \(reason)"
    }
}

extension CaptureFileError.Reason: CustomStringConvertible {
    /// A phrase for people.
    public var description: String {
        switch self {
        case .empty: "it is empty"
        case .unknownMagic(let magic):
            "it begins with 0x\(String(magic, radix: 16)), which is neither pcap, pcapng nor snoop"
        case .compressed(let how): "it is compressed (\(how))"
        case .unsupportedVersion(let major, let minor): "version \(major).\(minor) is not known"
        case .blockLength(let length): "a block cannot have a length of \(length) bytes"
        case .tooLong(let length): "a record of \(length) bytes is over the limit"
        case .byteOrderMark(let mark):
            "a section has 0x\(String(mark, radix: 16)) for its byte-order mark"
        case .undefinedInterface(let number): "interface \(number) was not described"
        case .tooManyInterfaces: "too many interfaces"
        }
    }
}
