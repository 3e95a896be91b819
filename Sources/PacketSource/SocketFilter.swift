// Classic BPF given straight to a socket, where libpcap has no call for it.

import CPlatform
import Glibc
import Platform

/// Programs on sockets.
enum SocketFilter {
    /// Attaches a program to a socket as its filter.
    static func attach(
        _ program: BPFProgram, to socket: Int32, subject: String
    ) throws(CaptureError) {
        let instructions = program.platformInstructions
        let count = UInt16(clamping: instructions.count)
        // SAFETY: the kernel copies `count` instructions before the call returns.
        let status = unsafe instructions.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return Int32(-1) }
            return unsafe platform_attach_filter(socket, start, count)
        }
        guard status == 0 else { throw .system("setsockopt SO_ATTACH_FILTER", subject, errno) }
    }
}

extension BPFProgram {
    var platformInstructions: [platform_bpf] {
        instructions.map {
            platform_bpf(code: $0.code, jump_true: $0.jumpTrue, jump_false: $0.jumpFalse, k: $0.k)
        }
    }
}

extension CaptureError {
    /// A system call that failed.
    static func system(_ call: String, _ subject: String, _ number: Int32) -> CaptureError {
        .failed(call: call, subject: subject, detail: "\(IOError.text(of: number)) (\(number))")
    }
}
