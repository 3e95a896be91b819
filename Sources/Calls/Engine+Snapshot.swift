// An engine as bytes, between two packets: whoever reads them back goes on as if nothing had been,
// header tables of HTTP/2 and half messages included.
//
// Not in a snapshot: counters (they are the owner's, who takes differences), the logging rules
// (those in force at the restart hold), the lines in `output` (the owner has stored them).

public import Bytes
import Reassembly
import Wire

extension EngineOptions {
    /// A hash of the settings under which held state was cut: a snapshot made under others does not
    /// fit, because a body half collected under one limit must not go on under another.
    ///
    /// Left out is what only chooses packets (ports, networks), what only writes records (rules,
    /// binary bodies, names) and what only bounds sums (memory, flows), so that an operator may
    /// change those without losing the connections that are open.
    public var stateFingerprint: UInt64 {
        var hash = FoldHash(seed: 0x4541_5253_484F_5401)
        for number in [
            reassembly.reorderWindowNanoseconds, Int64(reassembly.heldBytesPerDirection),
            Int64(reassembly.heldSegmentsPerDirection), Int64(reassembly.networksPerAddresses),
            reassembly.idleTimeoutNanoseconds, reassembly.halfOpenTimeoutNanoseconds,
            reassembly.lingerNanoseconds, reassembly.sequenceJumpBytes, reassembly.vantageBytes,
            reassembly.vantageNanoseconds, Int64(calls.bodyLimitBytes),
            Int64(calls.waitingRequests), calls.oneSidedWaitNanoseconds,
            Int64(calls.webSocketMessagesPerPiece), calls.pieceNanoseconds,
            calls.openResponseNanoseconds,
        ] {
            hash.combine(UInt64(bitPattern: number))
        }
        return hash.value
    }
}

extension Engine {
    /// Appends everything that lives across packets. Take `output` before.
    public func save(to buffer: inout ByteBuffer) {
        decoder.save(to: &buffer)
        path.flows.save(to: &buffer)
        path.calls.save(to: &buffer)
    }

    /// Reads back what `save` wrote, into an engine that has seen no packet.
    ///
    /// - Parameter reader: Stands where `save(to:)` began to write.
    /// - Throws: `SnapshotError` when the bytes are no engine's; this one is of no use then.
    @_lifetime(reader: copy reader)
    public mutating func restore(from reader: inout SnapshotReader) throws(SnapshotError) {
        try decoder.restore(from: &reader)
        path.flows = try FlowTable(reassembly, seed: hashSeed, restoring: &reader)
        try path.calls.restore(from: &reader)
    }
}
