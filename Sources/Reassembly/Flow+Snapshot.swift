// A flow's part of a snapshot: fields in the order of their declaration, one after the other.

import Bytes
import Wire

extension Flow {
    func save(to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: originator)
        buffer.append(littleEndian: responder)
        buffer.append(littleEndian: encapsulation.bits)
        buffer.append(littleEndian: otherEncapsulation.bits)
        buffer.append(littleEndian: originatorPort)
        buffer.append(littleEndian: responderPort)
        buffer.append(state.rawValue)
        buffer.append(snapshot: isAnnounced)
        buffer.append(snapshot: isOneSided)
        buffer.append(littleEndian: lastActivity.nanoseconds)
        buffer.append(littleEndian: firstPacket.nanoseconds)
        buffer.append(resetDirection)
        buffer.append(littleEndian: resetPlace)
        buffer.append(littleEndian: firstSegment)
        for direction in 0..<2 { halves[direction].save(to: &buffer) }
    }

    @_lifetime(reader: copy reader)
    mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        let start = reader.offset
        originator = try reader.read(UInt128.self)
        responder = try reader.read(UInt128.self)
        encapsulation = EncapsulationKey(bits: try reader.read(UInt64.self))
        otherEncapsulation = EncapsulationKey(bits: try reader.read(UInt64.self))
        originatorPort = try reader.read(UInt16.self)
        responderPort = try reader.read(UInt16.self)
        guard let state = State(rawValue: try reader.read(UInt8.self)), state != .free else {
            throw .invalid(offset: start)
        }
        self.state = state
        isAnnounced = try reader.readBool()
        isOneSided = try reader.readBool()
        lastActivity = Timestamp(nanoseconds: try reader.read(Int64.self))
        firstPacket = Timestamp(nanoseconds: try reader.read(Int64.self))
        resetDirection = try reader.read(UInt8.self)
        resetPlace = try reader.read(UInt64.self)
        firstSegment = try reader.read(UInt64.self)
        for direction in 0..<2 { try halves[direction].restore(from: &reader) }
        guard resetDirection < 2 else { throw .invalid(offset: start) }
    }
}

extension HalfStream {
    /// Where no place of a real stream comes near.
    static let placeLimit: UInt64 = 1 << 62

    func save(to buffer: inout ByteBuffer) {
        for place in [next, base, acknowledged, truncatedUntil, leastAcknowledged, finPlace] {
            buffer.append(littleEndian: place)
        }
        for number in [
            nextSequence, leastAcknowledgement, earlyAcknowledgement, initialSequence,
        ] {
            buffer.append(littleEndian: number.value)
        }
        for flag in [
            isSynchronized, isSeen, hasAnchor, hasSYN, isEnded, isEndAssumed,
            hasEarlyAcknowledgement, isWaiting,
        ] {
            buffer.append(snapshot: flag)
        }
        buffer.append(littleEndian: waitingSince.nanoseconds)
    }

    /// Reads all but what is held; a direction that waits has `heapIndex` 0 afterwards.
    @_lifetime(reader: copy reader)
    mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        let start = reader.offset
        next = try reader.read(UInt64.self)
        base = try reader.read(UInt64.self)
        acknowledged = try reader.read(UInt64.self)
        truncatedUntil = try reader.read(UInt64.self)
        leastAcknowledged = try reader.read(UInt64.self)
        finPlace = try reader.read(UInt64.self)
        nextSequence.value = try reader.read(UInt32.self)
        leastAcknowledgement.value = try reader.read(UInt32.self)
        earlyAcknowledgement.value = try reader.read(UInt32.self)
        initialSequence.value = try reader.read(UInt32.self)
        isSynchronized = try reader.readBool()
        isSeen = try reader.readBool()
        hasAnchor = try reader.readBool()
        hasSYN = try reader.readBool()
        isEnded = try reader.readBool()
        isEndAssumed = try reader.readBool()
        hasEarlyAcknowledgement = try reader.readBool()
        heapIndex = try reader.readBool() ? 0 : -1
        waitingSince = Timestamp(nanoseconds: try reader.read(Int64.self))
        let limit = HalfStream.placeLimit
        guard next < limit, base <= next, acknowledged < limit, truncatedUntil < limit,
            finPlace < limit || !hasFIN
        else { throw .invalid(offset: start) }
    }
}

extension HeldSegment {
    func save(to buffer: inout ByteBuffer) {
        for value in [place, missing, location.segment, location.number] {
            buffer.append(littleEndian: value)
        }
        buffer.append(littleEndian: timestamp.nanoseconds)
        buffer.append(littleEndian: arrival.nanoseconds)
        buffer.append(littleEndian: acknowledgement.value)
        buffer.append(snapshot: hasAcknowledgement)
        buffer.append(snapshotBytes: bytes.span)
    }

    @_lifetime(reader: copy reader)
    mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        let start = reader.offset
        place = try reader.read(UInt64.self)
        missing = try reader.read(UInt64.self)
        location.segment = try reader.read(UInt64.self)
        location.number = try reader.read(UInt64.self)
        timestamp = Timestamp(nanoseconds: try reader.read(Int64.self))
        arrival = Timestamp(nanoseconds: try reader.read(Int64.self))
        acknowledgement.value = try reader.read(UInt32.self)
        hasAcknowledgement = try reader.readBool()
        try reader.readBytes(into: &bytes)
        guard place < HalfStream.placeLimit, missing <= UInt64(UInt32.max) else {
            throw .invalid(offset: start)
        }
    }
}
