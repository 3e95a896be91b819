// Randomness for hash seeds and jitter; never for anything that shows in output.

import CPlatform

/// The system's random numbers.
public enum SystemRandom {
    /// A random number.
    public static func seed() throws(IOError) -> UInt64 {
        var value: UInt64 = 0
        // SAFETY: the call fills the eight bytes of the integer.
        let result = unsafe withUnsafeMutableBytes(of: &value) { raw in
            guard let start = raw.baseAddress else { return Int32(-1) }
            return unsafe platform_random(start, raw.count)
        }
        if result < 0 { throw .last("getrandom", "8 bytes") }
        return value
    }
}
