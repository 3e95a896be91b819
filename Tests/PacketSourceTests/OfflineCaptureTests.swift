import Bytes
import CaptureFile
import Compression
import Glibc
import Testing

@testable import PacketSource

@Suite struct OfflineCaptureTests {
    /// Keeps what files give.
    struct Keeper: FilePacketHandler, ~Copyable {
        var packets: [[UInt8]] = []
        var times: [Int64] = []
        var lengths: [UInt32] = []
        var interfaces: [SourceInterface] = []
        var indices: [Int] = []
        var pauses = 0
        var limit = Int.max

        mutating func handle(_ packet: SourcePacket, bytes: Span<UInt8>) {
            packets.append(bytes.indices.map { bytes[$0] })
            times.append(packet.timestamp.nanoseconds)
            lengths.append(packet.originalLength)
            indices.append(packet.interface)
        }
        mutating func describe(_ interface: SourceInterface, at index: Int) {
            #expect(index == interfaces.count)
            interfaces.append(interface)
        }
        mutating func pause() -> Bool {
            pauses += 1
            return packets.count < limit
        }
    }

    /// A directory of a test's own, gone with it.
    final class Scratch {
        let path: String
        init() {
            var template = Array("/tmp/earshot-test-XXXXXX".utf8CString)
            // SAFETY: the template is terminated and writable.
            _ = unsafe mkdtemp(&template)
            path = String(
                decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        deinit {
            // SAFETY: the command is passed as a terminated copy.
            _ = unsafe system("rm -rf '\(path)'")
        }
        func write(_ name: String, _ bytes: [UInt8]) -> String {
            let file = "\(path)/\(name)"
            // SAFETY: path and bytes are passed for the calls only.
            let stream = unsafe fopen(file, "wb")
            let written = unsafe fwrite(bytes, 1, bytes.count, stream)
            _ = unsafe fclose(stream)
            #expect(written == bytes.count)
            return file
        }
        func run(_ command: String) {
            // SAFETY: the command is passed as a terminated copy.
            let status = unsafe system("cd '\(path)' && \(command)")
            #expect(status == 0, "\(command)")
        }
    }

    static func word(_ value: UInt32, big: Bool) -> [UInt8] {
        let bytes = PacketMaker.bytes(value)
        return big ? bytes : bytes.reversed()
    }

    static func pcap(
        _ packets: [[UInt8]], big: Bool = false, nanoseconds: Bool = false, cut: Int = .max
    ) -> [UInt8] {
        var file = word(nanoseconds ? 0xA1B2_3C4D : 0xA1B2_C3D4, big: big)
        file += big ? [0, 2, 0, 4] : [2, 0, 4, 0]
        file += [UInt8](repeating: 0, count: 8) + word(65_535, big: big) + word(1, big: big)
        for (index, packet) in packets.enumerated() {
            let kept = packet.prefix(cut)
            file += word(1_700_000_000, big: big) + word(UInt32(index), big: big)
            file += word(UInt32(kept.count), big: big) + word(UInt32(packet.count), big: big) + kept
        }
        return file
    }

    static func pcapng(_ packets: [[UInt8]], sections: Int = 1) -> [UInt8] {
        var buffer = ByteBuffer()
        for section in 0..<sections {
            PcapngEncoder.appendSectionHeader(to: &buffer)
            PcapngEncoder.appendInterface(linkType: 1, snaplen: 0, to: &buffer)
            PcapngEncoder.appendInterface(linkType: 101, snaplen: 0, to: &buffer)
            for (index, packet) in packets.enumerated() where index % sections == section {
                PcapngEncoder.appendPacket(
                    packet.span, timestamp: Timestamp(nanoseconds: Int64(index)),
                    originalByteCount: packet.count, interface: UInt32(index % 2), to: &buffer)
            }
            var statistics = InterfaceStatistics(interface: 0)
            statistics.droppedBySystem = 5
            PcapngEncoder.appendStatistics(statistics, to: &buffer)
        }
        return buffer.copyBytes()
    }

    static let packets: [[UInt8]] = (0..<300).map { index in
        PacketMaker.plain4(
            80, UInt16(index), [UInt8](repeating: UInt8(index & 255), count: index * 7))
    }

    static func read(_ paths: [String], filter: KernelFilter? = nil) throws -> (
        packets: [[UInt8]], times: [Int64], warnings: [CaptureWarning], lost: UInt64
    ) {
        var capture = OfflineCapture(paths: paths, filter: filter)
        var keeper = Keeper()
        try capture.run(into: &keeper)
        return (keeper.packets, keeper.times, capture.warnings, capture.lostBytes)
    }

    @Test(arguments: [false, true], [false, true])
    func `pcap is read in both byte orders and both precisions`(big: Bool, fine: Bool) throws {
        let scratch = Scratch()
        let path = scratch.write("a", Self.pcap(Self.packets, big: big, nanoseconds: fine))
        let result = try Self.read([path])
        #expect(result.packets == Self.packets)
        #expect(result.times[2] == 1_700_000_000_000_000_000 + (fine ? 2 : 2_000))
        #expect(result.warnings.isEmpty)
    }

    @Test(arguments: ["cat", "gzip -c", "lz4 -c -q", "zstd -c -q"])
    func `files are unpacked by what they hold, whatever their name`(packer: String) throws {
        let scratch = Scratch()
        _ = scratch.write("plain", Self.pcapng(Self.packets))
        scratch.run("\(packer) plain > capture.txt")
        let result = try Self.read(["\(scratch.path)/capture.txt"])
        #expect(result.packets == Self.packets)
        #expect(result.warnings.isEmpty)
    }

    @Test func `gzip members and padding behind one another are one file`() throws {
        let scratch = Scratch()
        let bytes = Self.pcap(Self.packets)
        _ = scratch.write("one", Array(bytes[..<1000]))
        _ = scratch.write("two", Array(bytes[1000...]))
        scratch.run("(gzip -c one; gzip -c two; head -c 512 /dev/zero) > all.gz")
        let result = try Self.read(["\(scratch.path)/all.gz"])
        #expect(result.packets == Self.packets)
        #expect(result.warnings.isEmpty)
    }

    @Test func `several files are read in order, each with its interfaces`() throws {
        let scratch = Scratch()
        let first = scratch.write("first.pcap", Self.pcap(Array(Self.packets[..<10])))
        let second = scratch.write(
            "second.pcapng", Self.pcapng(Array(Self.packets[10...]), sections: 3))
        var capture = OfflineCapture(paths: [first, second])
        var keeper = Keeper()
        try capture.run(into: &keeper)
        #expect(keeper.packets.count == 300)
        #expect(Array(keeper.packets[..<10]) == Array(Self.packets[..<10]))
        #expect(
            keeper.interfaces.map(\.name) == ["first.pcap", "second.pcapng", "second.pcapng#1"])
        #expect(keeper.interfaces.map(\.linkType) == [1, 1, 101])
        #expect(capture.declared.bySystem == 15)
        #expect(capture.declared.byInterface == nil)
    }

