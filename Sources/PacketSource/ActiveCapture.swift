// A live capture that is open: its ring, its filter, its numbers.
//
// Rule: the ring's numbers balance. Everything is refused until the filter is in place and the ring
// is empty, and again from `stop` on, so that afterwards
//   received = handed over + dropped.
// Callers poll `fileDescriptor` and call `dispatch`, which never waits.

import Bytes
import CPcap
import CPlatform
import Glibc

/// An open capture on one interface.
public struct ActiveCapture: ~Copyable, Sendable {
    let handle: PcapHandle
    /// The interface's name.
    public let interface: String
    /// The index its packets carry.
    public let index: Int
    /// The settings it was opened with.
    public let options: LiveOptions
    /// The LINKTYPE number of its packets.
    public let linkType: UInt16
    /// What to poll for packets.
    public let fileDescriptor: Int32
    /// Whether packet times are in nanoseconds; microseconds else.
    public let isNanosecond: Bool
    /// Whether the ring also counts packets that libpcap drops behind it.
    let countsTwice: Bool
    /// The program in the kernel; nil while libpcap looks after the filter.
    var program: BPFProgram?
    /// Packets handed over so far.
    public private(set) var deliveredPackets: UInt64 = 0
    var received = WideningCounter()
    var dropped = WideningCounter()
    var interfaceDropped = WideningCounter()
    var baseline = KernelStatistics()

    init(
        handle: consuming PcapHandle, interface: String, options: LiveOptions, index: Int
    ) throws(CaptureError) {
        // SAFETY: the handle is active for all of these.
        let descriptor = unsafe pcap_fileno(handle.pointer)
        try SocketFilter.attach(BPFProgram.refuseAll, to: descriptor, subject: interface)
        linkType = LinkTypeNumber.fromDataLink(unsafe pcap_datalink(handle.pointer))
        let precision = unsafe pcap_get_tstamp_precision(handle.pointer)
        fileDescriptor = descriptor
        isNanosecond = precision == PCAP_TSTAMP_PRECISION_NANO
        self.handle = handle
        self.interface = interface
        self.options = options
        self.index = index
        // On loopback every packet passes twice, and libpcap drops one of them behind the ring. The
        // kernel can be told not to send it (old ones cannot); on `any` nothing but libpcap helps.
        let isSilenced = interface == "lo" && platform_packet_ignore_outgoing(descriptor) == 0
        countsTwice = interface == "any" || interface == "lo" && !isSilenced
    }

    /// What a pcapng file says of this interface.
    public var description: SourceInterface {
        SourceInterface(
            name: interface, linkType: linkType, snaplen: UInt32(clamping: options.snaplen))
    }

    /// Empties the ring of what came in before the filter, then lets through what the filter wants.
    ///
    /// - Throws: `CaptureError.invalidFilter` when libpcap cannot compile it.
    public mutating func start(_ filter: KernelFilter) throws(CaptureError) {
        var nothing = DiscardingHandler()
        _ = try settle(into: &nothing)
        baseline = readStatistics()
        deliveredPackets = 0
        try installFirst(filter)
    }

    /// Refuses new packets and hands over those the ring still holds.
    public mutating func stop<Handler: PacketBatchHandler & ~Copyable>(
        into handler: inout Handler
    ) throws(CaptureError) {
        try SocketFilter.attach(BPFProgram.refuseAll, to: fileDescriptor, subject: interface)
        _ = try settle(into: &handler)
    }

    /// Hands over packets until the ring is empty; bounded, since the kernel retires a block only
    /// after its timeout.
    mutating func settle<Handler: PacketBatchHandler & ~Copyable>(
        into handler: inout Handler
    ) throws(CaptureError) -> Int {
        var total = 0
        let rounds = 4 * Int(max(options.blockTimeoutMilliseconds, 1)) / 5 + 10
        for _ in 0..<rounds {
            total += try dispatch(into: &handler)
            let now = readStatistics()
            let waiting =
                now.received &- baseline.received &- (now.dropped &- baseline.dropped)
            if deliveredPackets >= waiting { break }
            usleep(5_000)
        }
        return total
    }

