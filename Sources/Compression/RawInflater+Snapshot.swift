// An inflater of messages in a snapshot: between messages its window is all there is to it.

public import Bytes
import CZlib

extension RawInflater {
    /// The most bytes of a window.
    static let windowBytes = 1 << 15

    /// Writes the inflater; between messages only.
    public func save(to buffer: inout ByteBuffer) {
        buffer.append(snapshot: isLost)
        var window = ByteBuffer()
        if !isLost { inflater.copyWindow(into: &window) }
        buffer.append(snapshotBytes: window.span)
    }

    /// Reads an inflater back.
    ///
    /// - Throws: `SnapshotError` when the bytes are no inflater's.
    public init(
        restoring reader: inout SnapshotReader, windowBits: Int = 15
    ) throws(SnapshotError) {
        self.init(windowBits: windowBits)
        isLost = try reader.readBool()
        var window = ByteBuffer()
        try reader.readBytes(into: &window)
        guard window.count <= RawInflater.windowBytes, inflater.setWindow(window.span) else {
            throw .invalid(offset: reader.offset)
        }
    }
}

extension ZlibInflater {
    /// Appends what later input may refer to. zlib.h, inflateGetDictionary.
    func copyWindow(into target: inout ByteBuffer) {
        guard isUsable else { return }
        let stream = unsafe stream
        // SAFETY: zlib writes at most 32 KiB, the room given.
        _ = unsafe target.appendUnsafely(room: RawInflater.windowBytes) { free in
            var length: UInt32 = 0
            guard unsafe inflateGetDictionary(stream, free.baseAddress, &length) == Z_OK else {
                return 0
            }
            return Int(length)
        }
    }

    /// Sets what input may refer to, for raw streams. zlib.h, inflateSetDictionary.
    mutating func setWindow(_ window: Span<UInt8>) -> Bool {
        guard isUsable else { return false }
        let stream = unsafe stream
        // SAFETY: zlib copies `count` bytes of the borrowed span during the call.
        return unsafe window.withUnsafeBufferPointer { source in
            unsafe inflateSetDictionary(stream, source.baseAddress, UInt32(source.count)) == Z_OK
        }
    }
}
