// Decodes HTTP bodies: gzip, deflate, br, zstd, and several of them one inside the other, within a
// limit. RFC 9110 §8.4.
//
// Bombs: no coding may make more than the limit, intermediate ones included, so that work is
// bounded by (codings + 1) * limit whatever the body claims. Decoding in one go (libdeflate) is
// tried first where the size can be guessed; it is redone as a stream when it does not work out.

public import Bytes

/// A decoder of bodies, for one after the other; contexts and buffers are reused.
public struct ContentDecoder: ~Copyable, Sendable {
    private var whole = WholeInflater()
    private var inflater = ZlibInflater(windowBits: 31)
    private var zstd = ZstdReader(windowLog: ZstdReader.contentWindowLog)
    private var scratch = ByteBuffer()
    private var otherScratch = ByteBuffer()

    /// Output is made in steps of this many bytes, so that a small body does not cost a large
    /// limit.
    static let stepBytes = 64 << 10
    /// The most memory kept between bodies, in bytes, for each of two intermediate results.
    public static let keptCapacity = 1 << 20
    /// The most bytes tried in one go without a size hint, for each input byte.
    static let guessedRatio = 8

    /// Creates a decoder.
    public init() {}

    /// How a single coding ended.
    enum Ending { case whole, cut, corrupt, incomplete }

    /// Decodes a body and appends the result to `target`.
    ///
    /// - Parameters:
    ///   - body: The body as transferred, chunk framing removed.
    ///   - coding: The value of Content-Encoding, several joined by commas.
    ///   - limit: The most bytes to append.
    ///   - target: Gets the decoded bytes.
    /// - Returns: What came of it.
    public mutating func decode(
        _ body: Span<UInt8>, coding: Span<UInt8>, limit: Int, into target: inout ByteBuffer
    ) -> DecodedBody {
        guard let codings = ContentCoding.parse(coding) else { return .unknownCoding }
        if codings.count == 0 { return .notEncoded }
        let start = target.count
        // Nothing transferred (a response to HEAD, a 304): nothing to decode.
        if body.isEmpty { return .decoded(isCut: false) }
        let limit = max(limit, 0)
        var ending = Ending.whole
        if codings.count == 1 {
            ending = decodeOne(codings[0], body, limit, &target)
        } else {
            ending = decodeChain(codings, body, limit, &target)
        }
        let made = target.count - start
        return switch ending {
        case .whole: .decoded(isCut: false)
        case .cut: .decoded(isCut: true)
        case .corrupt: .corrupt(decodedPrefixByteCount: made)
        case .incomplete: .incomplete(decodedPrefixByteCount: made)
        }
    }

    /// The coding applied last comes off first.
    private mutating func decodeChain(
        _ codings: CodingList, _ body: Span<UInt8>, _ limit: Int, _ target: inout ByteBuffer
    ) -> Ending {
        var from = ByteBuffer()
        var into = ByteBuffer()
        swap(&from, &scratch)
        swap(&into, &otherScratch)
        from.removeAll()
        var ending = decodeOne(codings[codings.count - 1], body, limit, &from)
        for index in stride(from: codings.count - 2, through: 0, by: -1) {
            into.removeAll()
            let next: Ending
            if index == 0 {
                next = decodeOne(codings[0], from.span, limit, &target)
            } else {
                next = decodeOne(codings[index], from.span, limit, &into)
                swap(&from, &into)
            }
            ending = combine(outer: ending, inner: next)
        }
        from.removeAll()
        into.removeAll()
        from.trim(toCapacity: ContentDecoder.keptCapacity)
        into.trim(toCapacity: ContentDecoder.keptCapacity)
        swap(&from, &scratch)
        swap(&into, &otherScratch)
        return ending
    }

    /// A coding fed with a prefix cannot end well: what the outer one said is the cause.
    private func combine(outer: Ending, inner: Ending) -> Ending {
        switch (outer, inner) {
        case (.whole, _): inner
        case (.cut, .incomplete), (.cut, .whole), (.cut, .cut): .cut
        case (.cut, .corrupt): .corrupt
        case (.corrupt, _): .corrupt
        case (.incomplete, .corrupt): .corrupt
        case (.incomplete, _): .incomplete
        }
    }

