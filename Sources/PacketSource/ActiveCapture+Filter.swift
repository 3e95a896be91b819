// The filter of an open ring, and its replacement while packets come in.
//
// Rule: a replacement loses nothing that both filters want. SO_ATTACH_FILTER swaps programs between
// two packets, while pcap_setfilter refuses everything for a moment, to empty the socket; and what
// lies in the ring passes as it came, since libpcap looks at packets again only after a
// pcap_setfilter. So programs are attached here, and libpcap's call is left for kernels that take
// no program: then libpcap filters behind the ring. Linux net/core/filter.c; pcap-linux.c.

import CPcap

extension ActiveCapture {
    /// Puts the first program in place of the one that refuses everything.
    mutating func installFirst(_ filter: KernelFilter) throws(CaptureError) {
        let compiled = try filter.compile(for: handle, linkType: linkType)
        if let program = compiled.forSocket(linkType: linkType), attaches(program) {
            self.program = program
        } else {
            try compiled.install(on: handle, filter: filter.userExpression)
        }
    }

    /// Lets through what another filter wants, from the next packet on.
    ///
    /// What both filters want is never refused meanwhile. On an error the old filter stays.
    ///
    /// - Throws: `CaptureError.invalidFilter` when it cannot be compiled or the kernel refuses it.
    public mutating func replaceFilter(_ filter: KernelFilter) throws(CaptureError) {
        let compiled = try filter.compile(for: handle, linkType: linkType)
        guard let old = program else {
            try compiled.install(on: handle, filter: filter.userExpression)
            return
        }
        guard let new = compiled.forSocket(linkType: linkType) else {
            throw .invalidFilter(
                text: filter.userExpression,
                detail: "it reads what the kernel cannot show on \(interface)")
        }
        if !attaches(new) {
            // The kernel limits the memory of both together: for a moment everything passes.
            try SocketFilter.attach(.acceptAll, to: fileDescriptor, subject: interface)
            guard attaches(new) else {
                try SocketFilter.attach(old, to: fileDescriptor, subject: interface)
                throw .invalidFilter(
                    text: filter.userExpression,
                    detail: "the kernel does not take its \(new.instructions.count) instructions")
            }
        }
        program = new
    }

    private func attaches(_ program: BPFProgram) -> Bool {
        do throws(CaptureError) {
            try SocketFilter.attach(program, to: fileDescriptor, subject: interface)
            return true
        } catch {
            return false
        }
    }
}

extension BPFProgram {
    /// A program that lets everything through, whole.
    static let acceptAll = BPFProgram(
        instructions: [
            BPFInstruction(
                code: BPFInstruction.returnConstant, jumpTrue: 0, jumpFalse: 0, k: wholePacket)
        ])

    /// What a program answers for a packet it wants: more than any packet has.
    static let wholePacket: UInt32 = 262_144

    /// The program as a packet socket runs it: wanted packets pass whole, and on a cooked device,
    /// whose socket shows no link header, loads are moved to where the kernel keeps what they want.
    ///
    /// - Returns: nil when it reads a part of the cooked header that the kernel does not show.
    func forSocket(linkType: UInt16) -> BPFProgram? {
        var result = self
        for index in result.instructions.indices {
            let instruction = result.instructions[index]
            if instruction.code == BPFInstruction.returnConstant, instruction.k != 0 {
                result.instructions[index].k = Self.wholePacket
            }
            if instruction.readsPacket {
                guard let offset = Self.socketOffset(instruction.k, linkType: linkType) else {
                    return nil
                }
                result.instructions[index].k = offset
            }
        }
        return result
    }

    /// Where a cooked packet's byte is for the kernel; pcap-linux.c, fix_offset.
    private static func socketOffset(_ offset: UInt32, linkType: UInt16) -> UInt32? {
        // Negative offsets are the kernel's own already.
        if offset >= ancillary { return offset }
        switch (linkType, offset) {
        case (LinkTypeNumber.linuxCooked, 16...): return offset - 16
        case (LinkTypeNumber.linuxCooked, 0): return ancillary + 4
        case (LinkTypeNumber.linuxCooked, 14): return ancillary
        case (LinkTypeNumber.linuxCooked2, 20...): return offset - 20
        case (LinkTypeNumber.linuxCooked2, 0): return ancillary
        case (LinkTypeNumber.linuxCooked2, 4): return ancillary + 8
        case (LinkTypeNumber.linuxCooked2, 8): return ancillary + 28
        case (LinkTypeNumber.linuxCooked2, 10): return ancillary + 4
        case (LinkTypeNumber.linuxCooked, _), (LinkTypeNumber.linuxCooked2, _): return nil
        case _: return offset
        }
    }

    /// SKF_AD_OFF: protocol at 0, packet type at 4, interface at 8, hardware type at 28.
    private static let ancillary: UInt32 = 0xFFFF_F000
}

extension BPFInstruction {
    /// Whether it loads from the packet: LD or LDX in the modes ABS, IND and MSH.
    var readsPacket: Bool {
        let (kind, mode) = (code & 0x07, code & 0xE0)
        return kind <= 0x01 && (mode == 0x20 || mode == 0x40 || mode == 0xA0)
    }
}
