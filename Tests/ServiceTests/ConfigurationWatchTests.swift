import Foundation
import Logging
import Platform
import Telemetry
import Testing

@testable import Service

@Suite struct ConfigurationWatchTests {
    /// A folder as Kubernetes mounts a ConfigMap: the file is a link through `..data`, and a change
    /// replaces that link by rename.
    final class Mount {
        let folder: String
        private var version = 0

        init(_ text: String) throws {
            let name = "earshot-watch-\(UInt64.random(in: 0 ... .max))"
            folder = FileManager.default.temporaryDirectory.appending(path: name).path()
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try link("\(folder)/earshot.yaml", to: "..data/earshot.yaml")
            try write(text)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        var path: String { "\(folder)/earshot.yaml" }

        func write(_ text: String?) throws {
            version += 1
            let target = "\(folder)/v\(version)"
            try FileManager.default.createDirectory(
                atPath: target, withIntermediateDirectories: true)
            if let text {
                try Data(text.utf8).write(to: URL(filePath: "\(target)/earshot.yaml"))
            }
            try link("\(folder)/..tmp", to: "v\(version)")
            try LiveFiles().rename("\(folder)/..tmp", to: "\(folder)/..data")
        }

        private func link(_ path: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: target)
        }
    }

    /// A watch over a mount, with a clock of its own.
    struct Rig {
        let mount: Mount
        let service: ServiceContext
        var watch: ConfigurationWatch<Sample>
        var now = ContinuousClock.now

        init(_ text: String, live: Set<String> = ["ports"], flags: [String] = []) throws {
            mount = try Mount(text)
            let arguments = ["--config", mount.path] + flags
            let configured = try ServiceMain.configure(
                Sample.self, named: "earshot-sample", arguments: arguments, environment: [:])
            service = ServiceContext(
                name: "earshot-sample",
                log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                throttle: LogThrottle(), metrics: MetricsRegistry(), health: HealthState(),
                signals: try SignalTrap.install(), warnings: [],
                launch: Launch(
                    arguments: arguments, environment: [:], layered: configured.1))
            service.health.clear("starting")
            watch = ConfigurationWatch(Sample.self, service, live: live, now: now)
        }

        mutating func look(
            isAsked: Bool = false, after seconds: Int = 1
        ) -> ConfigurationWatch<Sample>.Change? {
            now = now.advanced(by: .seconds(seconds))
            return watch.look(isAsked: isAsked, now: now)
        }

        var counts: [UInt64] {
            ["reloads", "reload_failures"].map {
                service.metrics.counter("earshot_config_\($0)_total", help: "").value
            }
        }
    }

    @Test func `a file that was swapped by renaming a link is taken within a second`() throws {
        var rig = try Rig("ports: 80\n")
        #expect(rig.look() == nil)
        try rig.mount.write("ports: [80, 8000]\n")
        #expect(rig.look(after: 0) == nil)
        let change = rig.look()
        #expect(change?.command.ports?.description == "80,8000")
        #expect(change?.changed == ["ports"])
        #expect(rig.look() == nil)
        #expect(rig.counts == [1, 0])
    }

    @Test func `a bad file changes nothing, is said, and is over when a good one comes`() throws {
        var rig = try Rig("ports: 80\n")
        #expect(rig.look() == nil)
        try rig.mount.write("ports: many\n")
        #expect(rig.look() == nil)
        #expect(rig.look() == nil)
        #expect(rig.counts == [0, 1])
        let lines = rig.service.health.readiness().lines
        #expect(lines.count == 1)
        #expect(lines.first?.contains("'many' is not a port list") == true)
        #expect(lines.first?.hasSuffix("the old one stays in force") == true)
        try rig.mount.write("ports: 80\n")
        #expect(rig.look() == nil)
        #expect(rig.service.health.readiness().isGood)
        try rig.mount.write("ports: 81\n")
        #expect(rig.look()?.command.ports?.description == "81")
        #expect(rig.counts == [1, 1])
    }

    @Test func `a file that is gone is a bad one`() throws {
        var rig = try Rig("ports: 80\n")
        try rig.mount.write(nil)
        #expect(rig.look() == nil)
        #expect(rig.counts == [0, 1])
        #expect(!rig.service.health.readiness().isGood)
        try rig.mount.write("ports: 80\n")
        #expect(rig.look() == nil)
        #expect(rig.service.health.readiness().isGood)
    }

    @Test func `what cannot change while running waits for a restart`() throws {
        var rig = try Rig("ports: 80\nseal-bytes: 1MiB\n")
        #expect(rig.look() == nil)
        try rig.mount.write("ports: 80\nseal-bytes: 2MiB\n")
        #expect(rig.look() == nil)
        try rig.mount.write("ports: 81\nseal-bytes: 2MiB\n")
        #expect(rig.look()?.changed == ["ports"])
        #expect(rig.counts == [1, 0])
    }

    @Test func `a flag still beats the file`() throws {
        var rig = try Rig("ports: 80\n", flags: ["--ports", "99"])
        try rig.mount.write("ports: 81\n")
        #expect(rig.look() == nil)
        #expect(rig.look(isAsked: true) == nil)
        #expect(rig.counts == [0, 0])
    }

    @Test func `a change between the start and the first look is not missed`() throws {
        var rig = try Rig("ports: 80\n")
        try rig.mount.write("ports: 82\n")
        #expect(rig.look(after: 0)?.command.ports?.description == "82")
    }

    @Test func `guide 2's values work, and their next version, too`() throws {
        let head =
            "sniffer:\n  enabled: true\n  vpcmirror:\n    enabled: true\n    vnis: [8864121]\n"
        var rig = try Rig(head + "    ports: [8000]\n")
        #expect(rig.look() == nil)
        try rig.mount.write(head + "    ports: [8000, 80]\n")
        // The sample reads no block of Helm's: that is no mistake, and no change.
        #expect(rig.look() == nil)
        #expect(rig.counts == [0, 0])
    }
}
