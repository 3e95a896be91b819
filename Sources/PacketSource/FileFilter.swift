// A filter for packets that come from files: libpcap's machine on libpcap's program.

import CPcap

/// A compiled filter for packets that do not come from a live interface.
@safe
public struct FileFilter: Sendable {
    // SAFETY: the instructions are values; the kernel's structure holds no pointer.
    let instructions: [bpf_insn]

    init(_ program: BPFProgram) { instructions = program.nativeInstructions }

    /// How many instructions it has; the kernel takes up to 4,096.
    public var instructionCount: Int { instructions.count }

    /// Whether the filter lets a packet through.
    public func matches(_ bytes: Span<UInt8>, originalLength: Int? = nil) -> Bool {
        let length = UInt32(clamping: originalLength ?? bytes.count)
        // SAFETY: libpcap checks every load against the captured length given, and the program
        // comes from its own compiler.
        return unsafe instructions.withUnsafeBufferPointer { program in
            unsafe bytes.withUnsafeBufferPointer { packet in
                unsafe bpf_filter(
                    program.baseAddress, packet.baseAddress, length, UInt32(packet.count)) != 0
            }
        }
    }
}
