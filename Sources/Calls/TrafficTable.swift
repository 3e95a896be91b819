// What connections were, per server and network: the answer to "why is there no call?" for an
// address, a port or a VNI.

import Bytes
import HTTP
import Reassembly
public import Wire

/// What a connection turned out to be.
public enum TrafficKind: Int, CaseIterable, Sendable {
    /// HTTP, all of it read.
    case http
    /// HTTP of which bytes were lost or could not be parsed.
    case damagedHTTP
    /// HTTP/2 whose header table is not known: it was picked up midstream.
    case http2UnknownTable
    /// TLS: nothing can be read.
    case tls
    /// A tunnel, or an upgrade to another protocol.
    case tunnel
    /// No HTTP, and only one direction was seen.
    case oneDirection
    /// Another protocol.
    case other
}

/// Flows and bytes of one kind.
public struct TrafficShare: Equatable, Sendable {
    /// Connections that are over.
    public var flows: UInt64 = 0
    /// The bytes they carried in both directions.
    public var bytes: UInt64 = 0

    /// Creates a share of nothing.
    public init(flows: UInt64 = 0, bytes: UInt64 = 0) {
        self.flows = flows
        self.bytes = bytes
    }
}

/// Who was talked to, and in which network.
public struct TrafficPlace: Hashable, Comparable, Sendable {
    /// The server's address and port.
    public var server: Endpoint
    /// The network; nil without one.
    public var vni: UInt32?

    /// Orders by port, network and address.
    public static func < (left: TrafficPlace, right: TrafficPlace) -> Bool {
        (left.server.port, left.vni ?? 0, left.server.address)
            < (right.server.port, right.vni ?? 0, right.server.address)
    }
}

/// A bounded account of connections by place and kind.
public struct TrafficTable: Sendable {
    /// The most places told apart; connections to others are counted together.
    public static let limit = 4096

    /// By place, one share for each kind.
    public private(set) var places: [TrafficPlace: [TrafficShare]] = [:]
    /// Connections to places beyond the limit.
    public private(set) var beyondLimit = TrafficShare()

    /// Creates an empty account.
    public init() {}

    /// Counts a connection that is over.
    mutating func note(_ place: TrafficPlace, _ kind: TrafficKind, bytes: UInt64) {
        // In place, without an array of its own for every connection.
        if let index = places.index(forKey: place) {
            places.values[index][kind.rawValue].flows &+= 1
            places.values[index][kind.rawValue].bytes &+= bytes
            return
        }
        guard places.count < TrafficTable.limit else {
            beyondLimit.flows &+= 1
            beyondLimit.bytes &+= bytes
            return
        }
        var shares = Array(repeating: TrafficShare(), count: TrafficKind.allCases.count)
        shares[kind.rawValue] = TrafficShare(flows: 1, bytes: bytes)
        places[place] = shares
    }
}

extension CallAssembler {
    /// Accounts for a connection before it is forgotten.
    mutating func noteTraffic(_ handle: Int32) {
        let bytes = connections[handle].delivered[0] &+ connections[handle].delivered[1]
        // Before anything was recognised, the lower port is the server's nearly always.
        let description = connections[handle].description
        var server = connections[handle].serverEndpoint
        if connections[handle].client == nil, description.originator.port < server.port {
            server = description.originator
        }
        let place = TrafficPlace(server: server, vni: description.encapsulation.vni)
        traffic.note(place, kind(handle), bytes: bytes)
    }

    private func kind(_ handle: Int32) -> TrafficKind {
        switch connections[handle].mode {
        case .tls: return .tls
        case .tunnel: return .tunnel
        case .webSocket: return .http
        case .http2:
            let slot = connections[handle].extra
            return http2[slot].knowsHeaderTable(fromClient: true)
                && http2[slot].knowsHeaderTable(fromClient: false) ? .http : .http2UnknownTable
        case .http1, .other:
            if connections[handle].hasHTTP {
                return connections[handle].isDisturbed ? .damagedHTTP : .http
            }
            let delivered = connections[handle].delivered
            return delivered[0] == 0 || delivered[1] == 0 ? .oneDirection : .other
        }
    }
}
