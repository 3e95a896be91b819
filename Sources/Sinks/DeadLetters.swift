// Records a sink refused for good: `dead/<sink>/<lane>-<sequence>-<line>.json`, one JSON line each
// with the sink's words, durable before the cursor moves past the record.

import Bytes
import Platform
import Spool
import Telemetry

/// The dead letters of one sink.
struct DeadLetters {
    let sink: String
    let layout: SpoolLayout
    let files: any FileSystem

    /// Writes one record; again for the same record replaces it.
    func bury(
        _ record: [UInt8], at identity: BatchIdentity, refusal: SinkAnswer.Refusal,
        wallNanoseconds: Int64
    ) throws(SpoolError) {
        try layout.prepareDead(sink: sink, files: files)
        let name =
            "\(identity.lane)-\(SegmentName.text(of: identity.sequence))-"
            + "\(identity.firstLine).json"
        let directory = layout.deadDirectory(sink: sink)
        let hidden = "\(directory)/.\(name).new"
        let text = DeadLetters.line(
            record, identity, refusal, sink: sink, wallNanoseconds: wallNanoseconds)
        do throws(IOError) {
            if try files.status(hidden) != nil { try files.remove(hidden) }
            let file = try files.createExclusive(hidden)
            do throws(IOError) {
                try files.append(Array(text.utf8).span, to: file)
                try files.syncData(file)
            } catch {
                files.close(file)
                throw error
            }
            files.close(file)
            try files.rename(hidden, to: "\(directory)/\(name)")
            try files.syncDirectory(directory)
        } catch { throw .io(error) }
    }

    static func line(
        _ record: [UInt8], _ identity: BatchIdentity, _ refusal: SinkAnswer.Refusal, sink: String,
        wallNanoseconds: Int64
    ) -> String {
        var bytes = record[...]
        if bytes.last == 0x0A { bytes = bytes.dropLast() }
        let excerpt = String(refusal.excerpt.prefix(1024))
        return "{\"sink\":\(LogLine.jsonString(sink)),\"status\":\(refusal.status)"
            + ",\"answer\":\(LogLine.jsonString(excerpt)),\"lane\":\(identity.lane)"
            + ",\"sequence\":\(identity.sequence),\"line\":\(identity.firstLine)"
            + ",\"at_nanoseconds\":\(wallNanoseconds)"
            + ",\"record\":\(LogLine.jsonString(String(decoding: bytes, as: UTF8.self)))}\n"
    }
}
