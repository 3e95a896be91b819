// The whole table, saved between two packets and read back: it goes on as if nothing had been.
//
// Layout, little-endian: version 1, clock 8, leap 20, set back 24, counters 8 each, number of slots
// 4, the three lists (count 4, then per flow its handle 4 and its state), the free slots (handle 4
// each) from the one freed last. Index, heap and sums are rebuilt. Reading checks whatever could
// later trap or loop.

public import Bytes
import Wire

extension FlowTable {
    static let snapshotVersion: UInt8 = 3

    /// Appends the whole state. Not from inside a consumer's call.
    public func save(to buffer: inout ByteBuffer) {
        buffer.append(FlowTable.snapshotVersion)
        buffer.append(littleEndian: clock.nanoseconds)
        buffer.append(littleEndian: leap.time.nanoseconds)
        buffer.append(littleEndian: leap.packet)
        buffer.append(littleEndian: leap.tag)
        buffer.append(littleEndian: setBack.time.nanoseconds)
        buffer.append(littleEndian: setBack.packet)
        buffer.append(littleEndian: setBack.count)
        for field in ReassemblyCounters.fields {
            buffer.append(littleEndian: counters[keyPath: field])
        }
        buffer.append(littleEndian: UInt32(flows.highWater))
        for list in 0..<3 {
            var count: UInt32 = 0
            let start = buffer.count
            buffer.append(littleEndian: count)
            var handle = oldest[list]
            while handle >= 0 {
                count += 1
                buffer.append(littleEndian: handle)
                flows[handle].save(to: &buffer)
                for direction in 0..<2 { saveHeld(handle, direction, to: &buffer) }
                handle = flows[handle].following
            }
            buffer.store(littleEndian: count, at: start)
        }
        var handle = lastFreed
        while handle >= 0 {
            buffer.append(littleEndian: handle)
            handle = flows[handle].following
        }
    }

    func saveHeld(_ handle: Int32, _ direction: Int, to buffer: inout ByteBuffer) {
        buffer.append(littleEndian: UInt32(flows[handle].halves[direction].heldCount))
        var slot = flows[handle].halves[direction].firstHeld
        while slot >= 0 {
            held[slot].save(to: &buffer)
            slot = held[slot].next
        }
    }

    /// Reads a table back that `save(to:)` wrote.
    ///
    /// - Parameters:
    ///   - options: The limits; those in use when it was saved, for the same results.
    ///   - seed: Keys the hash; any will do.
    ///   - reader: Stands where `save(to:)` began to write.
    /// - Throws: `SnapshotError` when the bytes are damaged.
    @_lifetime(reader: copy reader)
    public init(
        _ options: ReassemblyOptions, seed: UInt64, restoring reader: inout SnapshotReader
    ) throws(SnapshotError) {
        self.init(options, seed: seed)
        guard try reader.read(UInt8.self) == FlowTable.snapshotVersion else {
            throw .invalid(offset: reader.offset - 1)
        }
        clock = Timestamp(nanoseconds: try reader.read(Int64.self))
        leap.time = Timestamp(nanoseconds: try reader.read(Int64.self))
        leap.packet = try reader.read(UInt64.self)
        leap.tag = try reader.read(UInt32.self)
        setBack.time = Timestamp(nanoseconds: try reader.read(Int64.self))
        setBack.packet = try reader.read(UInt64.self)
        setBack.count = try reader.read(UInt64.self)
        for field in ReassemblyCounters.fields {
            counters[keyPath: field] = try reader.read(UInt64.self)
        }
        let slots = try reader.readCount(minimumBytesEach: 4)
        let nobody = Endpoint(IPAddress(v4: 0), 0)
        let blank = TCPPacket(
            timestamp: clock, source: nobody, destination: nobody, sequence: SequenceNumber(0),
            acknowledgement: SequenceNumber(0), flags: [])
        for _ in 0..<slots {
            var flow = Flow(from: nobody, to: nobody, blank, 0)
            flow.state = .free
            _ = flows.claim { flow }
        }
        var rest = slots
        for list in [Flow.List.quiet, .established, .lingering] {
            let count = try reader.readCount(minimumBytesEach: 200)
            guard count <= rest else { throw .invalid(offset: reader.offset - 4) }
            rest -= count
            for _ in 0..<count { try restoreFlow(list, from: &reader) }
        }
        try restoreFreeSlots(rest, from: &reader)
        wake = .distantPast
    }

    @_lifetime(reader: copy reader)
    mutating func readHandle(
        from reader: inout SnapshotReader
    ) throws(SnapshotError) -> Int32 {
        let handle = try reader.read(Int32.self)
        guard handle >= 0, Int(handle) < flows.highWater, flows[handle].state == .free,
            flows[handle].previous == -1
        else { throw .invalid(offset: reader.offset - 4) }
        return handle
    }

    @_lifetime(reader: copy reader)
    mutating func restoreFlow(
        _ list: Flow.List, from reader: inout SnapshotReader
    ) throws(SnapshotError) {
        let handle = try readHandle(from: &reader)
        let start = reader.offset
        try flows[handle].restore(from: &reader)
        let isLingering = flows[handle].state == .lingering
        guard flows[handle].lastActivity <= clock, isLingering == (list == .lingering) else {
            throw .invalid(offset: start)
        }
        for direction in 0..<2 {
            try restoreHeld(handle, direction, from: &reader)
            guard flows[handle].halves[direction].isWaiting else { continue }
            guard isFollowed(handle) else { throw .invalid(offset: start) }
            wait(handle, direction, since: flows[handle].halves[direction].waitingSince)
        }
        let packet = TCPPacket(
            timestamp: clock, source: flows[handle].description.originator,
            destination: flows[handle].description.responder, sequence: SequenceNumber(0),
            acknowledgement: SequenceNumber(0), flags: [])
        flows[handle].tag = tag(packet)
        index.insert(flows[handle].tag, handle)
        link(handle, list)
        flows[handle].notePlain()
    }

    @_lifetime(reader: copy reader)
    mutating func restoreHeld(
        _ handle: Int32, _ direction: Int, from reader: inout SnapshotReader
    ) throws(SnapshotError) {
        let start = reader.offset
        let count = try reader.readCount(minimumBytesEach: 60)
        guard count == 0 || isFollowed(handle) else { throw .invalid(offset: start) }
        var (previous, end): (Int32, UInt64) = (-1, 0)
        for _ in 0..<count {
            let offset = reader.offset
            let (slot, _) = held.claim { HeldSegment() }
            try held[slot].restore(from: &reader)
            guard held[slot].place >= end else { throw .invalid(offset: offset) }
            end = held[slot].end
            append(slot, handle, direction, after: previous)
            previous = slot
        }
    }

    @_lifetime(reader: copy reader)
    mutating func restoreFreeSlots(
        _ count: Int, from reader: inout SnapshotReader
    ) throws(SnapshotError) {
        var handles: [Int32] = []
        for _ in 0..<count {
            let handle = try readHandle(from: &reader)
            // Marks it as read.
            flows[handle].previous = -2
            handles.append(handle)
        }
        for handle in handles.reversed() {
            flows[handle].previous = -1
            flows[handle].following = lastFreed
            lastFreed = handle
            flows.release(handle)
        }
    }
}
