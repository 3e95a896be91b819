// Counters of all rooms as one list, so that a difference between two moments can be taken.

import Calls

/// A counter of a room.
public struct RoomCount: Sendable {
    /// The room: `wire`, `reassembly`, `http1`, `http2`, `websocket`, `calls`, `rules`.
    public let room: StaticString
    /// The counter's name in its room, snake case.
    public let name: StaticString
    /// The value.
    public var value: UInt64

    /// Every counter of an engine; the order is always the same.
    static func all(of engine: borrowing Engine) -> [RoomCount] {
        var counts: [RoomCount] = []
        engine.forEachCounter { (room: StaticString, name: StaticString, value: UInt64) in
            counts.append(RoomCount(room: room, name: name, value: value))
        }
        return counts
    }

    /// What was added since `earlier`, a list of the same engine.
    static func difference(_ later: [RoomCount], since earlier: [RoomCount]) -> [RoomCount] {
        var counts = later
        for index in counts.indices where index < earlier.count {
            counts[index].value &-= earlier[index].value
        }
        return counts
    }

    /// Adds a list to another one.
    static func add(_ more: [RoomCount], to counts: inout [RoomCount]) {
        guard !counts.isEmpty else {
            counts = more
            return
        }
        for index in counts.indices where index < more.count {
            counts[index].value &+= more[index].value
        }
    }

    /// The counters that are not zero, by room and name, as manifests have them.
    static func byRoom(_ counts: [RoomCount]) -> [String: [String: UInt64]] {
        var rooms: [String: [String: UInt64]] = [:]
        for count in counts where count.value > 0 {
            rooms[count.room.description, default: [:]][count.name.description] = count.value
        }
        return rooms
    }
}
