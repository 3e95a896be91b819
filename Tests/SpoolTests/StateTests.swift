import Platform
import Spool
import Testing

@Suite struct StateTests {
    func file(_ bench: Bench) -> StateFile<SinkCursor> {
        StateFile(
            SinkCursor.self, name: SinkCursor.fileName(sink: "x"), layout: bench.layout,
            files: bench.files)
    }

    func cursor(_ sequence: UInt64, _ line: UInt64) -> SinkCursor {
        var cursor = SinkCursor(sink: "x")
        cursor.acknowledged[0] = Position(sequence: sequence, line: line)
        cursor.totals["lines_acknowledged"] = line
        return cursor
    }

    @Test func `a state is read back as it was stored`() throws {
        let bench = try Bench()
        #expect(try file(bench).load() == nil)
        try file(bench).store(cursor(1, 2))
        try file(bench).store(cursor(3, .max))
        let loaded = try #require(try file(bench).load())
        #expect(loaded.value == cursor(3, .max))
        #expect(loaded.fallback == nil)
        let stored = try #require(bench.files.bytes("/spool/state/ship-x.json"))
        let text = String(decoding: stored, as: UTF8.self)
        #expect(
            text == """
                {"acknowledged":{"lanes":{"0":{"line":18446744073709551615,"sequence":3}}},\
                "sink":"x","totals":{"lines_acknowledged":18446744073709551615}}

                """)
    }

    @Test func `a damaged state falls back to the one before and says so`() throws {
        let bench = try Bench()
        try file(bench).store(cursor(1, 2))
        try file(bench).store(cursor(3, 4))
        bench.files.overwrite(file(bench).path, with: Array("{\"sink\":".utf8))
        let loaded = try #require(try file(bench).load())
        #expect(loaded.value == cursor(1, 2))
        #expect(loaded.fallback?.contains("ship-x.json") == true)
        // Storing does not push the good copy out by the damaged one.
        try file(bench).store(cursor(5, 6))
        bench.files.overwrite(file(bench).path, with: [])
        #expect(try file(bench).load()?.value == cursor(1, 2))
    }

    @Test func `without a good copy the error names the file`() throws {
        let bench = try Bench()
        bench.files.overwrite(file(bench).path, with: [0x7B])
        #expect {
            _ = try file(bench).load()
        } throws: { error in
            "\(error)".hasPrefix("/spool/state/ship-x.json: damaged")
        }
    }

    @Test func `a power cut at any call leaves the old state or the new one`() throws {
        let bench = try Bench()
        try file(bench).store(cursor(1, 0))
        bench.files.stop(atCall: .max)
        try file(bench).store(cursor(2, 0))
        let calls = bench.files.calls
        #expect(calls >= 6)
        for call in 1...calls {
            for seed in 0..<20 {
                let bench = try Bench()
                try file(bench).store(cursor(1, 0))
                bench.files.stop(atCall: call)
                #expect(throws: SpoolError.self) { try file(bench).store(cursor(2, 0)) }
                bench.files.powerCut(seed: UInt64(seed))
                let loaded = try #require(try file(bench).load())
                #expect(loaded.value == cursor(1, 0) || loaded.value == cursor(2, 0))
                #expect(loaded.fallback == nil)
                try file(bench).store(cursor(3, 0))
                #expect(try file(bench).load()?.value == cursor(3, 0))
            }
        }
    }

    @Test func `a spool is prepared and what is unsafe refused`() throws {
        let files = MemoryFiles()
        let layout = SpoolLayout(root: "/var/lib/spool")
        try layout.prepare(files: files, lanes: 2)
        try layout.prepare(files: files, lanes: 2)
        #expect(try layout.lanes(.packets, files: files) == [0, 1])
        #expect(try files.status("/var/lib/spool/state")?.mode == 0o700)
        files.setOwner("/var/lib/spool", 0)
        try layout.prepare(files: files)
        files.setOwner("/var/lib/spool/state", 0)
        #expect {
            try layout.prepare(files: files)
        } throws: { error in
            "\(error)" == "/var/lib/spool/state: belongs to user 0, this process runs as 1000"
        }
        let planted = MemoryFiles()
        try SpoolLayout(root: "/s").prepare(files: planted, stages: [.packets])
        planted.plantLink("/s/calls", to: "/etc")
        #expect {
            try SpoolLayout(root: "/s").prepare(files: planted)
        } throws: { error in
            "\(error)".contains("/s/calls: is a symbolic link")
        }
    }

    @Test func `a role is played once`() throws {
        let bench = try Bench()
        do {
            let lock = try SpoolLock(
                role: "capture", layout: bench.layout, files: bench.files, processID: 41)
            #expect(throws: SpoolError.locked(role: "capture", holder: "41")) {
                _ = try SpoolLock(
                    role: "capture", layout: bench.layout, files: bench.files, processID: 42)
            }
            _ = try SpoolLock(
                role: "ship", layout: bench.layout, files: bench.files, processID: 43)
            withExtendedLifetime(lock) {}
        }
        _ = try SpoolLock(
            role: "capture", layout: bench.layout, files: bench.files, processID: 44)
    }
}
