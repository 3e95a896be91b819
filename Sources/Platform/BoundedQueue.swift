// A queue between threads that holds a stated number of elements and no more: backpressure that can
// be seen. For buffers and jobs (some thousand a second), not for packets.

import Glibc

/// A bounded first-in first-out queue of owned elements.
///
/// Any number of threads may push and pop. Closing lets what is queued be popped; then pops give
/// nil.
@safe
public final class BoundedQueue<Element: ~Copyable & Sendable>: @unchecked Sendable {
    // SAFETY: everything below is touched with `lock` held only. Slots head ..< head + used (modulo
    // capacity) hold live elements, the others none.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private let slots: UnsafeMutablePointer<Element>
    private var head = 0
    private var used = 0
    private var closed = false

    /// The most elements it holds.
    public let capacity: Int

    /// Creates an empty queue.
    public init(capacity: Int) {
        precondition(capacity > 0, "a queue holds something")
        self.capacity = capacity
        // SAFETY: allocated here, initialized here, destroyed and freed in deinit.
        unsafe slots = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        unsafe lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        unsafe changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(changed, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        // SAFETY: nobody else has a reference any more.
        for index in 0..<used { unsafe (slots + (head + index) % capacity).deinitialize(count: 1) }
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(lock)
        unsafe changed.deallocate()
        unsafe lock.deallocate()
        unsafe slots.deallocate()
    }

    /// Appends an element, waiting while the queue is full.
    ///
    /// - Returns: nil when it was taken; the element itself when the queue is closed.
    public func push(_ element: consuming Element) -> Element? {
        unsafe pthread_mutex_lock(lock)
        defer { _ = unsafe pthread_mutex_unlock(lock) }
        while used == capacity, !closed { _ = unsafe pthread_cond_wait(changed, lock) }
        if closed { return element }
        put(element)
        return nil
    }

    /// Appends an element if there is room now.
    ///
    /// - Returns: nil when it was taken; the element itself when the queue is full or closed.
    public func tryPush(_ element: consuming Element) -> Element? {
        unsafe pthread_mutex_lock(lock)
        defer { _ = unsafe pthread_mutex_unlock(lock) }
        if closed || used == capacity { return element }
        put(element)
        return nil
    }

    /// Takes the oldest element, waiting for one.
    ///
    /// - Parameter timeoutNanoseconds: The longest wait; nil waits without end.
    /// - Returns: nil when the time is over, or the queue is closed and empty.
    public func pop(timeoutNanoseconds: Int64? = nil) -> Element? {
        unsafe pthread_mutex_lock(lock)
        defer { _ = unsafe pthread_mutex_unlock(lock) }
        if used == 0, !closed, let timeoutNanoseconds {
            let (end, overflow) = SystemTime().monotonicNanoseconds()
                .addingReportingOverflow(max(timeoutNanoseconds, 0))
            var deadline = timespec(nanoseconds: overflow ? .max : end)
            while used == 0, !closed {
                // SAFETY: all three live as long as the call.
                if unsafe pthread_cond_timedwait(changed, lock, &deadline) == ETIMEDOUT { break }
            }
        } else {
            while used == 0, !closed { _ = unsafe pthread_cond_wait(changed, lock) }
        }
        return take()
    }

    /// Takes the oldest element if there is one now.
    public func tryPop() -> Element? {
        unsafe pthread_mutex_lock(lock)
        defer { _ = unsafe pthread_mutex_unlock(lock) }
        return take()
    }

    /// Lets no more elements in and wakes everyone who waits.
    public func close() {
        unsafe pthread_mutex_lock(lock)
        closed = true
        _ = unsafe pthread_cond_broadcast(changed)
        unsafe pthread_mutex_unlock(lock)
    }

    /// Whether it was closed.
    public var isClosed: Bool {
        unsafe pthread_mutex_lock(lock)
        defer { _ = unsafe pthread_mutex_unlock(lock) }
        return closed
    }

    /// The number of elements queued.
    public var count: Int {
        unsafe pthread_mutex_lock(lock)
        defer { _ = unsafe pthread_mutex_unlock(lock) }
        return used
    }

    private func put(_ element: consuming Element) {
        // SAFETY: the caller holds the lock and saw used < capacity: the slot is empty.
        unsafe (slots + (head + used) % capacity).initialize(to: element)
        used += 1
        _ = unsafe pthread_cond_broadcast(changed)
    }

    private func take() -> Element? {
        if used == 0 { return nil }
        // SAFETY: the caller holds the lock; the slot at head is live and leaves the range.
        let element = unsafe (slots + head).move()
        head = (head + 1) % capacity
        used -= 1
        _ = unsafe pthread_cond_broadcast(changed)
        return element
    }
}
