// swift-tools-version: 6.2
// The house plan: one line per room, arrows only upwards (a module uses modules listed before it).
// What each room is for: ARCHITECTURE.md.

import PackageDescription

let rules: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableExperimentalFeature("Lifetimes"),
]

/// A C library of the system: its module map and header are in `Sources/<name>`.
func system(_ name: String, _ pkgConfig: String, _ apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A library room and the target of its tests.
func library(_ name: String, _ uses: [Target.Dependency] = [], tests: [Target.Dependency] = [])
    -> [Target]
{
    [
        .target(name: name, dependencies: uses, swiftSettings: rules),
        .testTarget(
            name: "\(name)Tests", dependencies: [.byName(name: name)] + uses + tests,
            swiftSettings: rules),
    ]
}

/// An executable: thin, its logic is in the rooms it uses.
func process(_ name: String, _ uses: [Target.Dependency]) -> [Target] {
    [.executableTarget(name: name, dependencies: uses, swiftSettings: rules)]
}

let arguments: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let targets: [[Target]] = [
    [
        system("CPcap", "libpcap", "libpcap-dev"),
        system("CLZ4", "liblz4", "liblz4-dev"),
        system("CZlib", "zlib", "zlib1g-dev"),
        system("CDeflate", "libdeflate", "libdeflate-dev"),
        system("CBrotli", "libbrotlidec", "libbrotli-dev"),
        system("CZstd", "libzstd", "libzstd-dev"),
        system("CPCRE2", "libpcre2-8", "libpcre2-dev"),
        system("CCurl", "libcurl", "libcurl4-openssl-dev"),
        system("CLibYAML", "yaml-0.1", "libyaml-dev"),
        system("CMicrohttpd", "libmicrohttpd", "libmicrohttpd-dev"),
        .target(name: "CPlatform"),
        .target(name: "CKernels"),
    ],
    // Pure: bytes in, values out.
    library("Bytes", ["CKernels"]),
    library("Wire", ["Bytes"]),
    library("CaptureFile", ["Bytes"]),
    library("Reassembly", ["Bytes", "Wire"]),
    library("HTTP", ["Bytes"]),
    library("Records", ["Bytes"]),
    // Fences around C libraries that only compute.
    library("Compression", ["Bytes", "CLZ4", "CZlib", "CDeflate", "CBrotli", "CZstd"]),
    library("Patterns", ["Bytes", "CPCRE2"]),
    library("Rules", ["Bytes", "Records", "Patterns"]),
    library(
        "Calls", ["Bytes", "Wire", "Reassembly", "HTTP", "Records", "Compression", "Rules"],
        tests: ["CaptureFile"]),
    // Effects.
    library("YAML", ["CLibYAML"]),
    library("Platform", ["CPlatform"]),
    library("Telemetry", ["Platform", "CMicrohttpd", logging]),
    library("Service", ["Platform", "Telemetry", "YAML", arguments, logging]),
    library("Spool", ["Bytes", "Platform", "Compression"]),
    library(
        "PacketSource",
        ["Bytes", "Wire", "Platform", "CaptureFile", "Compression", "CPcap", "CPlatform"]),
    library(
        "Recorder",
        ["Bytes", "Wire", "Platform", "CaptureFile", "Compression", "PacketSource", "Spool"]),
    library(
        "Assembly",
        [
            "Bytes", "Wire", "Platform", "CaptureFile", "Compression", "PacketSource", "Reassembly",
            "Records", "Rules", "Calls", "Spool", "Telemetry", "Service", arguments, logging,
        ]),
    library(
        "Sinks",
        ["Bytes", "Platform", "Compression", "Spool", "Telemetry", "CCurl", logging]),
    library(
        "SinkSetup",
        ["Platform", "Service", "Sinks", arguments]),
    library(
        "Operations",
        [
            "Bytes", "Wire", "Platform", "CaptureFile", "Compression", "Records", "Rules", "Calls",
            "Spool", "Telemetry", "Service", "Assembly", "Sinks", arguments,
        ], tests: [logging]),
    // The processes.
    process(
        "capture",
        [
            "Service", "Recorder", "PacketSource", "Spool", "Platform", "Telemetry", "Wire",
            arguments, logging,
        ]),
    process("assemble", ["Service", "Assembly", "Platform", "Spool", arguments]),
    process(
        "ship",
        [
            "Service", "Sinks", "SinkSetup", "Platform", "Spool", "Telemetry", arguments, logging,
        ]),
    process(
        "earshot",
        [
            "Bytes", "Calls", "PacketSource", "Service", "Assembly", "Rules", "Spool", "Platform",
            "Telemetry", "Sinks", "SinkSetup", "Operations", arguments,
        ]),
    // For tests and measurements: a seeded generator of captures.
    [
        .executableTarget(
            name: "traffic", dependencies: ["Bytes", arguments], path: "Benchmarks/traffic",
            swiftSettings: rules)
    ],
]

/// The targets, each with all it reaches. The build system compiles a module again only when one
/// that is named changed; but a value of one module lies inside values of others, and when its
/// layout changes all of them have to be compiled.
func reaching(_ targets: [Target]) -> [Target] {
    var reached: [String: [String]] = [:]
    for target in targets {
        var names: [String] = []
        var products: [Target.Dependency] = []
        for use in target.dependencies {
            guard case .byNameItem(let name, _) = use else {
                products.append(use)
                continue
            }
            for found in (reached[name] ?? []) + [name] where !names.contains(found) {
                names.append(found)
            }
        }
        reached[target.name] = names
        target.dependencies = names.map { .byName(name: $0) } + products
    }
    return targets
}

// Fuzz drivers (`make fuzz`): libFuzzer brings its own main, so that no other build has them.
let fuzzers: [Target] =
    Context.environment["EARSHOT_FUZZ"] == nil
    ? []
    : [
        .target(name: "FuzzEntry", path: "Fuzz/Entry"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "FuzzEntry", "Bytes", "Wire", "CaptureFile", "Reassembly", "HTTP", "Records",
                "Compression", "Rules", "Calls", "Spool",
            ], path: "Fuzz/Drivers",
            swiftSettings: rules + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]),
    ]

let package = Package(
    name: "earshot",
    products: [
        .executable(name: "earshot-capture", targets: ["capture"]),
        .executable(name: "earshot-assemble", targets: ["assemble"]),
        .executable(name: "earshot-ship", targets: ["ship"]),
        .executable(name: "earshot", targets: ["earshot"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: reaching(targets.flatMap { $0 } + fuzzers)
)
