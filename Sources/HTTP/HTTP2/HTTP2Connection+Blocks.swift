// Field blocks: put together, decoded, and turned into heads and trailers. RFC 9113 §8.1, §8.4.

import Bytes

extension HTTP2Connection {
    /// Takes a HEADERS or PUSH_PROMISE payload.
    mutating func beginBlock(
        _ payload: Span<UInt8>, _ end: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        let frame = halves[side].frame
        var block = HTTP2Block()
        block.stream = frame.stream
        block.start = halves[side].frameStart
        block.endsStream = frame.type == .headers && frame.has(HTTP2FrameHeader.endStream)
        let isDamaged = halves[side].isDamaged
        let isWhole = frame.has(HTTP2FrameHeader.endHeaders)
        guard let part = HTTP2BlockPart(frame, payload, isDamaged: isDamaged) else {
            if !isDamaged { counters.malformedFrames &+= 1 }
            block.isDamaged = true
            if isWhole {
                decode(Span(), block, end, side, &messages, &counters)
            } else {
                halves[side].block = block
            }
            return
        }
        block.promised = part.promised
        if frame.length > limits.blockBytes { counters.blocksCut &+= 1 }
        let fragment = payload.slice(part.start, part.count)
        if isWhole {
            block.isDamaged = part.isDamaged
            decode(fragment, block, end, side, &messages, &counters)
        } else {
            halves[side].block = block
            _ = halves[side].appendFragment(
                fragment, isDamaged: part.isDamaged, limit: limits.blockBytes)
        }
    }

    /// Takes a CONTINUATION payload.
    mutating func continueBlock(
        _ payload: Span<UInt8>, _ end: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        let frame = halves[side].frame
        guard halves[side].block.stream == frame.stream else {
            // The frame that began the block was lost, and insertions with it.
            counters.orphanBlocks &+= 1
            halves[side].decoder.forget()
            return
        }
        let wasDamaged = halves[side].block.isDamaged
        let isCut = halves[side].appendFragment(
            payload, isDamaged: halves[side].isDamaged, limit: limits.blockBytes)
        if isCut, !wasDamaged { counters.blocksCut &+= 1 }
        guard frame.has(HTTP2FrameHeader.endHeaders) else { return }
        let block = halves[side].block
        beginBuilder(block, side, messages)
        let isWhole = halves[side].decodeBlock(into: &builder)
        endBuilder(block, isWhole, end, side, &messages, &counters)
    }

    private mutating func decode(
        _ fragment: Span<UInt8>, _ block: HTTP2Block, _ end: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        beginBuilder(block, side, messages)
        let isWhole = halves[side].decode(fragment, isDamaged: block.isDamaged, into: &builder)
        endBuilder(block, isWhole, end, side, &messages, &counters)
    }

    private mutating func beginBuilder(
        _ block: HTTP2Block, _ side: Int, _ messages: borrowing Slab<Message>
    ) {
        builder.text.removeAll()
        // Trailers share the head's limit.
        var used = 0
        if block.promised == 0, let slot = streams.slot(of: block.stream) {
            let message = streams[slot][side].message
            if message >= 0 { used = messages[message].text.count }
        }
        builder.begin(textLimit: max(limits.headBytes - used, 0), fieldLimit: limits.fieldCount)
    }

    private mutating func endBuilder(
        _ block: HTTP2Block, _ isWhole: Bool, _ end: StreamMoment, _ side: Int,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        if !isWhole {
            counters.blocksDamaged &+= 1
            builder.marks.insert(.headIncomplete)
        }
        if builder.unknownFields > 0 {
            counters.unknownFields &+= builder.unknownFields
            builder.marks.insert(.headIncomplete)
        }
        counters.fieldsCut &+= builder.fieldsCut
        if block.promised != 0 {
            takePromise(block, end, &messages, &counters)
        } else if side == HTTP2Side.client {
            takeRequestBlock(block, end, &messages, &counters)
        } else {
            takeResponseBlock(block, end, &messages, &counters)
        }
    }

    private mutating func takeRequestBlock(
        _ block: HTTP2Block, _ end: StreamMoment,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        if let slot = streams.slot(of: block.stream) {
            let request = streams[slot].request
            if request.hasEnded {
                counters.orphanBlocks &+= 1
            } else {
                takeTrailers(request.message, end, &messages)
                if block.endsStream {
                    endMessage(block.stream, end, HTTP2Side.client, &messages, &counters)
                }
            }
            return
        }
        // Trailers of a request never seen have no pseudo-fields; a cut block may be a request.
        let isRequest =
            builder.hasRequestPseudo
            || (builder.marks.contains(.headIncomplete)
                && builder.status == 0 && builder.fields.isEmpty)
        guard isRequest, !lateStreams.contains(block.stream) else {
            counters.orphanBlocks &+= 1
            return
        }
        makeRoom(&messages, &counters)
        var stream = HTTP2Stream(id: block.stream)
        stream.isHead = builder.isHead
        stream.isTunnel = builder.isConnect
        stream.request.contentLength = builder.isConnect ? -1 : builder.contentLength
        stream.request.message = takeHead(block, end, &messages)
        _ = streams.insert(stream)
        counters.requests &+= 1
        if block.endsStream {
            endMessage(block.stream, end, HTTP2Side.client, &messages, &counters)
        }
    }

