// Packets into a classic pcap file with nanoseconds, checksums filled in, noise applied.

import Bytes
import Foundation

/// Writes a capture.
struct CaptureWriter: ~Copyable {
    /// Packets in the file.
    private(set) var packetCount: UInt64 = 0
    /// Packets left out by noise.
    private(set) var lostCount: UInt64 = 0
    /// Bytes written, headers of the file and its packets included.
    private(set) var byteCount: UInt64 = 0
    /// Packet time, nanoseconds since 1970.
    private(set) var clock: Int64 = 1_772_530_927_000_000_000

    private var output: ByteBuffer
    private var held: [UInt8] = []
    private var heldFor = 0
    private var random: SeededRandom
    private let noise: Noise
    private let file: FileHandle
    private var identification: UInt16 = 1

    private static let bufferByteCount = 4 << 20
    private static let packetHeaderByteCount = 16

    /// Starts a capture with its file header.
    init(to file: FileHandle, noise: Noise, seed: UInt64) {
        self.file = file
        self.noise = noise
        random = SeededRandom(seed: seed ^ 0x0015E)
        output = ByteBuffer(capacity: CaptureWriter.bufferByteCount + (1 << 17))
        output.append(littleEndian: UInt32(0xA1B2_3C4D))
        output.append(littleEndian: UInt32(4 << 16 | 2))
        output.append(littleEndian: UInt64(0))
        output.append(littleEndian: UInt32(262_144))
        output.append(littleEndian: UInt32(1))
    }

    /// Lets packet time pass.
    mutating func wait(nanoseconds: Int) { clock += Int64(nanoseconds) }

    /// What varies from packet to packet.
    struct Fields {
        /// The number of the first byte.
        var sequence: UInt32
        /// The next byte expected.
        var acknowledgement: UInt32
        /// The control bits.
        var flags: UInt8
        /// Option bytes at the start of the payload (on a SYN).
        var optionByteCount = 0
    }

    /// The ten digits of a call and where they go in a payload that starts at `origin`.
    struct Stamp {
        /// The digits.
        var digits: InlineArray<10, UInt8>
        /// Where, from the start of the message.
        var offsets: [Int]
        /// The payload's place in the message.
        var origin: Int
    }

    /// Writes one packet.
    ///
    /// - Returns: False when noise lost it.
    mutating func write(
        _ template: borrowing FrameTemplate, _ fields: Fields, _ payload: Span<UInt8>,
        stamp: Stamp? = nil
    ) throws -> Bool {
        clock += 120 + Int64(payload.count)  // what it takes on a wire of 8 Gbit/s
        let start = output.count
        if noise.lostPerMille > 0, random.perMille(noise.lostPerMille) {
            lostCount += 1
            return false
        }
        appendPacketHeader(template.bytes.count + payload.count)
        let frame = output.count
        output.append(template.bytes.span)
        output.append(payload)
        if let stamp { apply(stamp, to: payload.count, at: frame + template.bytes.count) }
        fill(template, fields, frame: frame)
        packetCount += 1
        try disturb(packetFrom: start)
        return true
    }

    private mutating func appendPacketHeader(_ length: Int) {
        output.append(littleEndian: UInt32(truncatingIfNeeded: clock / 1_000_000_000))
        output.append(littleEndian: UInt32(truncatingIfNeeded: clock % 1_000_000_000))
        output.append(littleEndian: UInt32(length))
        output.append(littleEndian: UInt32(length))
    }

    private mutating func apply(_ stamp: Stamp, to count: Int, at start: Int) {
        for place in stamp.offsets {
            let first = place - stamp.origin
            guard first < count, first > -Exchange.digitCount else { continue }
            for index in max(0, -first)..<min(Exchange.digitCount, count - first) {
                output[start + first + index] = stamp.digits[index]
            }
        }
    }

    private mutating func fill(
        _ template: borrowing FrameTemplate, _ fields: Fields, frame: Int
    ) {
        let network = frame + template.networkOffset
        let transport = frame + template.transportOffset
        let end = output.count
        identification &+= 1
        output.store(littleEndian: fields.sequence.byteSwapped, at: transport + 4)
        output.store(littleEndian: fields.acknowledgement.byteSwapped, at: transport + 8)
        let headerWords = (FrameTemplate.transportByteCount + fields.optionByteCount) / 4
        output[transport + 12] = UInt8(headerWords << 4)
        output[transport + 13] = fields.flags
        let ticks = UInt32(truncatingIfNeeded: clock / 1_000_000)
        output.store(littleEndian: ticks.byteSwapped, at: transport + 24)
        var sum = InternetChecksum()
        sum.add(UInt16(6))
        sum.add(UInt16(truncatingIfNeeded: end - transport))
        if template.isIPv6 {
            storeLength(end - transport, at: network + 4)
            sum.add(output.span(from: network + 8, count: 32))
        } else {
            sum.add(output.span(from: network + 12, count: 8))
            fillIPv4(at: network, end: end)
        }
        sum.add(output.span(from: transport, count: end - transport))
        output.store(littleEndian: sum.value, at: transport + 16)
        if template.networkOffset > FrameTemplate.tunnelByteCount {
            storeLength(end - frame - 34, at: frame + 38)
            fillIPv4(at: frame + 14, end: end)
        }
    }

    private mutating func fillIPv4(at offset: Int, end: Int) {
        storeLength(end - offset, at: offset + 2)
        output.store(littleEndian: identification.byteSwapped, at: offset + 4)
        var sum = InternetChecksum()
        sum.add(output.span(from: offset, count: 20))
        output.store(littleEndian: sum.value, at: offset + 10)
    }

    private mutating func storeLength(_ length: Int, at offset: Int) {
        output.store(littleEndian: UInt16(truncatingIfNeeded: length).byteSwapped, at: offset)
    }

    private mutating func disturb(packetFrom start: Int) throws {
        if noise.doubledPerMille > 0, random.perMille(noise.doubledPerMille) {
            output.append([UInt8](output.span(from: start, count: output.count - start)))
            packetCount += 1
        } else if heldFor == 0, noise.movedPerMille > 0, random.perMille(noise.movedPerMille) {
            held = [UInt8](output.span(from: start, count: output.count - start))
            heldFor = random.within(1...5)
            output.truncate(to: start)
            return
        }
        if heldFor > 0 {
            heldFor -= 1
            if heldFor == 0 { releaseHeld() }
        }
        if output.count >= CaptureWriter.bufferByteCount { try flush() }
    }

    /// A packet that was moved carries the time at which it came.
    private mutating func releaseHeld() {
        let start = output.count
        clock += 50
        output.append(held)
        output.store(
            littleEndian: UInt32(truncatingIfNeeded: clock / 1_000_000_000), at: start)
        output.store(
            littleEndian: UInt32(truncatingIfNeeded: clock % 1_000_000_000), at: start + 4)
    }

    private mutating func flush() throws {
        byteCount += UInt64(output.count)
        try file.write(contentsOf: Data(output.copyBytes()))
        output.removeAll()
    }

    /// The bytes so far, those not yet in the file included.
    var byteCountSoFar: UInt64 { byteCount + UInt64(output.count) }

    /// Writes what is left.
    mutating func finish() throws {
        if heldFor > 0 {
            heldFor = 0
            releaseHeld()
        }
        try flush()
    }
}
