// What a file that is no capture seems to be, for the one message its owner gets.

/// Names a file by its first bytes.
enum FirstBytes {
    /// A phrase such as `"GET / HTTP/1.1" (47 45 54 20)`.
    static func describe(_ bytes: [UInt8]) -> String {
        if bytes.isEmpty { return "nothing: it is empty" }
        let known: [(magic: [UInt8], name: String)] = [
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz, which must be unpacked first"),
            ([0x42, 0x5A, 0x68], "bzip2, which must be unpacked first"),
            ([0x50, 0x4B, 0x03, 0x04], "a ZIP archive"),
            ([0x7F, 0x45, 0x4C, 0x46], "a program (ELF)"),
            ([0x1F, 0x9D], "compress (.Z), which must be unpacked first"),
        ]
        let hex = bytes.prefix(4).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0\(digits)" : digits
        }.joined(separator: " ")
        for (magic, name) in known where bytes.starts(with: magic) { return "\(name) (\(hex))" }
        let text = bytes.prefix { $0 >= 0x20 && $0 < 0x7F }
        if text.count >= 4 { return "\"\(String(decoding: text, as: UTF8.self))\" (\(hex))" }
        return hex
    }
}
