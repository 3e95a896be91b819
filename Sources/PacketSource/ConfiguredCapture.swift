// A live capture before it is opened: the first of its two states. Only `activate` leads on, so
// that a ring cannot be read before it exists and not be configured after.

import CPcap
import Glibc

/// A capture on one interface with all its settings, not yet open.
public struct ConfiguredCapture: ~Copyable {
    let handle: PcapHandle
    let interface: String
    let options: LiveOptions

    /// Prepares a capture.
    ///
    /// - Throws: `CaptureError.noSuchInterface` when there is none of this name.
    public init(interface: String, options: LiveOptions) throws(CaptureError) {
        guard InterfaceNames.exists(interface) else {
            throw .noSuchInterface(name: interface, existing: InterfaceNames.all())
        }
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        // SAFETY: the buffer has the size libpcap asks for; the handle is owned from here on.
        guard let pointer = unsafe pcap_create(interface, &message) else {
            throw .failed(call: "pcap_create", subject: interface, detail: pcapMessage(message))
        }
        // SAFETY: the handle is open and not yet activated, as these setters want.
        unsafe pcap_set_snaplen(pointer, options.snaplen)
        unsafe pcap_set_promisc(pointer, options.isPromiscuous ? 1 : 0)
        unsafe pcap_set_immediate_mode(pointer, 0)
        unsafe pcap_set_timeout(pointer, options.blockTimeoutMilliseconds)
        unsafe pcap_set_buffer_size(pointer, Int32(clamping: options.ringBytes))
        // Where nanoseconds are not offered, microseconds stay; ActiveCapture asks which it is.
        _ = unsafe pcap_set_tstamp_precision(pointer, PCAP_TSTAMP_PRECISION_NANO)
        unsafe handle = PcapHandle(pointer)
        self.interface = interface
        self.options = options
    }

    /// Opens the ring, with every packet refused until `ActiveCapture.start`.
    ///
    /// - Parameter index: The index packets of this capture carry.
    /// - Throws: `CaptureError`, with what to do about it.
    public consuming func activate(index: Int) throws(CaptureError) -> ActiveCapture {
        // SAFETY: the handle is open and owned.
        let status = unsafe pcap_activate(handle.pointer)
        if status < 0 { throw failure(status) }
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        // SAFETY: the handle is active; the buffer has the size libpcap asks for.
        if unsafe pcap_setnonblock(handle.pointer, 1, &message) != 0 {
            throw .failed(
                call: "pcap_setnonblock", subject: interface, detail: pcapMessage(message))
        }
        return try ActiveCapture(
            handle: handle, interface: interface, options: options, index: index)
    }

    func failure(_ status: Int32) -> CaptureError {
        let detail = handle.errorText
        switch status {
        case PCAP_ERROR_NO_SUCH_DEVICE:
            return .noSuchInterface(name: interface, existing: InterfaceNames.all())
        case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
            return .noPermission(
                name: interface, detail: detail.isEmpty ? "permission denied" : detail)
        case PCAP_ERROR_IFACE_NOT_UP:
            return .interfaceDown(name: interface)
        case _:
            // SAFETY: pcap_statustostr gives a terminated string of static life.
            let name = unsafe pcap_statustostr(status).map { unsafe String(cString: $0) } ?? ""
            return .failed(
                call: "pcap_activate", subject: interface,
                detail: detail.isEmpty ? name : "\(detail) (\(name))")
        }
    }
}
