// Capture files as a packet source: several in a row, `-` for standard input, packed or not.
//
// Rule: every packet that is whole is handed over. A cut or damaged file is a warning with its
// place and the bytes lost; only a file that is no capture, or that cannot be read, is an error.

import Bytes
import CaptureFile
import Platform

/// Something about a file that its owner should know.
public struct CaptureWarning: Sendable, Equatable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// What is the matter, where.
    public let message: String
    /// Bytes of the file, unpacked, that gave no packet.
    public let lostBytes: UInt64

    /// One line for a person.
    public var description: String { "\(path): \(message)" }
}

/// Reads capture files in order.
public struct OfflineCapture: ~Copyable {
    /// The files.
    public let paths: [String]
    /// The filter, nil when every packet is wanted.
    let filter: KernelFilter?
    /// The interfaces met so far, in the order of their indices.
    public internal(set) var interfaces: [SourceInterface] = []
    /// What there was to say about the files read.
    public internal(set) var warnings: [CaptureWarning] = []
    /// Counts that the files' writers kept, added up over all interfaces.
    public internal(set) var declared = DeclaredDrops()
    /// Packets the filter refused.
    public internal(set) var filteredPackets: UInt64 = 0
    /// Their captured bytes.
    public internal(set) var filteredBytes: UInt64 = 0
    /// Packets handed over.
    public internal(set) var deliveredPackets: UInt64 = 0

    /// Bytes of damaged files, unpacked, that gave no packet.
    public internal(set) var lostBytes: UInt64 = 0

    var filters: [FileFilter?] = []
    var lastKey: FileInterface?
    var lastIndex = 0
    var known: [FileInterface: Int] = [:]
    var file = 0

    struct FileInterface: Hashable {
        var file: Int
        var number: UInt32
        var linkType: UInt32
        var snaplen: UInt32
    }

    /// How many packets are read between two pauses.
    static let packetsPerBatch = 4_096

    /// Prepares to read files.
    ///
    /// - Parameters:
    ///   - paths: The files, `-` for standard input.
    ///   - filter: Which packets are wanted; nil for all.
    public init(paths: [String], filter: KernelFilter? = nil) {
        self.paths = paths
        self.filter = filter
    }

    /// Looks at the first bytes of every file but standard input.
    ///
    /// - Throws: `CaptureError` for the first that cannot be read or is no capture.
    public static func check(_ paths: [String]) throws(CaptureError) {
        for path in paths where path != "-" {
            // A pipe's bytes come once, and its writer may not outlive a reader that goes away.
            if let status = try? LiveFiles().status(path), status.kind == .other { continue }
            var input = try CaptureInput.open(path: path)
            guard input.isRegular else { continue }
            var window = ByteBuffer()
            var parser = CaptureFileParser()
            var isComplete = false
            while window.count < 4, !isComplete {
                isComplete = try input.read(into: &window) != .bytes
            }
            let record = parser.next(in: window.span, at: 0, isComplete: isComplete)
            if case .failed(let error) = record, error.isNotACapture {
                throw .notACapture(path: path, found: Self.found(input.firstBytes, input.packing))
            }
        }
    }

    /// Reads all files to their ends, or until the handler wants no more.
    ///
    /// - Throws: `CaptureError` for a file that cannot be read or is no capture; what was read
    /// before
    ///   has been handed over.
    public mutating func run<Handler: FilePacketHandler & ~Copyable>(
        into handler: inout Handler
    ) throws(CaptureError) {
        while file < paths.count {
            let wantsMore = try readFile(into: &handler)
            file += 1
            if !wantsMore { return }
        }
    }

    static func found(_ firstBytes: [UInt8], _ packing: Packing?) -> String {
        switch packing {
        case .plain, nil: FirstBytes.describe(firstBytes)
        case .gzip: "gzip, but what is in it is no capture"
        case .lz4: "LZ4, but what is in it is no capture"
        case .zstandard: "Zstandard, but what is in it is no capture"
        }
    }
}

/// Packets that the writers of capture files say they dropped; nil when none of them says.
public struct DeclaredDrops: Sendable, Equatable {
    /// Packets dropped by the system that captured them.
    public var bySystem: UInt64?
    /// Packets dropped by its interface.
    public var byInterface: UInt64?

    /// Nobody says anything.
    public init() {}

    mutating func add(_ statistics: InterfaceStatistics) {
        if let more = statistics.droppedBySystem { bySystem = (bySystem ?? 0) &+ more }
        if let more = statistics.droppedByInterface { byInterface = (byInterface ?? 0) &+ more }
    }
}
