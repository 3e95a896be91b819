// A connection in a snapshot. Messages are named by their slots: the assembler saves them.

import Bytes
import HTTP
import Reassembly
import Wire

extension Connection {
    func save(to buffer: inout ByteBuffer) {
        buffer.append(mode.rawValue)
        buffer.append(snapshot: description)
        streams[0].save(to: &buffer)
        streams[1].save(to: &buffer)
        buffer.append(littleEndian: UInt32(exchanges.count))
        for exchange in exchanges { exchange.save(to: &buffer) }
        buffer.append(client.map { $0.rawValue } ?? 2)
        buffer.append(snapshot: isDisturbed)
        buffer.append(snapshot: isBehindGap[0])
        buffer.append(snapshot: isBehindGap[1])
        buffer.append(snapshot: isInSync)
        buffer.append(snapshot: isPipelining)
        buffer.append(snapshot: hasHTTP)
        for side in 0..<2 {
            buffer.append(littleEndian: delivered[side])
            buffer.append(littleEndian: UInt64(toSkip[side]))
            buffer.append(snapshotBytes: undecided[side].span)
        }
    }

    /// Reads a connection back in place of this one, which is as good as new.
    ///
    /// - Parameter limit: Slots of messages are below it.
    mutating func restore(
        from reader: inout SnapshotReader, messagesBelow limit: Int
    ) throws(SnapshotError) {
        guard let mode = Mode(rawValue: try reader.read(UInt8.self)) else {
            throw .invalid(offset: reader.offset)
        }
        self.mode = mode
        description = try FlowDescription(snapshot: &reader)
        for side in 0..<2 {
            try streams[side].restore(from: &reader)
            guard Int(streams[side].message) < limit else { throw .invalid(offset: reader.offset) }
        }
        exchanges.removeAll(keepingCapacity: true)
        for _ in 0..<(try reader.readCount(minimumBytesEach: 28)) {
            exchanges.append(try Exchange(restoring: &reader, messagesBelow: limit))
        }
        let client = try reader.read(UInt8.self)
        guard client <= 2 else { throw .invalid(offset: reader.offset) }
        self.client = Direction(rawValue: client)
        isDisturbed = try reader.readBool()
        isBehindGap[0] = try reader.readBool()
        isBehindGap[1] = try reader.readBool()
        isInSync = try reader.readBool()
        isPipelining = try reader.readBool()
        hasHTTP = try reader.readBool()
        for side in 0..<2 {
            delivered[side] = try reader.read(UInt64.self)
            let count = try reader.read(UInt64.self)
            guard count < 1 << 32 else { throw .invalid(offset: reader.offset) }
            toSkip[side] = Int(count)
            try reader.readBytes(into: &undecided[side])
        }
    }

    /// The slots of its messages, each once, in a fixed order.
    func forEachMessage(_ body: (Int32) -> Void) {
        for exchange in exchanges {
            if exchange.request >= 0 { body(exchange.request) }
            if exchange.response >= 0 { body(exchange.response) }
            if exchange.interim >= 0 { body(exchange.interim) }
        }
        for side in 0..<2 {
            let message = streams[side].message
            if message >= 0, !exchanges.contains(where: { $0.has(message) }) { body(message) }
        }
    }
}

extension Exchange {
    func has(_ message: Int32) -> Bool {
        request == message || response == message || interim == message
    }

    func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: request)
        buffer.append(littleEndian: response)
        buffer.append(littleEndian: interim)
        buffer.append(snapshot: isRequestDone)
        buffer.append(snapshot: isResponseDone)
        buffer.append(snapshot: isHead)
        buffer.append(snapshot: isConnect)
        buffer.append(snapshot: isBehindGap)
        buffer.append(littleEndian: pieceCount)
        buffer.append(littleEndian: UInt64(saidByteCount))
    }

    init(
        restoring reader: inout SnapshotReader, messagesBelow limit: Int
    ) throws(SnapshotError) {
        self.init()
        request = try reader.read(Int32.self)
        response = try reader.read(Int32.self)
        interim = try reader.read(Int32.self)
        isRequestDone = try reader.readBool()
        isResponseDone = try reader.readBool()
        isHead = try reader.readBool()
        isConnect = try reader.readBool()
        isBehindGap = try reader.readBool()
        pieceCount = try reader.read(UInt32.self)
        let said = try reader.read(UInt64.self)
        guard max(request, response, interim) < limit, min(request, response, interim) >= -1,
            max(request, response) >= 0, said < 1 << 32
        else { throw .invalid(offset: reader.offset) }
        saidByteCount = Int(said)
    }
}

extension ByteBuffer {
    mutating func append(snapshot description: FlowDescription) {
        append(snapshot: description.originator)
        append(snapshot: description.responder)
        append(snapshot: description.encapsulation)
        append(snapshot: description.otherEncapsulation != nil)
        append(snapshot: description.otherEncapsulation ?? Encapsulation())
        append(littleEndian: description.firstPacket.nanoseconds)
    }

    mutating func append(snapshot endpoint: Endpoint) {
        append(littleEndian: endpoint.address.bits)
        append(littleEndian: endpoint.port)
    }

    // Numbers are 24 bits wide: all ones stands for none.
    mutating func append(snapshot encapsulation: Encapsulation) {
        append(littleEndian: encapsulation.vni ?? .max)
        append(littleEndian: encapsulation.vlan ?? .max)
    }
}

extension FlowDescription {
    init(snapshot reader: inout SnapshotReader) throws(SnapshotError) {
        let originator = try Endpoint(snapshot: &reader)
        let responder = try Endpoint(snapshot: &reader)
        let encapsulation = try Encapsulation(snapshot: &reader)
        let hasOther = try reader.readBool()
        let other = try Encapsulation(snapshot: &reader)
        self.init(
            originator: originator, responder: responder, encapsulation: encapsulation,
            otherEncapsulation: hasOther ? other : nil,
            firstPacket: Timestamp(nanoseconds: try reader.read(Int64.self)))
    }
}

extension Endpoint {
    fileprivate init(snapshot reader: inout SnapshotReader) throws(SnapshotError) {
        let bits = try reader.read(UInt128.self)
        self.init(IPAddress(v6: bits), try reader.read(UInt16.self))
    }
}

extension Encapsulation {
    fileprivate init(snapshot reader: inout SnapshotReader) throws(SnapshotError) {
        let vni = try reader.read(UInt32.self)
        let vlan = try reader.read(UInt32.self)
        self.init(vni: vni == .max ? nil : vni, vlan: vlan == .max ? nil : vlan)
    }
}