    private mutating func takeResponseBlock(
        _ block: HTTP2Block, _ end: StreamMoment,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        let isInterim = builder.status >= 100 && builder.status < 200 && !block.endsStream
        if isInterim {
            counters.interimResponses &+= 1
            return
        }
        var found = streams.slot(of: block.stream)
        if let slot = found, streams[slot].response.hasEnded {
            counters.orphanBlocks &+= 1
            return
        }
        if let slot = found, streams[slot].response.message >= 0 {
            takeTrailers(streams[slot].response.message, end, &messages)
        } else {
            // Without a request and without a status these are trailers of a response never seen.
            if found == nil, builder.status == 0 || lateStreams.contains(block.stream) {
                counters.orphanBlocks &+= 1
                return
            }
            if found == nil {
                makeRoom(&messages, &counters)
                var stream = HTTP2Stream(id: block.stream)
                stream.request.hasEnded = true
                found = streams.insert(stream)
            }
            guard let slot = found else { return }
            if builder.status == 0 { builder.marks.insert(.headIncomplete) }
            let hasNoBody =
                streams[slot].isHead || streams[slot].isTunnel
                || builder.status == 204 || builder.status == 304
            streams[slot].response.contentLength = hasNoBody ? -1 : builder.contentLength
            let message = takeHead(block, end, &messages)
            streams[slot].response.message = message
            counters.responses &+= 1
        }
        if block.endsStream {
            endMessage(block.stream, end, HTTP2Side.server, &messages, &counters)
        }
    }

    /// Opens the promised stream with the request that the server made up (RFC 9113 §8.4).
    private mutating func takePromise(
        _ block: HTTP2Block, _ end: StreamMoment,
        _ messages: inout Slab<Message>, _ counters: inout HTTP2Counters
    ) {
        counters.pushPromises &+= 1
        hasPushes = true
        guard streams.slot(of: block.promised) == nil, !lateStreams.contains(block.promised) else {
            counters.orphanBlocks &+= 1
            return
        }
        makeRoom(&messages, &counters)
        var stream = HTTP2Stream(id: block.promised)
        stream.isPushed = true
        stream.isHead = builder.isHead
        stream.request.message = takeHead(block, end, &messages)
        stream.request.hasEnded = true
        messages[stream.request.message].marks.insert(.complete)
        counters.requests &+= 1
        _ = streams.insert(stream)
    }

    /// Makes a message of the block just decoded.
    private mutating func takeHead(
        _ block: HTTP2Block, _ end: StreamMoment, _ messages: inout Slab<Message>
    ) -> Int32 {
        let claim = messages.claim { Message() }
        let handle = claim.handle
        if claim.isReused { messages[handle].reset() }
        swap(&messages[handle].text, &builder.text)
        swap(&messages[handle].fields, &builder.fields)
        messages[handle].version = .http2
        messages[handle].method = builder.method
        messages[handle].target = builder.target
        messages[handle].authority = builder.authority
        messages[handle].status = builder.status
        messages[handle].marks = builder.marks
        messages[handle].startOffset = block.start.offset
        messages[handle].startTime = block.start.timestamp
        messages[handle].acknowledged = block.start.acknowledged
        messages[handle].startSegment = block.start.segment
        messages[handle].endOffset = end.offset
        messages[handle].endTime = end.timestamp
        messageByteCount += messages[handle].text.count
        return handle
    }

    /// Adds the block just decoded to a message as trailers.
    private mutating func takeTrailers(
        _ handle: Int32, _ end: StreamMoment, _ messages: inout Slab<Message>
    ) {
        guard handle >= 0 else { return }
        let base = messages[handle].text.count
        messages[handle].text.append(builder.text.span)
        for field in builder.fields where messages[handle].trailers.count < limits.fieldCount {
            messages[handle].trailers.append(
                Field(
                    name: TextRange(base + Int(field.name.offset), Int(field.name.count)),
                    value: TextRange(base + Int(field.value.offset), Int(field.value.count))))
        }
        messages[handle].marks.formUnion(builder.marks)
        messages[handle].endOffset = end.offset
        messages[handle].endTime = end.timestamp
        messageByteCount += builder.text.count
    }
}
