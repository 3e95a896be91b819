// Slots by number: where flows, messages and streams live, so that a handle is four bytes, state is
// changed in place, and nothing on the packet path counts references.

/// A growing set of reusable slots, each holding one `Element`.
///
/// A freed slot keeps its element (and the memory that element holds) for the next `claim`.
@safe
public struct Slab<Element: ~Copyable>: ~Copyable {
    // SAFETY: `base` has room for `capacity` elements, the first `initialized` of them live; owned
    // by this value alone.
    @usableFromInline var base: UnsafeMutablePointer<Element>
    @usableFromInline var initialized: Int
    var capacity: Int
    var free: [Int32]

    /// The number of slots in use.
    public var count: Int { initialized - free.count }

    /// The number of slots there ever were at once: handles are below it.
    public var highWater: Int { initialized }

    /// Creates a slab with room for `capacity` slots.
    public init(capacity: Int = 16) {
        self.capacity = max(capacity, 1)
        unsafe base = UnsafeMutablePointer<Element>.allocate(capacity: self.capacity)
        initialized = 0
        free = []
    }

    deinit {
        unsafe base.deinitialize(count: initialized)
        unsafe base.deallocate()
    }

    /// Takes a slot: a freed one with its old element, else a new one holding `make()`.
    ///
    /// - Returns: The slot's handle, and whether its element is a used one that the caller must
    ///   reset.
    public mutating func claim(_ make: () -> Element) -> (handle: Int32, isReused: Bool) {
        if let handle = free.popLast() { return (handle, true) }
        if initialized == capacity { grow() }
        // SAFETY: initialized < capacity, and that slot holds no element yet.
        unsafe (base + initialized).initialize(to: make())
        initialized += 1
        return (Int32(initialized - 1), false)
    }

    /// Gives a slot back; its element stays for reuse.
    public mutating func release(_ handle: Int32) {
        precondition(Int(handle) < initialized && handle >= 0, "a handle of this slab")
        free.append(handle)
    }

    mutating func grow() {
        let fresh = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        // SAFETY: `fresh` has room for all live elements; they are moved, so that the old memory
        // holds none when it goes.
        unsafe fresh.moveInitialize(from: base, count: initialized)
        unsafe base.deallocate()
        unsafe base = fresh
        capacity *= 2
    }

    /// The element in a slot, in place.
    @inlinable public subscript(handle: Int32) -> Element {
        // SAFETY: the precondition keeps the handle among live elements.
        unsafeAddress {
            precondition(handle >= 0 && Int(handle) < initialized, "a handle of this slab")
            return unsafe UnsafePointer(base + Int(handle))
        }
        unsafeMutableAddress {
            precondition(handle >= 0 && Int(handle) < initialized, "a handle of this slab")
            return unsafe base + Int(handle)
        }
    }
}