    @Test func `a file cut anywhere gives all whole packets and one warning`() throws {
        let scratch = Scratch()
        let few = Array(Self.packets[..<5])
        for (name, whole) in [("pcap", Self.pcap(few)), ("pcapng", Self.pcapng(few))] {
            var last = 0
            for length in stride(from: 32, to: whole.count, by: 7) {
                let path = scratch.write(name, Array(whole[..<length]))
                let result = try Self.read([path])
                #expect(result.packets == Array(few[..<result.packets.count]))
                #expect(result.packets.count >= last)
                #expect(result.warnings.count <= 1)
                last = result.packets.count
            }
            #expect(last >= 4)
        }
    }

    @Test func `a gzip stream cut in the middle gives what came out of it`() throws {
        let scratch = Scratch()
        _ = scratch.write("plain", Self.pcap(Self.packets))
        scratch.run("gzip -1 -c plain > whole.gz; head -c 3000 whole.gz > cut.gz")
        let result = try Self.read(["\(scratch.path)/cut.gz"])
        #expect(!result.packets.isEmpty)
        #expect(result.packets == Array(Self.packets[..<result.packets.count]))
        #expect(!result.warnings.isEmpty)
    }

    @Test func `a damaged block of pcapng costs that block`() throws {
        let scratch = Scratch()
        let few = Array(Self.packets[..<20])
        var bytes = Self.pcapng(few)
        let place = try #require(
            bytes.indices.first { bytes[$0...].starts(with: few[10]) })
        // The block's length, 20 bytes before the packet's own.
        bytes[place - 24] = 0xFF
        bytes[place - 23] = 0xFF
        let path = scratch.write("hurt", bytes)
        let result = try Self.read([path])
        #expect(result.packets == few.enumerated().filter { $0.offset != 10 }.map(\.element))
        #expect(result.warnings.count == 1)
        #expect(result.lost > 0)
    }

