// A table with a log behind it, and two ends that talk: `client` from 1000 on, `server` from 5000
// on.

import Bytes
import Reassembly
import Wire

final class Scene {
    var table: FlowTable
    var log = EventLog()
    /// Packet time in seconds.
    var time = 100.0
    var vni: UInt32?
    var clientPort: UInt16 = 40_000
    private var number: UInt64 = 0

    init(_ change: (inout ReassemblyOptions) -> Void = { _ in }) {
        var options = ReassemblyOptions()
        change(&options)
        table = FlowTable(options, seed: 7)
    }

    static let server = Endpoint(IPAddress(v4: 0x0A00_0002), 80)

    var client: Endpoint { Endpoint(IPAddress(v4: 0x0A00_0001), clientPort) }

    func send(
        fromClient: Bool, _ sequence: UInt32, _ text: String, ack: UInt32?, _ flags: TCPFlags,
        missing: Int, at moment: Double?, segment: UInt64
    ) {
        number += 1
        let packet = TCPPacket(
            timestamp: Timestamp(nanoseconds: Int64((moment ?? time) * 1e9)),
            location: PacketLocation(segment: segment, number: number),
            source: fromClient ? client : Scene.server,
            destination: fromClient ? Scene.server : client,
            encapsulation: Encapsulation(vni: vni), sequence: SequenceNumber(sequence),
            acknowledgement: SequenceNumber(ack ?? 0),
            flags: ack == nil ? flags : flags.union(.ack), missingByteCount: missing)
        let bytes = Array(text.utf8)
        table.receive(packet, payload: bytes.span, into: &log)
        let counters = table.counters
        if !HostileTests.isBalanced(counters, table.heldPayloadByteCount) {
            log.faults.append("the balance is wrong")
        }
    }

    /// A packet from the client.
    func c(
        _ sequence: UInt32, _ text: String = "", ack: UInt32? = nil, _ flags: TCPFlags = [],
        missing: Int = 0, at moment: Double? = nil, segment: UInt64 = 1
    ) {
        send(
            fromClient: true, sequence, text, ack: ack, flags, missing: missing, at: moment,
            segment: segment)
    }

    /// A packet from the server.
    func s(
        _ sequence: UInt32, _ text: String = "", ack: UInt32? = nil, _ flags: TCPFlags = [],
        missing: Int = 0, at moment: Double? = nil, segment: UInt64 = 1
    ) {
        send(
            fromClient: false, sequence, text, ack: ack, flags, missing: missing, at: moment,
            segment: segment)
    }

    /// The three segments of a handshake: data begin at 1001 and 5001.
    func handshake(client: UInt32 = 1000, server: UInt32 = 5000) {
        c(client, "", .syn)
        s(server, ack: client &+ 1, .syn)
        c(client &+ 1, ack: server &+ 1)
    }

    /// Packet time moves on.
    func wait(_ seconds: Double) {
        time += seconds
        table.advance(to: Timestamp(nanoseconds: Int64(time * 1e9)), into: &log)
    }

    func drain() { table.drain(into: &log) }

    /// What was told since the last call, without the beginnings of flows.
    func news() -> [String] {
        let news = log.news + log.faults.map { "FAULT \($0)" }
        log.lines = []
        return news
    }
}
