// One end of a TCP conversation.

public import Bytes

/// An address and a TCP port.
public struct Endpoint: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The address.
    public var address: IPAddress
    /// The port.
    public var port: UInt16

    /// Creates an endpoint.
    @inlinable public init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Orders by value.
    @inlinable public static func < (left: Endpoint, right: Endpoint) -> Bool {
        left.address == right.address ? left.port < right.port : left.address < right.address
    }

    /// Appends `address:port`, or `[address]:port` for IPv6.
    public func append(to buffer: inout ByteBuffer) {
        if !address.isIPv4 { buffer.append(0x5B) }
        address.append(to: &buffer)
        if !address.isIPv4 { buffer.append(0x5D) }
        buffer.append(0x3A)
        buffer.append(decimal: UInt64(port))
    }
}

extension Endpoint: CustomStringConvertible {
    /// `address:port`, or `[address]:port` for IPv6.
    public var description: String {
        var buffer = ByteBuffer()
        append(to: &buffer)
        return String(decoding: buffer.span)
    }
}
