// The program by which the kernel deals packets out to lanes: PACKET_FANOUT_CBPF.
//
// Rule: both directions of a TCP flow get the same number, plain or in VXLAN: the XOR of the
// innermost addresses, and of the ports where the packet is TCP and no fragment. LaneHash does the
// same in Swift; tests hold the two together. packet(7); Linux net/core/filter.c.
//
// What a load finds at 0 differs: the kernel hands incoming packets over from what follows the
// EtherType, outgoing ones from the link header. Incoming ones are read relative to 0, which
// reaches paged data, too; outgoing ones relative to SKF_NET_OFF, which only reaches the linear
// part, where what this host sends has its headers.

/// Builds the program for given VXLAN ports.
struct LaneProgram {
    /// The scratch words.
    private enum Memory {
        static let hash: UInt32 = 0
        static let temporary: UInt32 = 1
        static let base: UInt32 = 2
    }

    static let ancillaryProtocol: UInt32 = 0xFFFF_F000
    static let ancillaryPacketType: UInt32 = 0xFFFF_F004
    static let networkOffset: UInt32 = 0xFFF0_0000
    static let outgoing: UInt32 = 4

    private var assembler = BPFAssembler()
    private let finish: BPFLabel
    private let vxlanPorts: [UInt16]

    /// The program; up to 16 VXLAN ports are looked into.
    static func make(vxlanPorts: [UInt16]) -> BPFProgram {
        var builder = LaneProgram(vxlanPorts: Array(vxlanPorts.prefix(16)))
        return builder.build()
    }

    private init(vxlanPorts: [UInt16]) {
        self.vxlanPorts = vxlanPorts
        finish = assembler.label()
    }

    private mutating func build() -> BPFProgram {
        let outgoing = assembler.label()
        let outgoingTagged = assembler.label()
        let network = assembler.label()
        assembler.set(0)
        assembler.store(Memory.hash)
        assembler.loadAncillary(Self.ancillaryPacketType)
        assembler.jumpIfEqual(Self.outgoing, outgoing)
        assembler.setX(0)
        assembler.loadAncillary(Self.ancillaryProtocol)
        assembler.jump(network)
        assembler.place(outgoing)
        assembler.setX(Self.networkOffset)
        assembler.loadAncillary(Self.ancillaryProtocol)
        assembler.jumpIfEqual(0x8100, outgoingTagged)
        assembler.jumpIfEqual(0x88A8, outgoingTagged)
        assembler.jump(network)
        assembler.place(outgoingTagged)
        // A tag in the data is behind the Ethernet header, and the network header may lie behind
        // it.
        assembler.setX(14)
        assembler.place(network)
        let inner = assembler.label()
        emitNetworkLayer(vxlan: vxlanPorts.isEmpty ? nil : inner)
        if !vxlanPorts.isEmpty {
            assembler.place(inner)
            emitNetworkLayer(vxlan: nil)
        }
        assembler.place(finish)
        emitMix()
        return assembler.program()
    }

    /// From an EtherType in A and what follows it at X to the end, or into a VXLAN tunnel.
    private mutating func emitNetworkLayer(vxlan: BPFLabel?) {
        let ipv4 = assembler.label()
        let ipv6 = assembler.label()
        for _ in 0..<2 {
            let tag = assembler.label()
            let noTag = assembler.label()
            assembler.jumpIfEqual(0x8100, tag)
            assembler.jumpIfEqual(0x88A8, tag)
            assembler.jump(noTag)
            assembler.place(tag)
            assembler.loadHalf(2)
            assembler.store(Memory.temporary)
            assembler.moveFromX()
            assembler.add(4)
            assembler.moveToX()
            assembler.recall(Memory.temporary)
            assembler.place(noTag)
        }
        assembler.jumpIfEqual(0x0800, ipv4)
        assembler.jumpIfEqual(0x86DD, ipv6)
        assembler.jump(finish)

        let transport = assembler.label()
        assembler.place(ipv4)
        assembler.storeX(Memory.base)
        emitXor(ofWordsAt: [12, 16])
        assembler.loadHalf(6)
        let whole = assembler.label()
        let fragment = assembler.label()
        assembler.jumpIfAnySet(0x3FFF, fragment)
        assembler.jump(whole)
        assembler.place(fragment)
        assembler.jump(finish)
        assembler.place(whole)
        assembler.loadByte(9)
        assembler.store(Memory.temporary)
        assembler.loadByte(0)
        assembler.and(0x0F)
        assembler.shiftLeft(2)
        assembler.addX()
        assembler.moveToX()
        assembler.recall(Memory.temporary)
        assembler.jump(transport)

        assembler.place(ipv6)
        assembler.storeX(Memory.base)
        emitXor(ofWordsAt: [8, 12, 16, 20, 24, 28, 32, 36])
        assembler.loadByte(6)
        assembler.store(Memory.temporary)
        assembler.moveFromX()
        assembler.add(40)
        assembler.moveToX()
        assembler.recall(Memory.temporary)
        assembler.place(transport)
        emitTransport(vxlan: vxlan)
    }

    /// hash = the XOR of the words; X stays.
    private mutating func emitXor(ofWordsAt offsets: [UInt32]) {
        assembler.set(0)
        assembler.store(Memory.hash)
        for offset in offsets {
            assembler.loadWord(offset)
            assembler.recallX(Memory.hash)
            assembler.xorX()
            assembler.store(Memory.hash)
            assembler.recallX(Memory.base)
        }
    }

    /// From a protocol number in A and the header behind IP at X.
    private mutating func emitTransport(vxlan: BPFLabel?) {
        let tcp = assembler.label()
        assembler.jumpIfEqual(6, tcp)
        if let vxlan {
            let udp = assembler.label()
            let tunnel = assembler.label()
            assembler.jumpIfEqual(17, udp)
            assembler.jump(finish)
            assembler.place(udp)
            assembler.loadHalf(2)
            for port in vxlanPorts { assembler.jumpIfEqual(UInt32(port), tunnel) }
            assembler.jump(finish)
            assembler.place(tunnel)
            // The tunnel's ends say nothing of the flow in it.
            assembler.set(0)
            assembler.store(Memory.hash)
            assembler.loadHalf(28)
            assembler.store(Memory.temporary)
            assembler.moveFromX()
            assembler.add(30)
            assembler.moveToX()
            assembler.recall(Memory.temporary)
            let end = assembler.label()
            assembler.jump(vxlan)
            assembler.place(tcp)
            emitPorts()
            assembler.jump(finish)
            assembler.place(end)
        } else {
            assembler.jump(finish)
            assembler.place(tcp)
            emitPorts()
            assembler.jump(finish)
        }
    }

    /// hash ^= (source port ^ destination port) * a large odd number.
    private mutating func emitPorts() {
        assembler.loadWord(0)
        assembler.store(Memory.temporary)
        assembler.shiftRight(16)
        assembler.moveToX()
        assembler.recall(Memory.temporary)
        assembler.and(0xFFFF)
        assembler.xorX()
        assembler.multiply(LaneHash.portMultiplier)
        assembler.recallX(Memory.hash)
        assembler.xorX()
        assembler.store(Memory.hash)
    }

    /// The answer: the hash with its bits spread (the finalizer of MurmurHash3).
    private mutating func emitMix() {
        assembler.recall(Memory.hash)
        for (shift, factor) in LaneHash.mixingSteps {
            assembler.moveToX()
            assembler.shiftRight(shift)
            assembler.xorX()
            if factor != 1 { assembler.multiply(factor) }
        }
        assembler.answerA()
    }
}
