// A named kernel thread that is joined: for work that blocks. No pool, no Dispatch.

import CPlatform
import Glibc

/// A thread of the kernel's that runs one closure.
@safe
public final class WorkerThread: @unchecked Sendable {
    // SAFETY: `handle` is written once before the value is shared and only passed to pthread_join,
    // by the one caller that finds `isJoined` false under the lock.
    private let handle: pthread_t
    private let isJoined = StopFlag()

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: Shown by ps and top; 15 bytes are kept.
    ///   - stackBytes: The size of its stack.
    ///   - processor: The processor it is pinned to, if any; a failure to pin is ignored.
    ///   - body: What it runs.
    /// - Throws: `pthread_create`'s error.
    public init(
        name: String, stackBytes: Int = 1 << 20, processor: Int? = nil,
        _ body: @escaping @Sendable () -> Void
    ) throws(IOError) {
        var attributes = pthread_attr_t()
        // SAFETY: the attributes are initialized before use and destroyed after it.
        unsafe pthread_attr_init(&attributes)
        defer { _ = unsafe pthread_attr_destroy(&attributes) }
        _ = unsafe pthread_attr_setstacksize(&attributes, max(stackBytes, 64 << 10))
        let work = unsafe Unmanaged.passRetained(
            ThreadBody(name: name, processor: processor, body: body))
        var thread = pthread_t()
        // SAFETY: the body is retained for the thread, which takes that reference over.
        let result = unsafe pthread_create(
            &thread, &attributes,
            { context in
                guard let context = unsafe context else { return nil }
                let work = unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue()
                work.run()
                return nil
            }, work.toOpaque())
        guard result == 0 else {
            unsafe work.release()
            throw IOError(call: "pthread_create", path: name, errno: result)
        }
        handle = thread
    }

    /// Waits until the thread has ended. Later calls return at once.
    public func join() {
        if isJoined.set() { return }
        // SAFETY: joined once, by whoever set the flag.
        _ = pthread_join(handle, nil)
    }

    /// The number of processors this process may use, at least 1.
    public static var processorCount: Int { max(Int(platform_processor_count()), 1) }
}

private final class ThreadBody: Sendable {
    let name: String
    let processor: Int?
    let body: @Sendable () -> Void

    init(name: String, processor: Int?, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.processor = processor
        self.body = body
    }

    func run() {
        // A thread without its name or place works as well.
        // SAFETY: the name is passed as a zero-ended copy for the call only.
        _ = unsafe platform_set_thread_name(name)
        if let processor { _ = platform_set_thread_processor(Int32(clamping: processor)) }
        body()
    }
}
