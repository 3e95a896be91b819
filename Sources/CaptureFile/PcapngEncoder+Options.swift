// The parts that pcapng blocks are made of. draft-ietf-opsawg-pcapng §3.1, §3.5.

import Bytes

extension PcapngEncoder {
    /// Appends the type and room for the length; returns where the block starts.
    static func beginBlock(_ type: UInt32, _ buffer: inout ByteBuffer) -> Int {
        let start = buffer.count
        buffer.append(littleEndian: type)
        buffer.append(littleEndian: UInt32(0))
        return start
    }

    /// Ends the options and fills both lengths in.
    static func endBlock(_ start: Int, _ buffer: inout ByteBuffer) {
        buffer.append(littleEndian: UInt32(0))
        let length = UInt32(buffer.count - start + 4)
        buffer.append(littleEndian: length)
        buffer.store(littleEndian: length, at: start + 4)
    }

    /// An option's value is at most 65,535 bytes; a longer one is cut.
    static func append(option code: UInt16, bytes: [UInt8], to buffer: inout ByteBuffer) {
        let value = bytes.prefix(Int(UInt16.max))
        buffer.append(littleEndian: code)
        buffer.append(littleEndian: UInt16(value.count))
        for byte in value { buffer.append(byte) }
        buffer.append(repeating: 0, count: (4 - value.count & 3) & 3)
    }

    static func append(option code: UInt16, text: String, to buffer: inout ByteBuffer) {
        if !text.isEmpty { append(option: code, bytes: Array(text.utf8), to: &buffer) }
    }

    /// A time is two words, the high one first.
    static func append(time: Timestamp, to buffer: inout ByteBuffer) {
        let value = UInt64(max(time.nanoseconds, 0))
        buffer.append(littleEndian: UInt32(value >> 32))
        buffer.append(littleEndian: UInt32(truncatingIfNeeded: value))
    }

    static func append(option code: UInt16, time: Timestamp?, to buffer: inout ByteBuffer) {
        guard let time else { return }
        buffer.append(littleEndian: code)
        buffer.append(littleEndian: UInt16(8))
        append(time: time, to: &buffer)
    }

    static func append(option code: UInt16, number: UInt64?, to buffer: inout ByteBuffer) {
        guard let number else { return }
        buffer.append(littleEndian: code)
        buffer.append(littleEndian: UInt16(8))
        buffer.append(littleEndian: number)
    }
}
