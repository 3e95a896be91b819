// Lanes on a live interface: as many rings as lanes, joined in one fanout group.

import CPlatform
import Glibc

extension ActiveCapture {
    /// Joins this ring to a fanout group; ring n to join gets the packets of lane n.
    ///
    /// - Parameters:
    ///   - group: A number of the group, unique on this machine.
    ///   - vxlanPorts: The UDP ports whose packets are dealt out by what is in them.
    ///   - isFirst: Whether the group begins with this ring: then it also brings the program.
    public borrowing func joinLanes(
        group: UInt16, vxlanPorts: [UInt16], isFirst: Bool
    ) throws(CaptureError) {
        let mode = UInt16(PLATFORM_FANOUT_PROGRAM)
        guard platform_packet_fanout(fileDescriptor, group, mode) == 0 else {
            throw .system("setsockopt PACKET_FANOUT", interface, errno)
        }
        guard isFirst else { return }
        let instructions = LaneProgram.make(vxlanPorts: vxlanPorts).platformInstructions
        let count = UInt16(clamping: instructions.count)
        let descriptor = fileDescriptor
        // SAFETY: the kernel copies `count` instructions before the call returns.
        let status = unsafe instructions.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return Int32(-1) }
            return unsafe platform_packet_fanout_program(descriptor, start, count)
        }
        guard status == 0 else {
            throw .system("setsockopt PACKET_FANOUT_DATA", interface, errno)
        }
    }
}
