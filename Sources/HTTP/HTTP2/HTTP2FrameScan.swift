// Finding frames where nothing says that there are any: at the start of a connection picked up
// midstream, and behind a gap. RFC 9113 §4.1.
//
// One header is 72 bits of which a plausible one fixes some 35; two in a chain do not happen by
// chance.

import Bytes

/// What the first bytes say about a protocol.
public enum HTTP2Match: UInt8, Sendable, BitwiseCopyable {
    /// They are HTTP/2.
    case yes
    /// They are not.
    case no
    /// More bytes must decide.
    case needMore
}

/// Who sends a direction's frames.
public enum HTTP2Sender: UInt8, Sendable, BitwiseCopyable {
    case client, server, unknown
}

/// Looks for frames in bytes.
enum HTTP2FrameScan {
    /// What stands at an offset.
    enum Chain: Equatable {
        /// Frames beyond doubt.
        case frames
        /// Nothing that is a frame.
        case none
        /// Plausible so far; the bytes end too early.
        case undecided
    }

    /// Follows frame headers from `start`.
    ///
    /// - Parameters:
    ///   - headersNeeded: That many plausible headers in a row are frames.
    ///   - headersAtEnd: So many are enough when the last frame ends where the bytes end.
    static func chain(
        in bytes: Span<UInt8>, from start: Int, headersNeeded: Int, headersAtEnd: Int,
        maximumLength: Int, allowsPush: Bool
    ) -> Chain {
        var offset = start
        var headers = 0
        while true {
            if offset >= bytes.count {
                return offset == bytes.count && headers >= headersAtEnd ? .frames : .undecided
            }
            guard bytes.count - offset >= HTTP2FrameHeader.byteCount else { return .undecided }
            let header = HTTP2FrameHeader(bytes, at: offset)
            let isPlausible = header.isPlausible(
                maximumLength: maximumLength, allowsPush: allowsPush)
            guard isPlausible else { return .none }
            headers += 1
            if headers >= headersNeeded { return .frames }
            offset += HTTP2FrameHeader.byteCount + header.length
        }
    }

    /// Whether `bytes` begin with frames: three headers in a row, or two that end with the bytes,
    /// at least one of them with a payload; or one whole head.
    static func looksLikeFrames(_ bytes: Span<UInt8>) -> HTTP2Match {
        let result = chain(
            in: bytes, from: 0, headersNeeded: 3, headersAtEnd: 2,
            maximumLength: HTTP2FrameHeader.defaultMaximumLength, allowsPush: false)
        switch result {
        case .none: return .no
        case .undecided: return isLoneHead(bytes) ? .yes : .needMore
        case .frames: break
        }
        // Empty SETTINGS in a row are few bits and mostly zeros: they prove nothing.
        var offset = 0
        var withPayload = 0
        while bytes.count - offset >= HTTP2FrameHeader.byteCount {
            let header = HTTP2FrameHeader(bytes, at: offset)
            let isPlausible = header.isPlausible(
                maximumLength: HTTP2FrameHeader.defaultMaximumLength, allowsPush: false)
            guard isPlausible else { return .no }
            if header.length > 0 { withPayload += 1 }
            if header.type == .headers, !isHeadersPayloadPlausible(header, bytes, offset) {
                return .no
            }
            offset += HTTP2FrameHeader.byteCount + header.length
        }
        return withPayload > 0 ? .yes : .needMore
    }

    /// Whether `bytes` are one HEADERS frame, no byte more or less, whose block decodes to its end
    /// and has a pseudo-field: the usual request of a connection that is seldom used.
    private static func isLoneHead(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count > HTTP2FrameHeader.byteCount else { return false }
        let header = HTTP2FrameHeader(bytes, at: 0)
        let payload = bytes.from(HTTP2FrameHeader.byteCount)
        guard header.type == .headers, header.has(HTTP2FrameHeader.endHeaders),
            header.length == payload.count,
            let part = HTTP2BlockPart(header, payload, isDamaged: false)
        else { return false }
        var decoder = HPACKDecoder(isMidstream: true)
        var sniffer = HTTP2SenderSniffer()
        do throws(HPACKError) {
            try decoder.decode(payload.slice(part.start, part.count), into: &sniffer)
        } catch {
            return false
        }
        return sniffer.sender != .unknown
    }

    /// Whether padding and priority leave room for a block, as far as it can be seen.
    private static func isHeadersPayloadPlausible(
        _ header: HTTP2FrameHeader, _ bytes: Span<UInt8>, _ offset: Int
    ) -> Bool {
        var least = header.has(HTTP2FrameHeader.priority) ? 5 : 0
        if header.has(HTTP2FrameHeader.padded) {
            guard offset + HTTP2FrameHeader.byteCount < bytes.count else { return true }
            least += 1 + Int(bytes[offset + HTTP2FrameHeader.byteCount])
        }
        return header.length > least
    }

    /// Who sends these frames, by the pseudo-fields of the first blocks and by what only one side
    /// may send (RFC 9113 §8.3, §8.4).
    static func sender(of bytes: Span<UInt8>) -> HTTP2Sender {
        var decoder = HPACKDecoder(isMidstream: true)
        var sniffer = HTTP2SenderSniffer()
        var offset = 0
        while bytes.count - offset >= HTTP2FrameHeader.byteCount {
            let header = HTTP2FrameHeader(bytes, at: offset)
            offset += HTTP2FrameHeader.byteCount
            guard header.length <= bytes.count - offset else { break }
            let payload = bytes.slice(offset, header.length)
            offset += header.length
            if header.type == .pushPromise { return .server }
            guard header.type == .headers,
                let part = HTTP2BlockPart(header, payload, isDamaged: false)
            else { continue }
            // An error ends the block early; what came before it is evidence enough.
            try? decoder.decode(payload.slice(part.start, part.count), into: &sniffer)
            if sniffer.sender != .unknown { return sniffer.sender }
        }
        return .unknown
    }
}

/// Looks for the pseudo-fields that only requests or only responses have.
struct HTTP2SenderSniffer: HPACKSink {
    var sender = HTTP2Sender.unknown

    mutating func field(_ text: Span<UInt8>, nameByteCount: Int) {
        let name = text.slice(0, nameByteCount)
        guard sender == .unknown, name.count > 0, name[0] == 0x3A else { return }
        if name.equals(":status") {
            sender = .server
        } else if name.equals(":method") || name.equals(":path") || name.equals(":scheme") {
            sender = .client
        }
    }

    mutating func unknownField() {}
    mutating func unknownName(value: Span<UInt8>) {}
}