    private mutating func decodeOne(
        _ coding: ContentCoding, _ body: Span<UInt8>, _ limit: Int, _ target: inout ByteBuffer
    ) -> Ending {
        switch coding {
        case .gzip: decodeGzip(body, limit, &target)
        case .deflate: decodeDeflate(body, limit, &target)
        case .brotli: decodeBrotli(body, limit, &target)
        case .zstd: decodeZstd(body, limit, &target)
        }
    }
}

extension ContentDecoder {
    private mutating func decodeGzip(
        _ body: Span<UInt8>, _ limit: Int, _ target: inout ByteBuffer
    ) -> Ending {
        // RFC 1952 §2.3.1: the last four bytes are the size of the last member modulo 2^32.
        if body.count >= 18 {
            let hint = Int(body.littleEndian(UInt32.self, at: body.count - 4))
            if hint <= limit, hint / 1100 <= body.count {
                let before = target.count
                if whole.decompress(body, format: .gzip, room: hint, into: &target) == body.count {
                    return .whole
                }
                target.truncate(to: before)
            }
        }
        return decodeZlib(body, windowBits: 31, limit, &target)
    }

    private mutating func decodeDeflate(
        _ body: Span<UInt8>, _ limit: Int, _ target: inout ByteBuffer
    ) -> Ending {
        // RFC 1950 §2.2: method 8, window at most 32 KiB, header a multiple of 31.
        let isZlib =
            body.count >= 2 && body[0] & 0x0F == 8 && body[0] >> 4 <= 7
            && (UInt16(body[0]) << 8 | UInt16(body[1])) % 31 == 0
        let room = min(limit, max(body.count * ContentDecoder.guessedRatio, 1024))
        let format: WholeInflater.Format = isZlib ? .zlib : .raw
        if whole.decompress(body, format: format, room: room, into: &target) != nil {
            return .whole
        }
        let before = target.count
        let ending = decodeZlib(body, windowBits: isZlib ? 15 : -15, limit, &target)
        // A raw stream may look like a zlib header; then nothing sensible came out.
        if isZlib, ending == .corrupt, target.count == before {
            return decodeZlib(body, windowBits: -15, limit, &target)
        }
        return ending
    }

    private mutating func decodeZlib(
        _ body: Span<UInt8>, windowBits: Int32, _ limit: Int, _ target: inout ByteBuffer
    ) -> Ending {
        inflater.reset(windowBits: windowBits)
        return ContentDecoder.drain(&inflater, body, limit, &target)
    }

    private mutating func decodeBrotli(
        _ body: Span<UInt8>, _ limit: Int, _ target: inout ByteBuffer
    ) -> Ending {
        var reader = BrotliReader()
        return ContentDecoder.drain(&reader, body, limit, &target)
    }

    private mutating func decodeZstd(
        _ body: Span<UInt8>, _ limit: Int, _ target: inout ByteBuffer
    ) -> Ending {
        zstd.reset()
        return ContentDecoder.drain(&zstd, body, limit, &target)
    }

    /// Runs a decoder over a whole body, until the limit at most.
    private static func drain<Decoder: BodyStream & ~Copyable>(
        _ decoder: inout Decoder, _ body: Span<UInt8>, _ limit: Int, _ target: inout ByteBuffer
    ) -> Ending {
        let start = target.count
        var used = 0
        while true {
            // One byte of room more than the limit tells a body that just fits from one that is
            // cut.
            let left = limit - (target.count - start)
            let room = min(left + 1, stepBytes)
            let rest = body.extracting(used..<body.count)
            let step = decoder.decompress(rest, room: room, into: &target)
            used += step.consumed
            if target.count - start > limit {
                target.truncate(to: start + limit)
                return .cut
            }
            switch step.state {
            case .hasMore:
                if step.consumed == 0, step.produced == 0 { return .corrupt }
            case .needsInput: return .incomplete
            case .damaged: return .corrupt
            case .ended:
                guard decoder.continues(with: body.extracting(used..<body.count)) else {
                    return .whole
                }
            }
        }
    }
}
