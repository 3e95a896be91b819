// Small inputs read whole, larger ones line by line.

import Bytes
import Platform
import Service

/// Reads text from a file or from standard input.
enum InputLines {
    /// The most bytes of a line.
    static let maximumLineBytes = 64 << 20

    /// All bytes of an input.
    static func all(of path: String, limit: Int) throws -> [UInt8] {
        var bytes = ByteBuffer()
        try read(path) { input throws(IOError) in
            while bytes.count <= limit {
                let before = bytes.count
                try bytes.append(room: 64 << 10) { target throws(IOError) in
                    _ = try input.read(into: &target)
                }
                if bytes.count == before { return }
            }
        }
        guard bytes.count <= limit else {
            throw ServiceFailure(.dataError, "\(path): larger than \(limit) bytes")
        }
        return bytes.copyBytes()
    }

    /// Calls `body` with every line of an input and its number from 0.
    static func forEach(of path: String, _ body: (String, UInt64) throws -> Void) throws {
        var bytes = ByteBuffer()
        var number: UInt64 = 0
        var isAtEnd = false
        let input = try open(path)
        while !isAtEnd {
            let before = bytes.count
            try bytes.append(room: 256 << 10) { target throws(IOError) in
                _ = try input.read(into: &target)
            }
            isAtEnd = bytes.count == before
            var start = 0
            while let end = Scan.firstIndex(of: 0x0A, in: bytes.span, from: start) {
                try body(String(decoding: bytes.span(from: start, count: end - start)), number)
                number += 1
                start = end + 1
            }
            bytes.removeFirst(start)
            guard bytes.count <= maximumLineBytes else {
                throw ServiceFailure(.dataError, "\(path): line \(number + 1) is too long")
            }
        }
        if !bytes.isEmpty { try body(String(decoding: bytes.span), number) }
    }

    private static func open(_ path: String) throws -> InputFile {
        do throws(IOError) {
            return try InputFile(path: path)
        } catch {
            let reason = "\(IOError.text(of: error.errno)) (\(error.errno))"
            throw ServiceFailure(ExitCode(for: error), "cannot read \(path): \(reason)")
        }
    }

    private static func read(
        _ path: String, _ body: (borrowing InputFile) throws(IOError) -> Void
    ) throws {
        let input = try open(path)
        try body(input)
    }
}
