// What a stream that is not HTTP/1 seems to be: for counters, and for "why is there no call?".

import Bytes
import HTTP

/// A guess from the first bytes of a stream.
enum PayloadKind: Equatable, Sendable {
    /// A TLS record (RFC 8446 §5.1).
    case tls
    /// The HTTP/2 connection preface (RFC 9113 §3.4), or a beginning of it.
    case http2Preface
    /// A SETTINGS frame, as an HTTP/2 server begins with, perhaps before the client's preface.
    case http2Settings
    /// A PROXY protocol header of this length, version 1 or 2.
    case proxyHeader(Int)
    /// A beginning of one of the above that is too short to tell.
    case needMore
    /// Anything else.
    case other

    /// Whether more bytes, or the other direction, must tell.
    var isUndecided: Bool { self == .needMore || self == .http2Settings }

    static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    static let proxyV1: StaticString = "PROXY "
    static let proxyV2: StaticString = "\r\n\r\n\0\r\nQUIT\n"

    init(_ bytes: Span<UInt8>) {
        if bytes.count >= 3, bytes[0] >= 0x14, bytes[0] <= 0x17, bytes[1] == 3, bytes[2] <= 4 {
            self = .tls
        } else if PayloadKind.agrees(bytes, PayloadKind.preface) {
            self = bytes.count >= 24 ? .http2Preface : .needMore
        } else if PayloadKind.agrees(bytes, PayloadKind.proxyV1) {
            self = PayloadKind.proxyV1Length(bytes)
        } else if PayloadKind.agrees(bytes, PayloadKind.proxyV2) {
            guard bytes.count >= 16 else {
                self = .needMore
                return
            }
            self = .proxyHeader(16 + Int(bytes.bigEndian(UInt16.self, at: 14)))
        } else if PayloadKind.mayBeHead(bytes) {
            self = .needMore
        } else if PayloadKind.isSettings(bytes) {
            self = .http2Settings
        } else {
            self = .other
        }
    }

    // RFC 9113 §6.5: length a multiple of 6, type 4, no flags, stream 0.
    static func isSettings(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= 9, bytes[0] == 0, bytes[1] == 0, bytes[2] % 6 == 0 else {
            return false
        }
        return bytes[3] == 4 && bytes[4] == 0 && bytes.bigEndian(UInt32.self, at: 5) == 0
    }

    // The beginning of a HEADERS frame, with which a connection picked up midstream may begin, too
    // short to tell.
    static func mayBeHead(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count > 0, bytes[0] == 0, bytes.count < 4 || bytes[3] == 1 else { return false }
        return HTTP2Connection.looksLikeFrames(bytes) == .needMore
    }

    static func agrees(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
        for index in 0..<min(bytes.count, text.utf8CodeUnitCount)
        where bytes[index] != text.byte(at: index) {
            return false
        }
        return true
    }

    // At most 107 bytes with its CRLF (PROXY protocol §2.1).
    static func proxyV1Length(_ bytes: Span<UInt8>) -> PayloadKind {
        guard let lineFeed = Scan.firstIndex(of: 0x0A, in: bytes) else {
            return bytes.count < 107 ? .needMore : .other
        }
        return lineFeed < 107 ? .proxyHeader(lineFeed + 1) : .other
    }
}
