// Why is there no call? What the connections to an address, a port or a network were.

import Bytes
import Calls
import Wire

/// Prints what connections turned out to be.
public enum TrafficText {
    /// A table by place, the most bytes first.
    ///
    /// - Parameters:
    ///   - summary: Of a reading.
    ///   - wanted: Addresses, ports or networks, of which one must fit; everything when empty.
    public static func text(_ summary: ReadingSummary, wanted: [String]) -> String {
        let traffic = summary.traffic
        var lines: [(bytes: UInt64, place: TrafficPlace, row: [String])] = []
        for (place, shares) in traffic.places where isWanted(place, wanted) {
            for kind in TrafficKind.allCases where shares[kind.rawValue].flows > 0 {
                let share = shares[kind.rawValue]
                let row = [
                    name(place.server), place.vni.map { "\($0)" } ?? "-", words(kind),
                    SizeText.count(share.flows), SizeText.bytes(share.bytes),
                ]
                lines.append((share.bytes, place, row))
            }
        }
        if lines.isEmpty { return nothing(summary, wanted) }
        lines.sort { left, right in
            if left.bytes != right.bytes { return left.bytes > right.bytes }
            return (left.place, left.row[2]) < (right.place, right.row[2])
        }
        let head = ["SERVER", "VNI", "WHAT IT WAS", "FLOWS", "BYTES"]
        var text = OverviewText.table([head] + lines.map(\.row), rightFrom: 3)
        if traffic.beyondLimit.flows > 0 {
            text += "\(SizeText.count(traffic.beyondLimit.flows)) flows to further places, "
            text += "\(SizeText.bytes(traffic.beyondLimit.bytes))\n"
        }
        return text
    }

    // Nothing fits: was there anything at all?
    private static func nothing(_ summary: ReadingSummary, _ wanted: [String]) -> String {
        let total = SizeText.count(summary.packets)
        let words = wanted.joined(separator: " ")
        let what = wanted.isEmpty ? "carried bytes over TCP" : "fits \(words)"
        return "no connection \(what) among \(total) packets\n"
    }

    static func isWanted(_ place: TrafficPlace, _ wanted: [String]) -> Bool {
        wanted.isEmpty
            || wanted.contains { word in
                if let number = UInt32(word) {
                    return UInt32(place.server.port) == number || place.vni == number
                }
                return word == name(place.server) || word == address(place.server.address)
            }
    }

    static func address(_ address: IPAddress) -> String {
        var buffer = ByteBuffer()
        address.append(to: &buffer)
        return text(buffer)
    }

    static func name(_ server: Endpoint) -> String {
        let address = address(server.address)
        return server.address.isIPv4
            ? "\(address):\(server.port)" : "[\(address)]:\(server.port)"
    }

    private static func text(_ buffer: borrowing ByteBuffer) -> String {
        var bytes: [UInt8] = []
        for index in 0..<buffer.count { bytes.append(buffer[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func words(_ kind: TrafficKind) -> String {
        switch kind {
        case .http: "HTTP"
        case .damagedHTTP: "HTTP with holes or parse errors"
        case .http2UnknownTable: "HTTP/2, header table unknown (picked up midstream)"
        case .tls: "TLS: capture where it is terminated"
        case .tunnel: "a tunnel or an upgrade to another protocol"
        case .oneDirection: "one direction only, no HTTP in it"
        case .other: "another protocol"
        }
    }
}
