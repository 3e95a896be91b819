// Waiting for any of a few descriptors. poll(2).

import Glibc

/// Descriptors that are waited for together.
public struct DescriptorSet: Sendable {
    private var entries: [pollfd] = []

    /// An empty set.
    public init() {}

    /// Forgets all descriptors.
    public mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

    /// Adds a descriptor.
    public mutating func insert(_ descriptor: Int32) {
        entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    }

    /// Waits until one of them can be read or has failed, or the time is over.
    ///
    /// - Returns: How many of them; 0 when the time is over.
    public mutating func wait(milliseconds: Int32) -> Int {
        // SAFETY: the kernel reads and writes entries.count structures.
        let count = unsafe poll(&entries, nfds_t(entries.count), milliseconds)
        return max(Int(count), 0)
    }
}
