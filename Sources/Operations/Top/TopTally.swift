// What calls come to while they are counted.

/// Counts of some calls.
struct TopTally: Sendable {
    var calls: UInt64 = 0
    var clientErrors: UInt64 = 0
    var serverErrors: UInt64 = 0
    var unanswered: UInt64 = 0
    var latencies: [Int64] = []

    mutating func add(_ call: CallWindow.Sample) {
        calls += 1
        switch call.status {
        case nil: unanswered += 1
        case .some(400..<500): clientErrors += 1
        case .some(500..<600): serverErrors += 1
        case .some: break
        }
        if let latency = call.latency { latencies.append(latency) }
    }
}
