// Classic BPF as the kernel runs it on a packet, for LaneProgram: the loads relative to what the
// kernel calls the packet's start, to the network header, and the ancillary ones.

@testable import PacketSource

struct BPFInterpreter {
    /// What the kernel knows of a packet.
    struct Packet {
        /// The bytes from the packet's start as the program sees it.
        var bytes: [UInt8]
        /// Where the network header is in `bytes`.
        var networkOffset: Int
        var protocolNumber: UInt16
        var packetType: UInt32

        /// A received Ethernet frame: a first VLAN tag is taken off, the start is behind the type.
        static func received(_ frame: [UInt8]) -> Packet {
            var type = UInt16(frame[12]) << 8 | UInt16(frame[13])
            var start = 14
            if type == 0x8100 || type == 0x88A8 {
                type = UInt16(frame[16]) << 8 | UInt16(frame[17])
                start = 18
            }
            return Packet(
                bytes: Array(frame[start...]), networkOffset: 0, protocolNumber: type, packetType: 0
            )
        }

        /// A sent Ethernet frame: the start is the link header; tags are in the data.
        static func sent(_ frame: [UInt8]) -> Packet {
            let type = UInt16(frame[12]) << 8 | UInt16(frame[13])
            var network = 14
            var inner = type
            while inner == 0x8100 || inner == 0x88A8 {
                inner = UInt16(frame[network + 2]) << 8 | UInt16(frame[network + 3])
                network += 4
            }
            return Packet(
                bytes: frame, networkOffset: network, protocolNumber: type, packetType: 4)
        }
    }

    /// Runs a program; a load behind the end answers 0.
    static func run(_ program: BPFProgram, on packet: Packet) -> UInt32 {
        var a: UInt32 = 0
        var x: UInt32 = 0
        var memory = [UInt32](repeating: 0, count: 16)
        var counter = 0
        func load(_ place: UInt32, _ width: Int) -> UInt32? {
            if place == 0xFFFF_F000 { return UInt32(packet.protocolNumber) }
            if place == 0xFFFF_F004 { return packet.packetType }
            var offset = Int(Int32(bitPattern: place))
            if offset < 0 { offset += 0x100000 + packet.networkOffset }
            guard offset >= 0, offset + width <= packet.bytes.count else { return nil }
            return packet.bytes[offset..<(offset + width)].reduce(0) { $0 << 8 | UInt32($1) }
        }
        while counter < program.instructions.count {
            let instruction = program.instructions[counter]
            let k = instruction.k
            counter += 1
            switch instruction.code {
            case 0x40, 0x48, 0x50, 0x28:
                let width = [0x40: 4, 0x48: 2, 0x50: 1, 0x28: 2][Int(instruction.code)] ?? 0
                guard let value = load(instruction.code == 0x28 ? k : x &+ k, width) else {
                    return 0
                }
                a = value
            case 0x00: a = k
            case 0x01: x = k
            case 0x60: a = memory[Int(k)]
            case 0x61: x = memory[Int(k)]
            case 0x02: memory[Int(k)] = a
            case 0x03: memory[Int(k)] = x
            case 0x07: x = a
            case 0x87: a = x
            case 0x04: a = a &+ k
            case 0x0C: a = a &+ x
            case 0x24: a = a &* k
            case 0x54: a &= k
            case 0x64: a = a << k
            case 0x74: a = a >> k
            case 0xAC: a ^= x
            case 0x05: counter += Int(k)
            case 0x15: counter += Int(a == k ? instruction.jumpTrue : instruction.jumpFalse)
            case 0x45: counter += Int(a & k != 0 ? instruction.jumpTrue : instruction.jumpFalse)
            case 0x06: return k
            case 0x16: return a
            case let other: preconditionFailure("instruction \(other) is not of LaneProgram's")
            }
        }
        preconditionFailure("a program ends with an answer")
    }
}
