// A file of packets that an operator asked for: private, never over another.

import Assembly
import Bytes
import Operations
import Platform
import Service

/// Writes exports.
enum PacketFile {
    /// Writes an export to a file that must not exist, or to standard output for `-`.
    static func write(_ export: PacketExport, to path: String) throws -> PacketExport.Tally {
        if path == "-" {
            var output = DescriptorOutput.standard
            return try export.run { try output.write($0) }
        }
        let files = LiveFiles()
        let file: OpenFile
        do throws(IOError) {
            file = try files.createExclusive(path)
        } catch {
            let hint = error.isExisting ? " (it is there already)" : ""
            throw ServiceFailure(.cannotCreate, "--packets: \(error)\(hint)")
        }
        defer { files.close(file) }
        return try export.run { bytes in try files.append(bytes, to: file) }
    }
}
