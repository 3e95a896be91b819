import Platform
import Testing

@testable import Service

@Suite struct LayeredArgumentsTests {
    static let table = SettingsTable(
        process: "capture",
        [
            .text("interface", shape: .list, letter: "i", help: "Interfaces.")
                .reading(OldName("NET_DEVICE"), OldName("VPC_MIRROR_DEVICE")),
            .value("ports", PortList.self, shape: .joined, help: "Ports.")
                .reading(
                    OldName("APP_PORTS"), OldName("APP_PORT"),
                    sniffer: [OldName("vpcmirror.ports")]),
            .value("vnis", VNIList.self, shape: .joined, help: "VNIs.")
                .reading(
                    OldName("SNIFFER_MIRROR_VNIS"), sniffer: [OldName("vpcmirror.vnis")]),
            .value("seal-bytes", ByteSize.self, defaultText: "64MiB", help: "Seal."),
            .toggle("promiscuous", hasInverse: true, help: "Promiscuous.")
                .reading(.truth("SNIFFER_PROMISC_ENABLED")),
            .choice("engine", ["auto", "vxlan"], help: "Engine.")
                .reading(
                    OldName("SNIFFER_ENGINE") { text in
                        switch text {
                        case "mirror", "vxlan": .value("vxlan")
                        case "k8s": .warn("k8s discovery is not supported")
                        default: .wrong("is not mirror or vxlan")
                        }
                    }, sniffer: [.truth("vpcmirror.enabled").mapping(["true": "vxlan"])]),
        ],
        unusedVariables: [.unused("USAGE_LOGGERS_DISABLED", because: "nothing reads it")],
        unusedSnifferKeys: [.unused("discovery", because: "not supported")])

    func layered(
        _ arguments: [String] = [], _ environment: [String: String] = [:], file: String? = nil
    ) throws(ServiceFailure) -> LayeredArguments {
        let given = file == nil ? arguments : arguments + ["--config", "e.yaml"]
        return try LayeredArguments(
            arguments: given, environment: environment, table: LayeredArgumentsTests.table,
            readFile: { _ in file ?? "" })
    }

