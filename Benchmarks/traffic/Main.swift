// The command line of the capture generator: `traffic --bytes 1GB --seed 1 out.pcap`.

import ArgumentParser
import Foundation

/// A number of bytes with its unit: `1GB`, `64MiB`, `5000`.
struct ByteCount: ExpressibleByArgument {
    /// The bytes.
    let value: UInt64

    /// Reads a number with an optional unit.
    init?(argument: String) {
        let units: [(String, UInt64)] = [
            ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1000), ("MB", 1_000_000),
            ("GB", 1_000_000_000), ("", 1),
        ]
        for (unit, factor) in units where argument.hasSuffix(unit) {
            guard let number = UInt64(argument.dropLast(unit.count)) else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: factor)
            guard !overflow else { return nil }
            value = product
            return
        }
        return nil
    }
}

extension Profile: ExpressibleByArgument {}

/// Writes a capture of made-up API traffic, the same for the same options.
@main
struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "traffic",
        abstract: "Writes a capture of made-up HTTP/1.1 calls: realistic heads, varied bodies.",
        discussion: """
            The number of each call, from 0, is in its path and in x-request-id of request and \
            response, followed there by the status. Bodies have their CRC-32 in x-content-crc32 \
            and etag.
            """)

    @Option(help: "Begin no call after this many bytes: 1GB, 64MiB.")
    var bytes: ByteCount?

    @Option(help: "Stop after this many calls; without this and --bytes: 1000.")
    var calls: UInt64?

    @Option(help: "The same seed gives the same bytes.")
    var seed: UInt64 = 1

    @Option(help: "Connections open at a time.")
    var flows = 1000

    @Option(help: "Sizes of messages: small, large or mixed.")
    var profile = Profile.mixed

    @Option(help: "Wrap every frame in VXLAN with this network identifier.")
    var vxlan: UInt32?

    @Flag(help: "Move 1 %, double 0.5 % and lose 0.1 % of the packets.")
    var noise = false

    @Option(help: "Write what the capture holds, as JSON, to this file.")
    var expect: String?

    @Argument(help: "The capture to write; - is standard output.")
    var output: String

    func validate() throws {
        guard (1...100_000).contains(flows) else {
            throw ValidationError("--flows is between 1 and 100000")
        }
        guard (vxlan ?? 0) < 1 << 24 else { throw ValidationError("--vxlan is below 16777216") }
    }

    func run() throws {
        let file = try openOutput()
        let library = ExchangeFactory.library(profile, seed: seed)
        var generator = TrafficGenerator(
            library: library,
            goal: TrafficGenerator.Goal(
                byteCount: bytes?.value ?? .max,
                callCount: calls ?? (bytes == nil ? 1000 : .max)),
            flowCount: flows, vni: vxlan, seed: seed,
            writer: CaptureWriter(to: file, noise: noise ? .mirror : .none, seed: seed))
        let summary = try generator.run()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = try encoder.encode(summary) + Data("\n".utf8)
        try FileHandle.standardError.write(contentsOf: text)
        if let expect { try text.write(to: URL(fileURLWithPath: expect)) }
    }

    /// Opens what is there, and makes a file only where nothing is.
    ///
    /// `FileManager.createFile` replaces what it finds, a device or a pipe included.
    private func openOutput() throws -> FileHandle {
        if output == "-" { return .standardOutput }
        let files = FileManager.default
        if !files.fileExists(atPath: output) {
            _ = files.createFile(atPath: output, contents: nil)
        }
        guard let file = FileHandle(forWritingAtPath: output) else {
            throw ValidationError("cannot write \(output)")
        }
        let type = try files.attributesOfItem(atPath: output)[.type] as? FileAttributeType
        if type == .typeRegular { try file.truncate(atOffset: 0) }
        return file
    }
}
