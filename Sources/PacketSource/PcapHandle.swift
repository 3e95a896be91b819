// The one owner of a pcap_t. Fence: the pointer never leaves this module.

import CPcap

/// A libpcap handle that is closed with its owner.
@safe
struct PcapHandle: ~Copyable, @unchecked Sendable {
    // SAFETY: the handle has one owner (~Copyable), who uses it from one thread at a time; libpcap
    // keeps no thread-local state for a handle, so that moving it between threads is sound.
    let pointer: OpaquePointer

    /// Takes over an open handle.
    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    deinit { unsafe pcap_close(pointer) }

    /// What libpcap says of the last failure.
    var errorText: String {
        // SAFETY: pcap_geterr gives a terminated string inside the open handle; it is copied.
        guard let text = unsafe pcap_geterr(pointer) else { return "" }
        return unsafe String(cString: text)
    }
}

/// The text libpcap left in an error buffer.
func pcapMessage(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