    func failure(
        _ arguments: [String] = [], _ environment: [String: String] = [:], file: String? = nil
    ) -> ServiceFailure? {
        #expect(throws: ServiceFailure.self) {
            try layered(arguments, environment, file: file)
        }
    }

    @Test func `flags beat environment beats file beats default`() throws {
        let file = "seal-bytes: 1MiB\nports: [1, 2]\nvnis: 9\n"
        let environment = ["EARSHOT_PORTS": "80", "EARSHOT_SEAL_BYTES": "2MiB"]
        let result = try layered(["--seal-bytes", "3MiB"], environment, file: file)
        #expect(
            result.arguments
                == ["--seal-bytes", "3MiB", "--config", "e.yaml", "--ports=80", "--vnis=9"])
        let sources = result.effective.map { "\($0.flag)=\($0.value) \($0.source)" }
        #expect(sources.contains("seal-bytes=3MiB --seal-bytes"))
        #expect(sources.contains("ports=80 EARSHOT_PORTS"))
        #expect(sources.contains("vnis=9 e.yaml:3: vnis"))
        #expect(sources.contains("spool=./spool default"))
    }

    @Test(arguments: [["--seal-bytes=3MiB"], ["--seal-bytes", "3MiB"]])
    func `a flag is seen in both spellings`(arguments: [String]) throws {
        let result = try layered(arguments, ["EARSHOT_SEAL_BYTES": "1MiB"])
        #expect(result.arguments == arguments)
    }

    @Test func `a short flag hides the lower layers, and words behind -- are left alone`() throws {
        let result = try layered(
            ["-i", "eth0", "--", "--ports"], ["NET_DEVICE": "eth1", "APP_PORT": "80"])
        #expect(result.arguments == ["-i", "eth0", "--ports=80", "--", "--ports"])
    }

    @Test func `Earshot's own name beats the old ones, which keep their order`() throws {
        let all = ["EARSHOT_PORTS": "1", "APP_PORTS": "2", "APP_PORT": "3"]
        #expect(try layered([], all).arguments == ["--ports=1"])
        #expect(
            try layered([], all.filter { $0.key != "EARSHOT_PORTS" }).arguments == ["--ports=2"])
        #expect(try layered([], ["APP_PORTS": "", "APP_PORT": "3"]).arguments == ["--ports=3"])
    }

    @Test func `lists split at blanks, switches become flags`() throws {
        let result = try layered(
            [], ["EARSHOT_INTERFACE": "eth0 vx0", "SNIFFER_PROMISC_ENABLED": "true"])
        #expect(result.arguments == ["--interface=eth0", "--interface=vx0", "--promiscuous"])
        #expect(
            try layered([], ["EARSHOT_PROMISCUOUS": "off"]).arguments == ["--no-promiscuous"])
        #expect(
            try layered(["--no-promiscuous"], ["EARSHOT_PROMISCUOUS": "on"]).arguments
                == ["--no-promiscuous"])
    }

    @Test func `every bad value names its source`() {
        #expect(
            failure([], ["EARSHOT_PORTS": "80,x"])
                == ServiceFailure(
                    .configuration,
                    "EARSHOT_PORTS: '80,x' is not a port list: 'x' is not a port from 1 to 65535 "
                        + "or a range"))
        #expect(
            failure([], ["APP_PORT": "http"])?.description.hasPrefix("APP_PORT: 'http'") == true)
        let flag = failure(["--ports=99999"])
        #expect(flag?.exitCode == .usage)
        #expect(flag?.description.hasPrefix("--ports: '99999' is not a port list") == true)
        let file = failure(file: "seal-bytes: 64MiB\nports: [80, x]\n")
        #expect(file?.description.hasPrefix("e.yaml:2: ports: '80,x' is not a port list") == true)
        #expect(
            failure([], ["SNIFFER_ENGINE": "dpdk"])?.description
                == "SNIFFER_ENGINE: 'dpdk' is not mirror or vxlan")
    }

    @Test func `an unknown variable is an error with a suggestion`() {
        let slip = failure([], ["EARSHOT_PORT": "80"])
        #expect(
            slip?.description == "EARSHOT_PORT: no such setting (did you mean 'EARSHOT_PORTS'?)")
        #expect(slip?.exitCode == .configuration)
        #expect(
            failure([], ["EARSHOT_XYZZY": "1"])?.description == "EARSHOT_XYZZY: no such setting")
        #expect(failure([], ["EARSHOT_DRAIN_": "1"]) != nil)
    }

    @Test func `variables for another process and those of Kubernetes are let be`() throws {
        let environment = [
            "EARSHOT_RULES": "include debug", "EARSHOT_PORT": "tcp://10.0.0.1:80",
            "EARSHOT_SERVICE_HOST": "10.0.0.1", "EARSHOT_SHIP_SERVICE_PORT_METRICS": "9464",
            "EARSHOT_PORT_80_TCP_ADDR": "10.0.0.1", "EARSHOT_PORT_80_TCP": "tcp://10.0.0.1:80",
            "PATH": "/bin",
        ]
        #expect(try layered([], environment).arguments == [])
    }

    @Test func `an unknown key is an error with its line and a suggestion`() {
        #expect(
            failure(file: "spool: x\nseal_byte: 1\n")?.description
                == "e.yaml:2: no such setting: 'seal_byte' (did you mean 'seal-bytes'?)")
        #expect(
            failure(file: "capture:\n  rules: x\n")?.description
                == "e.yaml:2: no such setting: 'capture.rules'")
        #expect(failure(file: "[1, 2]")?.exitCode == .configuration)
        #expect(failure(file: "a: [")?.exitCode == .configuration)
        #expect(failure(file: "ports: {a: b}")?.description.contains("takes a value") == true)
        #expect(
            failure(file: "seal-bytes: [1, 2]")?.description.contains("takes one value") == true)
        #expect(failure(file: "ports: 80\nports: 81\n") != nil)
        #expect(failure(file: "config: other.yaml\n") != nil)
    }

    @Test func `a file's blocks are for their processes and beat its shared keys`() throws {
        let file = """
            spool: /var/spool/earshot
            ports: 80
            rules: include debug
            capture:
              ports: [8000, 8001-8002]
              seal_bytes: 8MiB
            ship:
              to: "stdout:"
            assemble: ~
            """
        #expect(
            try layered(file: file).arguments == [
                "--config", "e.yaml", "--ports=8000,8001-8002", "--seal-bytes=8MiB",
                "--spool=/var/spool/earshot",
            ])
        #expect(try layered(file: "# nothing\n").arguments == ["--config", "e.yaml"])
        #expect(try layered(file: "ports:\n").arguments == ["--config", "e.yaml"])
    }

    @Test func `guide 2's values file is a configuration file`() throws {
        let file = """
            provider: aws
            sniffer:
              enabled: true
              logger:
                rules: include debug
              vpcmirror:
                enabled: true
                vnis:
                  - 861
                  - 8.864121e+06
                  - "92"
                ports:
                  - 8000
                  - 80
              discovery:
                enabled: true
            """
        let result = try layered(file: file)
        #expect(
            result.arguments == [
                "--config", "e.yaml", "--ports=8000,80", "--vnis=861,8864121,92", "--engine=vxlan",
            ])
        #expect(result.warnings == ["e.yaml:15: sniffer.discovery: not supported"])
        #expect(
            failure(file: "sniffer:\n  vpcmirror:\n    vni: [1]\n")?.description
                == "e.yaml:3: no such setting: 'sniffer.vpcmirror.vni' "
                + "(did you mean 'vpcmirror.vnis'?)")
        #expect(failure(file: "provider: aws\n") != nil)
    }

    @Test func `old names that mean nothing here give one warning each`() throws {
        let result = try layered(
            [], ["USAGE_LOGGERS_DISABLED": "false", "SNIFFER_ENGINE": "k8s"])
        #expect(
            result.warnings == [
                "SNIFFER_ENGINE: k8s discovery is not supported",
                "USAGE_LOGGERS_DISABLED: nothing reads it",
            ])
        #expect(result.arguments == [])
    }

    @Test func `a file that cannot be read is named`() {
        let failure = #expect(throws: ServiceFailure.self) {
            try LayeredArguments(
                arguments: ["--config", "/none"], environment: [:],
                table: LayeredArgumentsTests.table, readFile: { _ in throw ValueError("missing") })
        }
        #expect(failure == ServiceFailure(.noInput, "--config: cannot read '/none': missing"))
    }

    @Test func `the table documents itself`() {
        let markdown = LayeredArgumentsTests.table.markdown()
        #expect(
            markdown.contains(
                "| `--ports` | `EARSHOT_PORTS`, `APP_PORTS`, `APP_PORT` "
                    + "| `ports`, `sniffer.vpcmirror.ports` | – | Ports. |"))
        #expect(markdown.contains("| `--check` | – | – | `off` |"))
    }
}
