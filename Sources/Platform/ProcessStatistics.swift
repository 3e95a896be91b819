// What this process costs. proc(5), getrusage(2).

import CPlatform
import Glibc

/// Memory and processor time of this process.
public struct ProcessStatistics: Sendable, BitwiseCopyable {
    /// Memory in use, resident.
    public var residentBytes: UInt64 = 0
    /// The most resident memory there was.
    public var peakResidentBytes: UInt64 = 0
    /// Address space.
    public var virtualBytes: UInt64 = 0
    /// Processor time in user mode.
    public var userNanoseconds: Int64 = 0
    /// Processor time in the kernel.
    public var systemNanoseconds: Int64 = 0

    /// Looks at this process; what cannot be read stays 0.
    public static func current() -> ProcessStatistics {
        var result = ProcessStatistics()
        var usage = rusage()
        // SAFETY: getrusage fills the struct it is given.
        if unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 {
            result.userNanoseconds = nanoseconds(usage.ru_utime)
            result.systemNanoseconds = nanoseconds(usage.ru_stime)
            result.peakResidentBytes = UInt64(clamping: usage.ru_maxrss) &* 1024
        }
        let pageBytes = UInt64(clamping: sysconf(Int32(_SC_PAGESIZE)))
        let pages = statm()
        if pages.count > 1 {
            result.virtualBytes = pages[0] &* pageBytes
            result.residentBytes = pages[1] &* pageBytes
        }
        return result
    }

    /// Makes this process reuse freed memory rather than give every large block back; once, at
    /// start.
    public static func keepFreedMemory() { platform_keep_freed_memory() }

    /// Processor time of the calling thread.
    public static func threadNanoseconds() -> Int64 {
        var now = timespec()
        // SAFETY: clock_gettime fills the struct it is given.
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
        return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
    }

    private static func nanoseconds(_ time: timeval) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_usec) &* 1000
    }

    private static func statm() -> [UInt64] {
        do throws(IOError) {
            let file = try InputFile(path: "/proc/self/statm")
            var failure: IOError?
            let bytes = [UInt8](unsafeUninitializedCapacityOf: 256) { target in
                do throws(IOError) {
                    _ = try file.read(into: &target)
                } catch {
                    failure = error
                }
            }
            if failure != nil { return [] }
            let text = String(decoding: bytes, as: UTF8.self)
            return text.split(separator: " ").compactMap { UInt64($0) }
        } catch {
            // Not mounted in some containers: the numbers stay 0.
            return []
        }
    }
}
