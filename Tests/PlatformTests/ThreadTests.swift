import Platform
import Synchronization
import Testing

@Suite struct ThreadTests {
    @Test func `a queue hands over everything in order, and nothing after it is closed`() throws {
        let queue = BoundedQueue<Int>(capacity: 3)
        let producer = try WorkerThread(name: "producer") {
            for number in 0..<1000 { _ = queue.push(number) }
            queue.close()
        }
        var got: [Int] = []
        while let number = queue.pop() { got.append(number) }
        producer.join()
        producer.join()
        #expect(got == Array(0..<1000))
        #expect(queue.push(1) == 1)
        #expect(queue.tryPush(1) == 1)
        #expect(queue.pop(timeoutNanoseconds: 0) == nil)
    }

    @Test func `a full queue gives the element back`() {
        let queue = BoundedQueue<String>(capacity: 2)
        #expect(queue.tryPush("a") == nil)
        #expect(queue.tryPush("b") == nil)
        #expect(queue.tryPush("c") == "c")
        #expect(queue.count == 2)
        #expect(queue.tryPop() == "a")
        #expect(queue.tryPush("d") == nil)
        #expect(queue.tryPop() == "b")
        #expect(queue.tryPop() == "d")
        #expect(queue.tryPop() == nil)
    }

    @Test func `waiting for an element ends in time`() {
        let queue = BoundedQueue<Int>(capacity: 1)
        let before = SystemTime().monotonicNanoseconds()
        #expect(queue.pop(timeoutNanoseconds: 2_000_000) == nil)
        #expect(SystemTime().monotonicNanoseconds() - before >= 2_000_000)
    }

    @Test func `elements left in a queue are released with it`() {
        final class Counted: Sendable {
            let count: Mutex<Int>
            init() { count = Mutex(0) }
        }
        final class Element: Sendable {
            let counted: Counted
            init(_ counted: Counted) { self.counted = counted }
            deinit { counted.count.withLock { $0 += 1 } }
        }
        let counted = Counted()
        do {
            let queue = BoundedQueue<Element>(capacity: 4)
            for _ in 0..<3 { _ = queue.push(Element(counted)) }
            _ = queue.pop()
        }
        #expect(counted.count.withLock { $0 } == 3)
    }

    @Test func `a flag is set once`() {
        let flag = StopFlag()
        #expect(!flag.isSet)
        #expect(!flag.set())
        #expect(flag.set())
        #expect(flag.isSet)
    }

    @Test func `a stop request is seen and wakes who waits`() throws {
        let trap = try SignalTrap.install()
        trap.reset()
        #expect(!trap.wait(nanoseconds: 0))
        trap.requestStop()
        #expect(trap.isStopRequested)
        #expect(trap.wait(nanoseconds: 60_000_000_000))
        #expect(!trap.takeHangup())
        trap.reset()
        #expect(!trap.isStopRequested)
    }

    @Test func `a manual clock moves when it is told to`() {
        let time = ManualTime(wall: 100)
        time.sleep(nanoseconds: 5)
        #expect(time.wallNanoseconds() == 105)
        #expect(time.monotonicNanoseconds() == 5)
    }

    @Test func `a process knows what it costs`() {
        let statistics = ProcessStatistics.current()
        #expect(statistics.residentBytes > 1 << 20)
        #expect(statistics.virtualBytes >= statistics.residentBytes)
        #expect(statistics.peakResidentBytes > 0)
    }
}

@Suite struct InputTests {
    @Test func `a file is mapped and read alike`() throws {
        let files = LiveFiles()
        let root = try FileSystemTests.temporary()
        defer { try? FileSystemTests.clean(root) }
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let path = "\(root)/input"
        let file = try files.createExclusive(path)
        try files.append(bytes.span, to: file)
        files.close(file)
        let mapped = try MappedFile(path: path)
        let copy = mapped.span.indices.map { mapped.span[$0] }
        #expect(copy == bytes)
        let input = try InputFile(path: path)
        let (isRegular, size) = (input.isRegular, input.byteCount)
        #expect(isRegular && size == 100_000)
        var total = 0
        while true {
            var got = 0
            let piece = try [UInt8](capacity: 4096) { target in
                got = try input.read(into: &target)
            }
            #expect(piece == Array(bytes[total..<(total + got)]))
            total += got
            if got == 0 { break }
        }
        #expect(total == bytes.count)
        #expect(throws: IOError.self) { _ = try MappedFile(path: "\(root)/none") }
        #expect(throws: IOError.self) { _ = try MappedFile(path: root) }
    }

    @Test func `an empty file maps to nothing`() throws {
        let files = LiveFiles()
        let root = try FileSystemTests.temporary()
        defer { try? FileSystemTests.clean(root) }
        files.close(try files.createExclusive("\(root)/empty"))
        let mapped = try MappedFile(path: "\(root)/empty")
        let count = mapped.span.count
        #expect(count == 0)
    }
}

extension [UInt8] {
    /// Fills a new array through an output span, as ByteBuffer does in the package.
    init(capacity: Int, _ fill: (inout OutputSpan<UInt8>) throws -> Void) throws {
        var failure: (any Error)?
        self.init(
            capacity: capacity,
            initializingWith: { target in
                do { try fill(&target) } catch { failure = error }
            })
        if let failure { throw failure }
    }
}