    @Test func `packets cut by a snaplen keep their length`() throws {
        let scratch = Scratch()
        let path = scratch.write("a", Self.pcap([Self.packets[100]], cut: 60))
        var capture = OfflineCapture(paths: [path])
        var keeper = Keeper()
        try capture.run(into: &keeper)
        #expect(keeper.packets.first?.count == 60)
        #expect(keeper.lengths.first == UInt32(Self.packets[100].count))
    }

    @Test func `a filter keeps what it wants and counts the rest`() throws {
        let scratch = Scratch()
        let mixed = [
            PacketMaker.plain4(80, 1), PacketMaker.plain4(22, 1), PacketMaker.plain6(80, 2),
        ]
        let path = scratch.write("a", Self.pcap(mixed))
        var filter = KernelFilter()
        filter.ports = [80...80]
        var capture = OfflineCapture(paths: [path], filter: filter)
        var keeper = Keeper()
        try capture.run(into: &keeper)
        #expect(keeper.packets == [mixed[0], mixed[2]])
        #expect(capture.filteredPackets == 1)
        #expect(capture.filteredBytes == UInt64(mixed[1].count))
    }

    @Test func `what is no capture is named by its first bytes`() throws {
        let scratch = Scratch()
        let cases: [(String, [UInt8], String)] = [
            ("text", Array("GET / HTTP/1.1\r\n".utf8), "\"GET / HTTP/1.1\""),
            ("empty", [], "empty"), ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz"),
            ("binary", [1, 2, 3, 4, 5], "01 02 03 04"),
        ]
        for (name, bytes, expected) in cases {
            let path = scratch.write(name, bytes)
            for attempt in 0..<2 {
                do {
                    if attempt == 0 {
                        try OfflineCapture.check([path])
                    } else {
                        _ = try Self.read([path])
                    }
                    Issue.record("\(name) was taken for a capture")
                } catch {
                    let error = try #require(error as? CaptureError)
                    #expect("\(error)".contains(expected), "\(error)")
                    #expect(error.exitCode == 65)
                }
            }
        }
        let missing = #expect(throws: CaptureError.self) {
            try OfflineCapture.check(["\(scratch.path)/nothing"])
        }
        #expect(missing?.exitCode == 66)
    }

    @Test func `a handler that wants no more ends the reading`() throws {
        let scratch = Scratch()
        let many = (0..<20_000).map { _ in PacketMaker.plain4(80, 1) }
        let path = scratch.write("a", Self.pcap(many))
        var capture = OfflineCapture(paths: [path, path])
        var keeper = Keeper()
        keeper.limit = 5_000
        try capture.run(into: &keeper)
        #expect(keeper.packets.count >= 5_000 && keeper.packets.count < 10_000)
    }

    @Test func `random damage neither traps nor hangs`() throws {
        let scratch = Scratch()
        var generator = SeededGenerator(seed: 11)
        let few = Array(Self.packets[..<30])
        for round in 0..<60 {
            var bytes = round % 2 == 0 ? Self.pcap(few) : Self.pcapng(few)
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
                    in: 0...255, using: &generator)
            }
            let path = scratch.write("x", bytes)
            do { _ = try Self.read([path]) } catch { #expect(error is CaptureError) }
        }
    }
}
