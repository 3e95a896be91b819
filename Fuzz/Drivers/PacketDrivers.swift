// Capture files, packets, TCP segments.

import Bytes
import CaptureFile
import Reassembly
import Wire

func fuzzCapture(_ input: Span<UInt8>) {
    var parser = CaptureFileParser()
    var offset = 0
    while true {
        switch parser.next(in: input, at: offset, isComplete: true) {
        case .packet(let packet):
            precondition(packet.nextOffset > offset && packet.nextOffset <= input.count, "inside")
            offset = packet.nextOffset
        case .interfaceStatistics(let next), .skipped(let next):
            precondition(next > offset && next <= input.count, "forwards and inside")
            offset = next
        case .failed:
            guard let next = parser.resynchronise(in: input, from: offset + 1) else { return }
            precondition(next > offset && next <= input.count, "forwards and inside")
            parser.skip(next - offset)
            offset = next
        case .needMore, .end, .truncated: return
        }
        precondition(parser.interfaces.count <= CaptureFileParser.maximumInterfaces, "the limit")
    }
}

private struct SegmentCount: TCPPacketHandler {
    var segments = 0

    mutating func handle(_ packet: TCPPacket, payload: Span<UInt8>) {
        precondition(packet.missingByteCount >= 0, "nothing is less than missing")
        segments += 1
    }
}

/// The first bytes choose the link type; chunks are packets, so that fragments meet.
func fuzzPacket(_ input: Span<UInt8>) {
    guard input.count > 2 else { return }
    var decoder = PacketDecoder(DecoderOptions())
    var handler = SegmentCount()
    let link = LinkType(UInt32(input[0]))
    var chunks = Chunks(input, from: 1)
    var time: Int64 = 0
    while let chunk = chunks.next() {
        time += Int64(chunk.kind & 0x3F) * 100_000_000
        let more = chunk.kind & 0x80 != 0 ? Int(chunk.kind & 0x7F) * 16 : 0
        let header = PacketHeader(
            timestamp: Timestamp(nanoseconds: time), originalByteCount: chunk.count + more,
            linkType: link)
        decoder.decode(input.slice(chunk.start, chunk.count), header, into: &handler)
    }
    let counters = decoder.counters
    let fates = PacketFate.allCases.reduce(0) { $0 + counters[$1].packets }
    precondition(fates == counters.total.packets, "every packet has one fate")
}

/// Checks what a consumer of streams may rely on.
private struct StreamCheck: StreamConsumer {
    var next: [[UInt64]] = []
    var isOpen: [Bool] = []
    var delivered: UInt64 = 0

    private mutating func reserve(_ flow: FlowID) {
        while next.count <= Int(flow) {
            next.append([0, 0])
            isOpen.append(false)
        }
    }

    mutating func flowDescribed(_ flow: FlowID, _ description: FlowDescription, isNew: Bool) {
        reserve(flow)
        precondition(isNew != isOpen[Int(flow)], "new once")
        if isNew { next[Int(flow)] = [0, 0] }
        isOpen[Int(flow)] = true
    }

    mutating func deliver(_ bytes: Span<UInt8>, at position: StreamPosition) {
        pass(UInt64(bytes.count), position)
        delivered &+= UInt64(bytes.count)
    }

    mutating func gap(_ byteCount: UInt64, cause: GapCause, at position: StreamPosition) {
        pass(byteCount, position)
    }

    private mutating func pass(_ count: UInt64, _ position: StreamPosition) {
        let side = Int(position.direction.rawValue)
        precondition(isOpen[Int(position.flow)] && count > 0, "described and not empty")
        precondition(next[Int(position.flow)][side] == position.offset, "each byte once, in order")
        next[Int(position.flow)][side] &+= count
    }

    mutating func streamEnded(
        _ flow: FlowID, _ direction: Direction, _ end: StreamEnd, at time: Timestamp
    ) { precondition(isOpen[Int(flow)], "open") }

    mutating func flowClosed(_ flow: FlowID, _ reason: CloseReason, at time: Timestamp) {
        precondition(isOpen[Int(flow)], "open")
        isOpen[Int(flow)] = false
    }
}

/// Eight bytes describe a segment of one of four connections; payload is what its place says.
func fuzzSegments(_ input: Span<UInt8>) {
    var options = ReassemblyOptions()
    options.heldBytesPerDirection = 8192
    options.heldBytes = 20_000
    options.flowLimit = 3
    var table = FlowTable(options, seed: 1)
    var check = StreamCheck()
    let payload = [UInt8](repeating: 0x41, count: 2048)
    var time: Int64 = 1_700_000_000_000_000_000
    var offset = 0
    while offset + 8 <= input.count {
        let head = input[offset]
        let isClient = head & 1 == 0
        time += Int64(input[offset + 1]) * Int64(input[offset + 1]) * 1_000_000
        if head & 0x80 != 0 { time += 700_000_000_000 }
        let client = Endpoint(IPAddress(v4: 0x0A00_0001), 1000 + UInt16(head >> 1 & 3))
        let server = Endpoint(IPAddress(v4: 0x0A00_0002), 80)
        let place = UInt32(input.bigEndian(UInt16.self, at: offset + 2))
        let read = UInt32(input.bigEndian(UInt16.self, at: offset + 4))
        let start = head & 0x08 != 0 ? UInt32.max - 4096 : 0
        let packet = TCPPacket(
            timestamp: Timestamp(nanoseconds: head & 0x40 != 0 ? time - 2_000_000_000 : time),
            source: isClient ? client : server, destination: isClient ? server : client,
            encapsulation: Encapsulation(vni: head & 0x10 != 0 ? 7 : nil),
            sequence: SequenceNumber(start &+ place),
            acknowledgement: SequenceNumber(start &+ read),
            flags: TCPFlags(rawValue: input[offset + 6] & 0x3F),
            missingByteCount: head & 0x20 != 0 ? Int(input[offset + 7]) : 0)
        let count = Int(input[offset + 7]) * 8
        table.receive(packet, payload: payload.span.slice(0, count), into: &check)
        precondition(table.flowCount <= 3 && table.heldByteCount <= 40_000, "limits hold")
        offset += 8
    }
    table.drain(into: &check)
    let counters = table.counters
    precondition(check.delivered == counters.deliveredBytes, "what was delivered was counted")
    precondition(
        counters.payloadBytes == counters.deliveredBytes + counters.retransmittedBytes
            + counters.overlapBytes + counters.afterEndBytes + counters.strayBytes,
        "every byte has one fate")
    precondition(!check.isOpen.contains(true), "everything is closed")
}
