// The calls' room in a snapshot: first the messages under their slots, then the connections in the
// order of their flows. What is counted (bytes held) is not written but added up again.

public import Bytes
import HTTP
import Reassembly

extension CallAssembler {
    /// The most message slots of a snapshot.
    static let slotLimit: UInt32 = 1 << 22

    /// Writes all that is not whole yet. Counters and lines already written are the owner's.
    public func save(to buffer: inout ByteBuffer) {
        var slots: [Int32] = []
        var flows: [Int32] = []
        for flow in connectionOfFlow.indices where connectionOfFlow[flow] >= 0 {
            flows.append(Int32(flow))
            forEachMessage(of: connectionOfFlow[flow]) { slots.append($0) }
        }
        buffer.append(littleEndian: UInt32(slots.count))
        for slot in slots {
            buffer.append(littleEndian: slot)
            messages[slot].save(to: &buffer)
        }
        buffer.append(littleEndian: UInt32(flows.count))
        for flow in flows {
            let handle = connectionOfFlow[Int(flow)]
            buffer.append(littleEndian: flow)
            connections[handle].save(to: &buffer)
            switch connections[handle].mode {
            case .http2: http2[connections[handle].extra].save(to: &buffer, messages: messages)
            case .webSocket: webSockets[connections[handle].extra].save(to: &buffer)
            case .http1, .tls, .tunnel, .other: continue
            }
        }
    }

    func forEachMessage(of handle: Int32, _ body: (Int32) -> Void) {
        connections[handle].forEachMessage(body)
        switch connections[handle].mode {
        case .webSocket:
            body(webSockets[connections[handle].extra].request)
            body(webSockets[connections[handle].extra].response)
        // An HTTP/2 connection saves its messages itself.
        case .http1, .http2, .tls, .tunnel, .other: return
        }
    }

    /// Reads back what `save` wrote, into an assembler that is as good as new.
    ///
    /// - Throws: `SnapshotError` when the bytes are no assembler's; this one is of no use then.
    public mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        guard connections.count == 0, messages.count == 0 else {
            throw .invalid(offset: reader.offset)
        }
        let isUsed = try restoreMessages(from: &reader)
        for _ in 0..<(try reader.readCount(minimumBytesEach: 100)) {
            let flow = try reader.read(Int32.self)
            guard flow >= 0, flow < CallAssembler.slotLimit, connection(of: flow) < 0 else {
                throw .invalid(offset: reader.offset)
            }
            while connectionOfFlow.count <= Int(flow) { connectionOfFlow.append(-1) }
            let (handle, isReused) = connections.claim { Connection() }
            if isReused { connections[handle].reset() }
            try connections[handle].restore(from: &reader, messagesBelow: messages.highWater)
            try restoreExtra(handle, from: &reader)
            connectionOfFlow[Int(flow)] = handle
        }
        // Every message belongs to one connection, and every connection's messages were there.
        var isOwned = Array(repeating: false, count: isUsed.count)
        var isSound = true
        for handle in connectionOfFlow where handle >= 0 {
            forEachMessage(of: handle) { slot in
                if slot < 0 || Int(slot) >= isUsed.count || !isUsed[Int(slot)] || isOwned[Int(slot)]
                {
                    isSound = false
                } else {
                    isOwned[Int(slot)] = true
                }
            }
        }
        guard isSound, isOwned == isUsed else { throw .invalid(offset: reader.offset) }
        heldByteCount = countHeld()
    }

    mutating func restoreMessages(
        from reader: inout SnapshotReader
    ) throws(SnapshotError) -> [Bool] {
        var isUsed: [Bool] = []
        for _ in 0..<(try reader.readCount(minimumBytesEach: 100)) {
            let slot = try reader.read(Int32.self)
            guard slot >= 0, slot < CallAssembler.slotLimit else {
                throw .invalid(offset: reader.offset)
            }
            while messages.highWater <= Int(slot) {
                _ = messages.claim { Message() }
                isUsed.append(false)
            }
            guard !isUsed[Int(slot)] else { throw .invalid(offset: reader.offset) }
            isUsed[Int(slot)] = true
            try messages[slot].restore(from: &reader)
        }
        for slot in isUsed.indices.reversed() where !isUsed[slot] { messages.release(Int32(slot)) }
        return isUsed
    }

    mutating func restoreExtra(
        _ handle: Int32, from reader: inout SnapshotReader
    ) throws(SnapshotError) {
        switch connections[handle].mode {
        case .http2:
            let state = try HTTP2Connection(
                restoring: &reader, messages: &messages, limits: http2Limits)
            let (slot, _) = http2.claim { HTTP2Connection() }
            http2[slot] = state
            connections[handle].extra = slot
        case .webSocket:
            let (slot, _) = webSockets.claim { WebSocketConversation() }
            webSockets[slot] = WebSocketConversation()
            connections[handle].extra = slot
            setLimits(slot)
            try webSockets[slot].restore(from: &reader, messagesBelow: messages.highWater)
        case .http1, .tls, .tunnel, .other: return
        }
    }

    // What `heldByteCount` is between deliveries.
    func countHeld() -> Int {
        var count = 0
        for handle in connectionOfFlow where handle >= 0 {
            count += connections[handle].heldByteCount
            connections[handle].forEachMessage { count += held($0) }
            switch connections[handle].mode {
            case .http2: count += http2[connections[handle].extra].heldByteCount
            case .webSocket:
                let slot = connections[handle].extra
                count +=
                    webSockets[slot].heldByteCount + held(webSockets[slot].request)
                    + held(webSockets[slot].response)
            case .http1, .tls, .tunnel, .other: continue
            }
        }
        return count
    }
}
