// The two queues between a capture thread and its writer: full buffers one way, empty ones back.
//
// Rule: the number of buffers is fixed. A capture thread never waits for one (live) or always does
// (files): then the writer's pace is the reader's.

import Bytes
import PacketSource
import Platform
import Synchronization

/// The pool of one lane, and what both of its threads must know.
final class LaneChannel: Sendable {
    /// Empty buffers.
    let free: BoundedQueue<PacketBuffer>
    /// Buffers with packets, oldest first.
    let full: BoundedQueue<PacketBuffer>
    /// The bytes of blocks a buffer holds.
    let bufferBytes: Int
    /// Whether the disk is full: what there is no buffer for is refused for that, then.
    let isStorageFull = Atomic<Bool>(false)
    /// What was refused at the very end, when there was no buffer to say it with.
    let leftover = Mutex(LostPackets())
    /// The interfaces, by index; it only grows.
    let interfaces = Mutex<[SourceInterface]>([])

    /// Makes the pool; at least two buffers, since one is filled while another is written.
    init(poolBytes: Int, bufferBytes: Int) {
        let count = max(poolBytes / bufferBytes, 2)
        self.bufferBytes = bufferBytes
        free = BoundedQueue(capacity: count)
        // One more than there are: handing over never waits.
        full = BoundedQueue(capacity: count + 1)
        for _ in 0..<count {
            var buffer = PacketBuffer(capacity: bufferBytes)
            buffer.populate()
            _ = free.tryPush(buffer)
        }
    }

    /// Learns of an interface; an index that is known already is overwritten (an interface that
    /// came back may have another link type).
    func describe(_ interface: SourceInterface, at index: Int) {
        interfaces.withLock { known in
            while known.count <= index {
                known.append(SourceInterface(name: "", linkType: interface.linkType, snaplen: 0))
            }
            known[index] = interface
        }
    }
}
