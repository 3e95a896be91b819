// Classic BPF programs as values: compiled from text by libpcap, joined, installed, tried.

import CPcap

/// One instruction of classic BPF.
struct BPFInstruction: Equatable, Sendable, BitwiseCopyable {
    var code: UInt16
    var jumpTrue: UInt8
    var jumpFalse: UInt8
    var k: UInt32

    /// The instruction that ends a program with a constant.
    static let returnConstant: UInt16 = 0x06
    /// The unconditional jump.
    static let jumpAlways: UInt16 = 0x05
}

/// A program for the kernel's or libpcap's filter machine.
struct BPFProgram: Equatable, Sendable {
    var instructions: [BPFInstruction]

    /// A program that lets nothing through.
    static let refuseAll = BPFProgram(
        instructions: [
            BPFInstruction(code: BPFInstruction.returnConstant, jumpTrue: 0, jumpFalse: 0, k: 0)
        ])

    /// Compiles filter text.
    ///
    /// - Throws: `CaptureError.invalidFilter` with libpcap's message.
    static func compile(
        _ text: String, for handle: borrowing PcapHandle
    ) throws(CaptureError) -> BPFProgram {
        var compiled = unsafe bpf_program()
        // SAFETY: the handle is open; a compiled program is freed below, its instructions copied.
        guard unsafe pcap_compile(handle.pointer, &compiled, text, 1, 0xFFFF_FFFF) == 0 else {
            throw .invalidFilter(text: text, detail: handle.errorText)
        }
        defer { unsafe pcap_freecode(&compiled) }
        var instructions: [BPFInstruction] = []
        let count = unsafe Int(compiled.bf_len)
        for index in 0..<count {
            // SAFETY: bf_insns holds bf_len instructions.
            guard let instruction = unsafe compiled.bf_insns?[index] else { break }
            instructions.append(
                BPFInstruction(
                    code: instruction.code, jumpTrue: instruction.jt, jumpFalse: instruction.jf,
                    k: instruction.k))
        }
        return BPFProgram(instructions: instructions)
    }

    /// A program that lets through what both let through.
    ///
    /// Joining texts would not do: `vlan`, `mpls` and their like shift every offset behind them.
    func and(_ other: BPFProgram) -> BPFProgram {
        var joined = instructions
        for (index, instruction) in instructions.enumerated()
        where instruction.code == BPFInstruction.returnConstant && instruction.k != 0 {
            joined[index] = BPFInstruction(
                code: BPFInstruction.jumpAlways, jumpTrue: 0, jumpFalse: 0,
                k: UInt32(instructions.count - index - 1))
        }
        return BPFProgram(instructions: joined + other.instructions)
    }

    /// Makes this the filter of an open capture; libpcap takes a copy.
    func install(
        on handle: borrowing PcapHandle, filter text: String
    ) throws(CaptureError) {
        var native = nativeInstructions
        let count = UInt32(native.count)
        let status = unsafe native.withUnsafeMutableBufferPointer { buffer in
            // SAFETY: the program points at `count` instructions for the length of the call.
            var program = unsafe bpf_program(bf_len: count, bf_insns: buffer.baseAddress)
            return unsafe pcap_setfilter(handle.pointer, &program)
        }
        if status != 0 { throw .invalidFilter(text: text, detail: handle.errorText) }
    }

    var nativeInstructions: [bpf_insn] {
        instructions.map {
            bpf_insn(code: $0.code, jt: $0.jumpTrue, jf: $0.jumpFalse, k: $0.k)
        }
    }
}
