// The thread that waits for the device, so that no writer does. Segments are sealed in the order
// they came, which keeps the order within every lane.

public import Platform
import Synchronization

/// What became of a segment handed to a sealer.
public enum SealReport: Sendable, Equatable {
    /// It is sealed and durable.
    case sealed(SealedSegment)
    /// It was not sealed. `quarantinedAs` says where it is kept; nil when it stays where it is, to
    /// be recovered at the next start.
    case failed(SegmentName, SpoolError, quarantinedAs: String?)
}

/// Seals segments on a thread of its own.
public final class Sealer: Sendable {
    private enum Work: Sendable {
        case seal(SealJob)
        case answer(BoundedQueue<Bool>)
    }

    private let files: any FileSystem
    private let layout: SpoolLayout
    private let time: any TimeSource
    private let queue: BoundedQueue<Work>
    private let reports = Mutex<[SealReport]>([])
    private let running = Atomic<Int>(0)
    private let isStopping = StopFlag()
    private let thread = Mutex<WorkerThread?>(nil)
    private let observer: (@Sendable (SealReport) -> Void)?

    /// The most reports kept until they are taken; the oldest go first.
    public static let maximumReports = 4096
    /// Between two tries while the disk is full, in nanoseconds.
    public static let retryNanoseconds: Int64 = 500_000_000

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - files: The file system.
    ///   - layout: The spool.
    ///   - time: The clock for manifests and retries.
    ///   - maximumInFlight: The most segments that wait; `submit` blocks at more.
    ///   - observer: Called on the sealer's thread for every segment, before its report is kept.
    public init(
        files: any FileSystem, layout: SpoolLayout, time: any TimeSource = SystemTime(),
        maximumInFlight: Int = 8, observer: (@Sendable (SealReport) -> Void)? = nil
    ) throws(IOError) {
        self.files = files
        self.layout = layout
        self.time = time
        self.observer = observer
        queue = BoundedQueue(capacity: maximumInFlight)
        let started = try WorkerThread(name: "seal") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Segments handed over and not reported yet.
    public var inFlight: Int { running.load(ordering: .acquiring) }

    /// Whether a writer would have to wait.
    public var isFull: Bool { queue.count >= queue.capacity }

    /// The reports since the last call, in order.
    public func takeReports() -> [SealReport] {
        reports.withLock { reports in
            let taken = reports
            reports.removeAll(keepingCapacity: true)
            return taken
        }
    }

    /// Waits until everything handed over before is reported.
    public func waitUntilIdle() {
        let answer = BoundedQueue<Bool>(capacity: 1)
        if queue.push(.answer(answer)) == nil { _ = answer.pop() }
    }

    /// Seals what was handed over and ends the thread. While the disk is full it does not wait:
    /// what cannot be sealed stays hidden for the next start.
    public func stop() {
        isStopping.set()
        queue.close()
        let ending = thread.withLock { $0.take() }
        ending?.join()
    }

    func submit(_ job: SealJob) {
        running.add(1, ordering: .acquiringAndReleasing)
        // After stop() the caller's thread does it.
        if case .seal(let refused)? = queue.push(.seal(job)) { handle(refused) }
    }

    private func run() {
        while let work = queue.pop() {
            switch work {
            case .seal(let job): handle(job)
            case .answer(let waiter): _ = waiter.tryPush(true)
            }
        }
    }

    private func handle(_ job: SealJob) {
        let report = seal(job)
        observer?(report)
        reports.withLock { reports in
            if reports.count == Sealer.maximumReports { reports.removeFirst() }
            reports.append(report)
        }
        running.subtract(1, ordering: .acquiringAndReleasing)
    }

    private func seal(_ job: SealJob) -> SealReport {
        var job = job
        while true {
            do throws(SpoolError) {
                try Sealing.flush(&job, files)
                let sealed = try Sealing.publish(
                    job, layout, files, wallNanoseconds: time.wallNanoseconds())
                files.close(job.file)
                return .sealed(sealed)
            } catch {
                // Out of space behind a good flush: manifests are small, and room comes back.
                if case .io(let cause) = error, cause.isOutOfSpace, job.isFlushed {
                    if !isStopping.isSet {
                        time.sleep(nanoseconds: Sealer.retryNanoseconds)
                        continue
                    }
                    files.close(job.file)
                    return .failed(job.name, error, quarantinedAs: nil)
                }
                return fail(job, error)
            }
        }
    }

    private func fail(_ job: SealJob, _ error: SpoolError) -> SealReport {
        files.close(job.file)
        let path = layout.openPath(job.name)
        do throws(SpoolError) {
            // Renamed, but its directory not flushed: readers may have it, so it stays.
            let isThere = try spooling { () throws(IOError) in try files.status(path) } != nil
            guard isThere else { return .failed(job.name, error, quarantinedAs: nil) }
            let kept = try Quarantine.move(
                path, name: job.name, suffix: job.name.stage.suffix, reason: error.description,
                layout: layout, files: files)
            return .failed(job.name, error, quarantinedAs: kept)
        } catch let second {
            // The device refuses that, too: it stays hidden. The first failure is the one that
            // counts.
            return .failed(job.name, error.cause == nil ? second : error, quarantinedAs: nil)
        }
    }
}
