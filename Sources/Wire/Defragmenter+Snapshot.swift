// The fragments held, saved and read back. Datagrams in order of arrival, their bytes in order of
// place: equal states give equal bytes.
//
// Layout, little-endian: count 4, then per datagram the key (source 16, destination 16,
// identification 4, protocol 4, VNI 4, VLAN 4), first and last time 8 each, protocol 4, length 4,
// fragments 4, captured ranges (count 4, start 4, end 4 each), missing ranges likewise, bytes.

public import Bytes

extension Defragmenter {
    /// Appends everything held.
    func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: UInt32(count))
        var slot = oldest
        while slot >= 0 {
            slots[slot].save(to: &buffer)
            slot = slots[slot].newer
        }
    }

    /// Replaces what is held by what was saved.
    @_lifetime(reader: copy reader)
    mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        while oldest >= 0 { release(oldest) }
        let count = try reader.readCount(minimumBytesEach: 88)
        for _ in 0..<count {
            let start = reader.offset
            let key = try FragmentKey(restoring: &reader)
            guard slotsByKey[key] == nil else { throw .invalid(offset: start) }
            let slot = append(key, at: Timestamp(nanoseconds: try reader.read(Int64.self)))
            heldBytes -= slots[slot].cost
            try slots[slot].restore(from: &reader)
            heldBytes += slots[slot].cost
        }
        updateExpiry()
    }
}

extension FragmentKey {
    func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: source.bits)
        buffer.append(littleEndian: destination.bits)
        for value in [identification, protocolNumber, vni, vlan] {
            buffer.append(littleEndian: value)
        }
    }

    @_lifetime(reader: copy reader)
    init(restoring reader: inout SnapshotReader) throws(SnapshotError) {
        let source = try reader.read(UInt128.self)
        let destination = try reader.read(UInt128.self)
        let identification = try reader.read(UInt32.self)
        let protocolNumber = try reader.read(UInt32.self)
        let vni = try reader.read(UInt32.self)
        let vlan = try reader.read(UInt32.self)
        self.init(
            source: IPAddress(v6: source), destination: IPAddress(v6: destination),
            identification: identification, protocolNumber: protocolNumber, vni: vni, vlan: vlan)
    }

    init(
        source: IPAddress, destination: IPAddress, identification: UInt32, protocolNumber: UInt32,
        vni: UInt32, vlan: UInt32
    ) {
        self.source = source
        self.destination = destination
        self.identification = identification
        self.protocolNumber = protocolNumber
        self.vni = vni
        self.vlan = vlan
    }
}

extension PartialDatagram {
    func save(to buffer: inout ByteBuffer) {
        key.save(to: &buffer)
        buffer.append(littleEndian: firstTime.nanoseconds)
        buffer.append(littleEndian: lastTime.nanoseconds)
        buffer.append(littleEndian: protocolNumber)
        buffer.append(littleEndian: byteCount)
        buffer.append(littleEndian: UInt32(fragmentCount))
        PartialDatagram.save(pieces, to: &buffer)
        PartialDatagram.save(missing, to: &buffer)
        buffer.append(littleEndian: UInt32(storage.count))
        for piece in pieces {
            let length = Int(piece.end - piece.start)
            buffer.append(storage.span(from: Int(piece.storageOffset), count: length))
        }
    }

    static func save(_ ranges: [FragmentPiece], to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: UInt32(ranges.count))
        for range in ranges {
            buffer.append(littleEndian: range.start)
            buffer.append(littleEndian: range.end)
        }
    }

    /// Reads all but the key and the first time.
    @_lifetime(reader: copy reader)
    mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        lastTime = Timestamp(nanoseconds: try reader.read(Int64.self))
        protocolNumber = try reader.read(UInt32.self)
        let start = reader.offset
        byteCount = try reader.read(Int32.self)
        fragmentCount = Int(try reader.read(UInt32.self))
        pieces = try PartialDatagram.readRanges(&reader)
        missing = try PartialDatagram.readRanges(&reader)
        try reader.readBytes(into: &storage)
        guard byteCount >= -1, Int(byteCount) <= Defragmenter.maximumByteCount else {
            throw .invalid(offset: start)
        }
        var end: Int32 = 0
        var offset: Int32 = 0
        for index in pieces.indices {
            guard pieces[index].start >= end else { throw .invalid(offset: start) }
            end = pieces[index].end
            pieces[index].storageOffset = offset
            offset += end - pieces[index].start
        }
        guard Int(offset) == storage.count else { throw .invalid(offset: start) }
    }

    @_lifetime(reader: copy reader)
    static func readRanges(
        _ reader: inout SnapshotReader
    ) throws(SnapshotError) -> [FragmentPiece] {
        let count = try reader.readCount(minimumBytesEach: 8)
        var ranges: [FragmentPiece] = []
        for _ in 0..<count {
            let offset = reader.offset
            let start = try reader.read(Int32.self)
            let end = try reader.read(Int32.self)
            guard start >= 0, end > start, Int(end) <= Defragmenter.maximumByteCount else {
                throw .invalid(offset: offset)
            }
            ranges.append(FragmentPiece(start: start, end: end))
        }
        return ranges
    }
}

extension PacketDecoder {
    /// Appends the state that lives across packets: the fragments held. Counters are not part of
    /// it.
    public func save(to buffer: inout ByteBuffer) { defragmenter.save(to: &buffer) }

    /// Replaces the fragments held by those that were saved.
    ///
    /// - Parameter reader: Stands where `save(to:)` began to write.
    /// - Throws: `SnapshotError` when the bytes are damaged; some fragments may be held then.
    @_lifetime(reader: copy reader)
    public mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        try defragmenter.restore(from: &reader)
    }
}