    /// Hands over the packets the ring holds, without waiting for more.
    ///
    /// - Returns: How many there were.
    /// - Throws: `CaptureError.interfaceGone` when the interface is gone for good.
    public mutating func dispatch<Handler: PacketBatchHandler & ~Copyable>(
        limit: Int32 = -1, into handler: inout Handler
    ) throws(CaptureError) -> Int {
        let scale: Int64 = isNanosecond ? 1 : 1_000
        let interfaceIndex = index
        let pointer = unsafe handle.pointer
        // SAFETY: the handler's address is used inside this call only.
        let count = unsafe withUnsafeMutablePointer(to: &handler) { target in
            // A C callback cannot be generic: one closure per batch leads back to the handler.
            var context = unsafe DispatchContext { header, start in
                let packet = unsafe SourcePacket(
                    timestamp: Timestamp(
                        nanoseconds: Int64(header.pointee.ts.tv_sec) &* 1_000_000_000
                            &+ Int64(header.pointee.ts.tv_usec) &* scale),
                    originalLength: header.pointee.len, interface: interfaceIndex)
                // SAFETY: libpcap guarantees caplen bytes at `start` until the callback returns.
                let bytes = unsafe Span(_unsafeStart: start, count: Int(header.pointee.caplen))
                unsafe target.pointee.handle(packet, bytes: bytes)
            }
            // SAFETY: the context outlives the call; the callback gets it back unchanged.
            return unsafe withUnsafeMutablePointer(to: &context) { address in
                unsafe pcap_dispatch(
                    pointer, limit, dispatchCallback,
                    UnsafeMutableRawPointer(address).assumingMemoryBound(to: UInt8.self))
            }
        }
        if count < 0 {
            if count == PCAP_ERROR_BREAK { return 0 }
            throw .interfaceGone(name: interface, detail: handle.errorText)
        }
        deliveredPackets &+= UInt64(count)
        return Int(count)
    }

    /// What the kernel counted since `start`.
    public mutating func statistics() -> KernelStatistics {
        var result = readStatistics()
        result.received &-= baseline.received
        result.dropped &-= baseline.dropped
        if countsTwice { result.received = deliveredPackets &+ result.dropped }
        return result
    }

    mutating func readStatistics() -> KernelStatistics {
        var raw = pcap_stat()
        // SAFETY: the handle is active; libpcap fills the structure.
        if unsafe pcap_stats(handle.pointer, &raw) == 0 {
            received.update(raw.ps_recv)
            dropped.update(raw.ps_drop)
            interfaceDropped.update(raw.ps_ifdrop)
        }
        var result = KernelStatistics()
        result.received = received.value
        result.dropped = dropped.value
        // libpcap reads the interface's own counter in promiscuous mode only, and says 0 else.
        result.interfaceDropped = options.isPromiscuous ? interfaceDropped.value : nil
        return result
    }

}

/// What the C callback is given.
@unsafe struct DispatchContext {
    let deliver: (UnsafePointer<pcap_pkthdr>, UnsafePointer<UInt8>) -> Void
}

private func dispatchCallback(
    user: UnsafeMutablePointer<UInt8>?, header: UnsafePointer<pcap_pkthdr>?,
    start: UnsafePointer<UInt8>?
) {
    guard let user = unsafe user, let header = unsafe header, let start = unsafe start else {
        return
    }
    // SAFETY: `user` is the context `dispatch` passed in, alive until pcap_dispatch returns.
    let context = unsafe UnsafeRawPointer(user).assumingMemoryBound(to: DispatchContext.self)
    unsafe context.pointee.deliver(header, start)
}

/// Takes packets and forgets them.
struct DiscardingHandler: PacketBatchHandler, ~Copyable {
    mutating func handle(_ packet: SourcePacket, bytes: Span<UInt8>) {}
}
