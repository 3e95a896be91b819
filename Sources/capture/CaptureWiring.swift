// From options to the parts of the recorder.

import PacketSource
import Platform
import Recorder
import Service
import Spool
import Wire

/// What the options mean to the modules.
struct CaptureWiring {
    let input: InputOptions
    let memory: MemoryOptions
    let spool: SpoolOptions

    /// The interfaces; commas between names are accepted, too.
    var interfaces: [String] {
        let named = input.interface.flatMap { $0.split(separator: ",").map(String.init) }
        var seen: Set<String> = []
        let unique = named.filter { seen.insert($0).inserted }
        return unique.isEmpty ? ["any"] : unique
    }

    var readsFiles: Bool { !input.read.isEmpty }

    /// - Throws: `ServiceFailure` naming the option that does not go with another, or is wrong.
    func validate(drain: Bool) throws {
        if readsFiles, !input.interface.isEmpty {
            throw ServiceFailure(.usage, "--interface and --read do not go together")
        }
        if drain, !readsFiles {
            throw ServiceFailure(
                .usage, "--drain goes with --read: an interface has no end; SIGTERM ends it")
        }
        if input.read.filter({ $0 == "-" }).count > 1 {
            throw ServiceFailure(.usage, "--read: standard input can be read once")
        }
        let limits: [(String, Bool)] = [
            ("--snaplen must be from 64 to 262144", !(64...262_144).contains(input.snaplen)),
            ("--lanes must be from 1 to 64", !(1...64).contains(memory.lanes)),
            ("--ring must be from 1MiB to 2047MiB", !(1...2_047).contains(memory.ring.bytes >> 20)),
            ("--pool must be at least 2MiB", memory.pool.bytes < 2 << 20),
            ("--seal-bytes must be at least 64KiB", spool.sealBytes.bytes < 64 << 10),
            ("--seal-after must be at least 10ms", spool.sealAfter.nanoseconds < 10_000_000),
            ("--marker-after must be at least 100ms", spool.markerAfter.nanoseconds < 100_000_000),
            ("--engine is auto or mirror", !["auto", "mirror"].contains(input.engine)),
            ("--when-full is refuse or drop-oldest", WhenFull(rawValue: spool.whenFull) == nil),
            (
                "--budget must be at least 32MiB: half of it is the reserve for manifests",
                (spool.budget?.bytes ?? .max) < 32 << 20
            ),
            ("--vxlan-ports: at most 16", vxlanPorts.count > 16),
            ("--compression-level is from -64 to 12", !(-64...12).contains(spool.compressionLevel)),
        ]
        for (message, isWrong) in limits where isWrong { throw ServiceFailure(.usage, message) }
        do throws(CaptureError) {
            let compiled = try kernelFilter.compile(linkType: 1)
            guard compiled.instructionCount <= 4_096 else {
                throw .invalidFilter(
                    text: input.filter ?? "",
                    detail: "\(compiled.instructionCount) instructions; the kernel takes 4096: "
                        + "name fewer ports or networks")
            }
        } catch {
            throw failure(error)
        }
    }

    var vxlanPorts: [UInt16] { input.vxlanPorts.ranges.flatMap { Array($0) } }

    var kernelFilter: KernelFilter {
        var filter = KernelFilter()
        filter.ports = input.ports?.ranges ?? []
        filter.networks = VNIFilter(
            (input.vnis?.entries ?? []).map { .init(vni: $0.vni, allows: $0.isAllowed) })
        filter.vxlanPorts = vxlanPorts
        filter.isTunnelledOnly = input.engine == "mirror"
        filter.userExpression = input.filter ?? ""
        return filter
    }

    /// Files are stored whole unless something was asked for.
    var fileFilter: KernelFilter? {
        let asksForNothing =
            input.ports == nil && input.vnis == nil && input.filter == nil && input.engine == "auto"
        return asksForNothing ? nil : kernelFilter
    }

    var liveOptions: LiveOptions {
        var options = LiveOptions()
        options.snaplen = Int32(input.snaplen)
        options.ringBytes = memory.ring.bytes
        options.isPromiscuous = input.promiscuous
        return options
    }

    var recorderOptions: RecorderOptions {
        var options = RecorderOptions(source: readsFiles ? .files : .live)
        options.lanes = UInt32(memory.lanes)
        options.sealBytes = UInt64(spool.sealBytes.bytes)
        options.compressionLevel = spool.compressionLevel
        options.software = "earshot-capture \(EarshotVersion.text)"
        options.poolBytes = memory.pool.bytes
        if readsFiles {
            // A file's reader waits: more buffers would only take longer to fill the first time.
            options.poolBytes = min(options.poolBytes, 32 << 20)
            // Standard input may be a live capture at the other end of a pipe.
            if input.read.contains("-") {
                options.sealAfterNanoseconds = spool.sealAfter.nanoseconds
            }
        } else {
            options.sealAfterNanoseconds = spool.sealAfter.nanoseconds
            options.markerAfterNanoseconds = spool.markerAfter.nanoseconds
        }
        return options
    }

    func retentionLimits(_ space: FreeSpace) -> RetentionLimits {
        var limits = RetentionLimits()
        limits.budgetBytes = spool.budget.map { UInt64($0.bytes) }
        limits.minimumFreeBytes =
            spool.minFree.map { UInt64($0.bytes) } ?? min(1 << 30, space.totalBytes / 20)
        limits.retainNanoseconds = spool.retain.nanoseconds
        limits.whenFull = WhenFull(rawValue: spool.whenFull) ?? .refuse
        return limits
    }
}

/// A capture's error as the process ends with it.
func failure(_ error: CaptureError) -> ServiceFailure {
    ServiceFailure(Platform.ExitCode(rawValue: error.exitCode) ?? .osError, "\(error)")
}

/// The spool's error as the process ends with it.
func failure(_ error: SpoolError) -> ServiceFailure {
    // That a directory of the spool is missing is no missing input.
    let code = error.exitCode
    return ServiceFailure(code == .noInput ? .cannotCreate : code, "\(error)")
}
