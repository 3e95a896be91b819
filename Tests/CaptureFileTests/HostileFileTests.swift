// No file may trap the parser or keep it at one place.

import Bytes
import CaptureFile
import Testing

@Suite struct HostileFileTests {
    #if DEBUG
        static let rounds = 3000
    #else
        static let rounds = 60_000
    #endif

    /// Reads on through damage; every step must move forwards and stay inside.
    func exhaust(_ file: Octets) -> Bool {
        var parser = CaptureFileParser()
        var offset = 0
        while true {
            var next = offset
            switch parser.next(in: file.span, at: offset, isComplete: true) {
            case .packet(let packet):
                let end = packet.dataOffset + packet.capturedByteCount
                guard packet.dataOffset >= offset, packet.capturedByteCount >= 0, end <= file.count,
                    packet.originalByteCount >= 0
                else { return false }
                next = packet.nextOffset
            case .interfaceStatistics(let offset), .skipped(let offset): next = offset
            case .failed:
                guard let found = parser.resynchronise(in: file.span, from: offset + 1) else {
                    return true
                }
                next = found
            case .end, .truncated: return true
            case .needMore: return false
            }
            guard next > offset, next <= file.count else { return false }
            offset = next
        }
    }

    @Test(arguments: 0..<4)
    func `mutated files are read or refused`(_ kind: Int) {
        let files = [
            CaptureFileParserTests.pcap(magic: 0xA1B2_C3D4, isBigEndian: false),
            CaptureFileParserTests.pcapng(),
            CaptureFileParserTests.pcap(magic: 0xA1B2_CD34, isBigEndian: true, extra: 8),
            PcapngEncoderTests.everything().copyBytes(),
        ]
        var random = TestRandom(state: UInt64(kind))
        for _ in 0..<HostileFileTests.rounds {
            var file = files[kind]
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let value: UInt8 = [0, 0xFF, .random(in: 0...255, using: &random)][
                    Int.random(in: 0..<3, using: &random)]
                file[Int.random(in: 0..<file.count, using: &random)] = value
            }
            let length = Int.random(in: 0...file.count, using: &random)
            if Bool.random(using: &random) { file.removeLast(length) }
            let isSound = exhaust(file)
            #expect(isSound, "\(file)")
            if !isSound { return }
        }
    }

    @Test func `random bytes behind a good start are read or refused`() {
        var random = TestRandom(state: 99)
        for _ in 0..<HostileFileTests.rounds {
            var file = FileBuilder(isBigEndian: Bool.random(using: &random))
            if Bool.random(using: &random) {
                file.pcapHeader()
            } else {
                file.section()
                file.interface()
            }
            file.add(
                (0..<Int.random(in: 0...80, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                })
            let isSound = exhaust(file.bytes)
            #expect(isSound, "\(file.bytes)")
            if !isSound { return }
        }
    }
}
