// The state of a simulated disk: what a process sees, and what would be left after a power cut.

/// A file's bytes, twice.
struct MemoryNode {
    /// What a read gives.
    var current: [UInt8] = []
    /// What was flushed.
    var durable: [UInt8] = []
    /// Whether a flush failed: the kernel dropped the dirty pages, and later flushes succeed
    /// without making anything durable (fsync(2) since Linux 4.13 reports an error once).
    var isPoisoned = false
    var modifiedNanoseconds: Int64 = 0
}

/// A change of names that is not durable yet.
struct NameChange {
    /// The directories whose flush makes it durable: of a rename into another one, either.
    var directories: [String]
    var unbound: [String]
    var bound: [(path: String, node: Int)]
}

/// A simulated disk.
struct MemoryDisk {
    var nodes: [Int: MemoryNode] = [:]
    var names: [String: Int] = [:]
    var durableNames: [String: Int] = [:]
    var pending: [NameChange] = []
    var directories: Set<String> = ["/", "."]
    var links: [String: String] = [:]
    var handles: [Int32: Int] = [:]
    var locks: [Int: Int32] = [:]
    var nextNode = 1
    var nextHandle: Int32 = 3
    var capacityBytes: UInt64 = 1 << 40
    var wallNanoseconds: Int64 = 0
    var user: UInt32 = 1000
    var owners: [String: UInt32] = [:]

    // Faults.
    var calls = 0
    var fault: MemoryFault?
    var isStopped = false
    /// Files whose bytes from an offset on cannot be read.
    var badSectors: [String: UInt64] = [:]
    var shortWrites: SplitMix?

    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    var usedBytes: UInt64 { nodes.values.reduce(0) { $0 + UInt64($1.current.count) } }

    mutating func change(_ directories: [String], unbind: [String], bind: [(String, Int)]) {
        for path in unbind { names[path] = nil }
        for (path, node) in bind { names[path] = node }
        pending.append(
            NameChange(
                directories: directories, unbound: unbind,
                bound: bind.map { (path: $0.0, node: $0.1) }))
    }

    mutating func makeDurable(_ change: NameChange) {
        for path in change.unbound { durableNames[path] = nil }
        for (path, node) in change.bound { durableNames[path] = node }
    }

    mutating func syncDirectory(_ path: String) {
        var left: [NameChange] = []
        for change in pending {
            if change.directories.contains(path) {
                makeDurable(change)
            } else {
                left.append(change)
            }
        }
        pending = left
    }

    mutating func dropProcess() {
        handles = [:]
        locks = [:]
        fault = nil
        isStopped = false
        calls = 0
    }

    /// Leaves what a power cut may leave: of the names not flushed any subset, of bytes not flushed
    /// some, perhaps with zeros at their end.
    mutating func cutPower(_ random: inout SplitMix) {
        let unsure = pending
        pending = []
        for change in unsure where random.next() & 1 == 0 { makeDurable(change) }
        names = durableNames
        let alive = Set(names.values)
        nodes = nodes.filter { alive.contains($0.key) }
        for (number, node) in nodes.sorted(by: { $0.key < $1.key }) {
            var node = node
            node.current = MemoryDisk.left(of: node, &random)
            node.durable = node.current
            node.isPoisoned = false
            nodes[number] = node
        }
        dropProcess()
    }

    private static func left(of node: MemoryNode, _ random: inout SplitMix) -> [UInt8] {
        if node.isPoisoned { return node.durable }
        guard node.current.starts(with: node.durable) else {
            return random.next() & 1 == 0 ? node.durable : node.current
        }
        let fresh = node.current.count - node.durable.count
        guard fresh > 0 else { return node.durable }
        let length = Int(random.next() % UInt64(fresh + 1))
        let written = Int(random.next() % UInt64(length + 1))
        return Array(node.current[..<(node.durable.count + written)])
            + [UInt8](repeating: 0, count: length - written)
    }
}

/// What goes wrong, and when.
struct MemoryFault {
    /// The changing call it strikes, counted from 1 since it was planned.
    var call: Int
    /// The error; nil stops the process there.
    var errno: Int32?
    /// Only calls of this name count and are struck; nil is any.
    var name: String?
    /// How many more it strikes.
    var times = 1
    /// Calls counted so far.
    var counted = 0
}

/// A small seeded generator (SplitMix64), so that a seed reproduces a run.
public struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts from a seed.
    public init(seed: UInt64) { state = seed }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
