// Finding the place again: bytes are held until frames are found in them. RFC 9113 §4.1.
//
// No byte is looked at twice without need: what is held is looked through again only when it has
// grown to where an undecided place is decided.

import Bytes

/// What a look through held bytes found.
private struct HTTP2Place {
    /// Where frames stand, or else may stand yet.
    var offset: Int
    /// Whether they stand there beyond doubt.
    var isFound: Bool
    /// How many bytes decide the next of the undecided places.
    var wanted: Int
}

extension HTTP2Connection {
    /// Holds bytes until frames are found in them, then reads those.
    mutating func search<Events: HTTP2EventSink & ~Copyable>(
        _ bytes: Span<UInt8>, _ moment: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters, _ events: inout Events
    ) {
        if halves[side].pieces.count < HTTP2Half.pieceLimit {
            let start = halves[side].kept.count
            halves[side].pieces.append(HTTP2Piece(start: start, moment: moment))
        }
        halves[side].kept.append(bytes)
        var held = ByteBuffer()
        var pieces: [HTTP2Piece] = []
        swap(&held, &halves[side].kept)
        swap(&pieces, &halves[side].pieces)
        var place = look(in: held.span, pieces, side)
        while place.isFound {
            counters.skippedBytes &+= UInt64(place.offset)
            counters.resyncs &+= 1
            halves[side].state = .header
            halves[side].expectsSettings = false
            var offset = place.offset
            for index in pieces.indices where halves[side].state != .searching {
                let end = index + 1 < pieces.count ? pieces[index + 1].start : held.count
                guard end > offset else { continue }
                let start = pieces[index].moment.advanced(by: offset - pieces[index].start)
                offset += run(
                    held.span(from: offset, count: end - offset), start, side, &messages,
                    &counters, &events)
            }
            if halves[side].state != .searching { return }
            dropHeld(offset, &held, &pieces)
            place = look(in: held.span, pieces, side)
        }
        counters.skippedBytes &+= UInt64(place.offset)
        dropHeld(place.offset, &held, &pieces)
        halves[side].searchedCount = max(held.count - HTTP2FrameHeader.byteCount + 1, 0)
        halves[side].searchWanted = place.wanted == .max ? .max : place.wanted - place.offset
        swap(&held, &halves[side].kept)
        swap(&pieces, &halves[side].pieces)
    }

    /// Forgets the first held bytes.
    private func dropHeld(_ count: Int, _ held: inout ByteBuffer, _ pieces: inout [HTTP2Piece]) {
        guard count > 0 else { return }
        held.removeFirst(count)
        var kept: [HTTP2Piece] = []
        for index in pieces.indices where !held.isEmpty {
            let end = index + 1 < pieces.count ? pieces[index + 1].start : count + held.count
            guard end > count else { continue }
            var piece = pieces[index]
            if piece.start < count {
                piece.moment = piece.moment.advanced(by: count - piece.start)
                piece.start = count
            }
            piece.start -= count
            kept.append(piece)
        }
        pieces = kept
    }

    /// The first place where frames stand, or else where they may stand yet.
    ///
    /// Two headers in a row are frames here, one whose frame fills the last packet, and one whose
    /// frame fills several and is of a stream that is open.
    private func look(
        in bytes: Span<UInt8>, _ pieces: [HTTP2Piece], _ side: Int
    ) -> HTTP2Place {
        let isOver = bytes.count > limits.searchBytes
        let isFresh =
            isOver || halves[side].searchedCount == 0 || bytes.count >= halves[side].searchWanted
        var place = HTTP2Place(offset: bytes.count, isFound: false, wanted: .max)
        var offset = 0
        if !isFresh {
            // The first byte held is the first undecided place.
            place.offset = 0
            place.wanted = halves[side].searchWanted
            offset = halves[side].searchedCount
        }
        var piece = 0
        while offset < bytes.count {
            while piece + 1 < pieces.count, pieces[piece + 1].start <= offset { piece += 1 }
            let isAtBorder = pieces[piece].start == offset
            let isAlone =
                isAtBorder && (piece == pieces.count - 1 || isOfOpenStream(bytes, offset))
            let chain = HTTP2FrameScan.chain(
                in: bytes, from: offset, headersNeeded: 2, headersAtEnd: isAlone ? 1 : 2,
                maximumLength: halves[side].maximumLength, allowsPush: hasPushes)
            switch chain {
            case .frames: return HTTP2Place(offset: offset, isFound: true, wanted: 0)
            case .none: break
            case .undecided:
                guard bytes.count - offset <= limits.searchBytes else {
                    // A frame larger than what may be held: its stream must be open.
                    if isOfOpenStream(bytes, offset) {
                        return HTTP2Place(offset: offset, isFound: true, wanted: 0)
                    }
                    break
                }
                place.offset = min(place.offset, offset)
                place.wanted = min(place.wanted, wanted(bytes, offset))
            }
            offset += 1
        }
        return place
    }

    private func isOfOpenStream(_ bytes: Span<UInt8>, _ offset: Int) -> Bool {
        guard bytes.count - offset >= HTTP2FrameHeader.byteCount else { return false }
        return streams.slot(of: HTTP2FrameHeader(bytes, at: offset).stream) != nil
    }

    /// How many bytes decide an undecided place: those to the end of its frame, or of the next
    /// header.
    private func wanted(_ bytes: Span<UInt8>, _ offset: Int) -> Int {
        guard bytes.count - offset >= HTTP2FrameHeader.byteCount else { return .max }
        let header = HTTP2FrameHeader(bytes, at: offset)
        let end = offset + HTTP2FrameHeader.byteCount + header.length
        return bytes.count < end ? end : end + HTTP2FrameHeader.byteCount
    }
}
