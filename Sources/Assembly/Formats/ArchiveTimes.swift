// The three phases of an entry of an HTTP archive, from the packet times of a call.

/// When the parts of a call were on the wire, in nanoseconds.
struct ArchiveTimes: Equatable, Sendable {
    var start: Int64
    var send: Int64
    var wait: Int64
    var receive: Int64

    /// From the request's first byte to the response's last.
    var total: Int64 { send + wait + receive }

    init(_ call: borrowing CallFields) {
        let requestStart = call.number("call:request_start")
        let responseStart = call.number("call:response_start")
        start = requestStart ?? responseStart ?? 0
        let requestEnd = call.number("call:request_end") ?? start
        let answer = responseStart ?? requestEnd
        let end = call.number("call:response_end") ?? answer
        send = ArchiveTimes.difference(requestEnd, start)
        wait = ArchiveTimes.difference(answer, requestEnd)
        receive = ArchiveTimes.difference(end, answer)
    }

    // A server may answer before the request has ended: no phase is negative.
    private static func difference(_ later: Int64, _ earlier: Int64) -> Int64 {
        let (difference, overflow) = later.subtractingReportingOverflow(earlier)
        return overflow ? 0 : min(max(difference, 0), 1 << 60)
    }

    /// Milliseconds with three decimals.
    static func milliseconds(_ nanoseconds: Int64) -> String {
        let micro = nanoseconds / 1000
        return "\(micro / 1000).\(CivilTime.padded(micro % 1000, 3))"
    }
}
