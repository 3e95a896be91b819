// A network namespace of its own for a test: two interfaces tied together, nothing else.
//
// Needs root. Elsewhere live tests say so and pass, except under CI=true, where they must run.

import Bytes
import CPcap
import Glibc
import Platform
import Synchronization
import Testing

@testable import PacketSource

enum TestNetwork {
    /// Whether namespaces can be made here.
    static var isAvailable: Bool { geteuid() == 0 && canUnshare }

    /// For `.enabled(if:)`: true under CI, so that a missing right is a failure there.
    static var shouldRun: Bool {
        // SAFETY: nothing in the tests changes the environment.
        let isRequired = unsafe getenv("CI").map { unsafe String(cString: $0) } == "true"
        if !isAvailable, !isRequired { print("live tests skipped: they need root") }
        return isAvailable || isRequired
    }

    private static let canUnshare: Bool = {
        let succeeded = Atomic(false)
        let thread = try? WorkerThread(name: "probe") {
            succeeded.store(enterNamespace(), ordering: .relaxed)
        }
        thread?.join()
        return succeeded.load(ordering: .relaxed)
    }()

    /// Runs `body` on a thread of its own in a fresh namespace with `v0` and `v1` up, a veth pair.
    static func run(_ body: @escaping @Sendable () throws -> Void) throws {
        let failure = Mutex<(any Error)?>(nil)
        let thread = try WorkerThread(name: "live") {
            do {
                try #require(enterNamespace())
                for command in [
                    "ip link set lo up", "ip link add v0 type veth peer name v1",
                    "ip link set v0 addrgenmode none", "ip link set v1 addrgenmode none",
                    "ip link set v0 up", "ip link set v1 up",
                ] {
                    try execute(command)
                }
                try body()
            } catch {
                failure.withLock { $0 = error }
            }
        }
        thread.join()
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// Runs a command in the namespace of the calling thread.
    static func execute(_ command: String) throws {
        // SAFETY: the command is passed as a terminated copy.
        let status = unsafe system(command)
        #expect(status == 0, "\(command)")
    }

    private static func enterNamespace() -> Bool {
        typealias Unshare = @convention(c) (Int32) -> Int32
        // SAFETY: unshare(2) has this signature; Glibc's module does not export it.
        guard let symbol = unsafe dlsym(nil, "unshare") else { return false }
        let unshare = unsafe unsafeBitCast(symbol, to: Unshare.self)
        let newNetwork: Int32 = 0x4000_0000
        return unshare(newNetwork) == 0
    }
}

/// Sends frames on an interface.
struct Injector: ~Copyable {
    let handle: PcapHandle

    init(_ interface: String) throws {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        // SAFETY: the buffer has the size libpcap asks for; the handle is owned.
        let pointer = unsafe pcap_open_live(interface, 65_536, 0, 1, &message)
        unsafe handle = PcapHandle(try unsafe #require(unsafe pointer))
    }

    func send(_ frame: [UInt8]) {
        // Ethernet frames are at least 60 bytes long.
        let padded = frame + [UInt8](repeating: 0, count: max(0, 60 - frame.count))
        // SAFETY: libpcap reads padded.count bytes.
        let sent = unsafe pcap_inject(handle.pointer, padded, padded.count)
        #expect(Int(sent) == padded.count)
    }
}

/// Keeps the packets it is given.
struct CollectingHandler: PacketBatchHandler, ~Copyable {
    var packets: [[UInt8]] = []
    var times: [Int64] = []
    var interfaces: Set<Int> = []

    mutating func handle(_ packet: SourcePacket, bytes: Span<UInt8>) {
        packets.append(bytes.indices.map { bytes[$0] })
        times.append(packet.timestamp.nanoseconds)
        interfaces.insert(packet.interface)
    }
}
