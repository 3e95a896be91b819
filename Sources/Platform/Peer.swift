// Talking to other processes on this host: the service manager, a process's own telemetry server.
// unix(7), tcp(7).

import CPlatform
import Glibc

/// Other processes.
public enum Peer {
    /// Sends one datagram to a Unix socket; never waits.
    ///
    /// - Parameters:
    ///   - text: The datagram.
    ///   - address: A path, or an abstract name behind `@`.
    public static func send(_ text: String, to address: String) throws(IOError) {
        let bytes = Array(text.utf8)
        // SAFETY: the bytes and the terminated copy of the address live for the call.
        let result = unsafe bytes.withUnsafeBufferPointer { buffer -> Int32 in
            guard let start = buffer.baseAddress else { return 0 }
            return unsafe platform_send_datagram(address, start, buffer.count)
        }
        if result < 0 { throw .last("sendto", address) }
    }

    /// Connects over TCP, sends a request, and reads until the other side closes.
    ///
    /// - Parameters:
    ///   - maximumBytes: The most bytes of the answer that are read.
    ///   - timeoutNanoseconds: The most time the whole may take.
    /// - Returns: The answer, cut at `maximumBytes`.
    public static func ask(
        host: String, port: UInt16, request: String, maximumBytes: Int, timeoutNanoseconds: Int64
    ) throws(IOError) -> [UInt8] {
        let question = Array(request.utf8)
        var answer = [UInt8](repeating: 0, count: max(maximumBytes, 1))
        // SAFETY: both arrays and the terminated copies of the strings live for the call, which
        // writes at most the count it is told.
        let count = unsafe question.withUnsafeBufferPointer { asked -> Int64 in
            unsafe answer.withUnsafeMutableBufferPointer { target -> Int64 in
                guard let from = asked.baseAddress, let into = target.baseAddress else { return 0 }
                return unsafe platform_ask(
                    host, String(port), from, asked.count, into, target.count,
                    timeoutNanoseconds)
            }
        }
        if count < 0 { throw .last("connect", "\(host):\(port)") }
        answer.removeLast(answer.count - Int(count))
        return answer
    }
}
