"""What the manual pages say beside what the programs say of themselves."""

SETTINGS_TEXT = """A flag beats a variable, a variable beats the file of --config, the file beats the default. An
unknown EARSHOT_ variable, an unknown key and a bad value are errors that name the item, before
anything is opened; --check says what holds and where it came from. In a variable a list has blanks
between its items, headers have lines.

Sizes are written as 64MiB, 256MB or 1048576 (bytes), times as 100ms, 2s, 5m, 1h30m or 7d, ports as
80,8000-8010, networks as 861,862, or -92 for all but 92.

A file is YAML: keys of all processes at the top, those of one below capture:, assemble: or ship:.
It is read again when its text changes and on SIGHUP; ports, networks, filters and rules change
while the processes run, everything else wants a restart. Secrets have no flags:
EARSHOT_BEARER_TOKEN, EARSHOT_SINK_USER (user:password), or files."""

SPOOL_FILES = [
    ("SPOOL/packets/LANE/SEQUENCE.pcapng.lz4",
     "Packets, sealed by earshot-capture. A standard file: lz4 -dc FILE | tcpdump -nr - reads it."),
    ("SPOOL/calls/LANE/SEQUENCE.ndjson.lz4",
     "Calls, sealed by earshot-assemble, one JSON record a line."),
    ("SPOOL/packets/LANE/SEQUENCE.json, SPOOL/calls/LANE/SEQUENCE.json",
     "The manifest of a segment: what came in, what went out, each difference by its cause."),
    ("SPOOL/state", "Places, snapshots, pins, manifests of segments that were deleted."),
    ("SPOOL/dead/SINK", "Records that a sink refused for good, with its answer."),
    ("SPOOL/quarantine", "Damaged input, kept for a person."),
]

CONFIGURATION = [
    ("/etc/earshot/earshot.yaml", "The settings of the services."),
    ("/etc/earshot/earshot.env", "Variables of the services, of the network sniffer's, too."),
]

SIGNALS = """SIGTERM and SIGINT finish cleanly and end with 0; SIGHUP reads the configuration file and the
rules again."""

PAGES = {
    "earshot": {
        "description": """earshot looks after what earshot-capture, earshot-assemble and earshot-ship do with a spool, and
reads captures without one. Its commands may run at any time, beside the processes or without
them; those that only look take no lock and write nothing.""",
        "environment": [
            ("EARSHOT_SPOOL", "The spool of commands that are not told one; ./spool without it."),
            ("EARSHOT_LISTEN", "The address that earshot health asks when it is not told one."),
            ("EARSHOT_RULES, EARSHOT_PORTS, ...",
             "The variables of earshot-assemble's options count for earshot read and earshot replay "
             "--reassemble, those of earshot-ship's sinks for earshot replay."),
            ("NO_COLOR", "When it is not empty, earshot top draws without colours."),
        ],
        "exit": """earshot ledger and earshot doctor end with 1 when the balance has a difference without a name, or a
finding says that something is or will be lost; earshot salvage ends with 1 when a segment is not
whole.""",
        "files": [],
        "examples": [
            ("What a capture file holds, as a table:",
             ["earshot read --format table traffic.pcap"]),
            ("The calls of the last minute by path, live; for a script, once:",
             ["earshot top --spool /var/spool/earshot --by path",
              "earshot top --spool /var/spool/earshot --json --count 1"]),
            ("Is anything lost?", ["earshot status --spool /var/spool/earshot",
                                   "earshot ledger --spool /var/spool/earshot"]),
            ("The calls of the last two hours once more:",
             ["earshot replay --spool /var/spool/earshot --from -2h --to now "
              "--sink http://localhost:7701/message"]),
        ],
        "see": [("earshot-capture", 8), ("earshot-assemble", 8), ("earshot-ship", 8),
                ("tcpdump", 8), ("lz4", 1)],
    },
    "earshot-capture": {
        "description": """It writes sealed segments of standard pcapng in LZ4 frames, and never waits for what comes behind it:
without a free buffer a packet is counted as refused. """ + SIGNALS,
        "options": "Capture",
        "files": CONFIGURATION,
        "examples": [
            ("Mirrored traffic of one network, web ports only:",
             ["earshot-capture --interface eth0 --vnis 8864121 --ports 80,8080 "
              "--spool /var/spool/earshot"]),
            ("A capture file into a spool:",
             ["earshot-capture --read traffic.pcap --spool ./spool --drain"]),
            ("Whether the configuration is good, and where each value comes from:",
             ["earshot-capture --config /etc/earshot/earshot.yaml --check"]),
        ],
        "see": [("earshot", 1), ("earshot-assemble", 8), ("earshot-ship", 8),
                ("pcap-filter", 7), ("capabilities", 7), ("tcpdump", 8)],
    },
    "earshot-assemble": {
        "description": """It takes the wrapping off packets, puts TCP streams in order, finds HTTP/1, HTTP/2 and WebSocket
messages in them, pairs them, applies the logging rules and writes a record for each call. It needs
no network. Open connections are kept over restarts. """ + SIGNALS,
        "options": "Spool and snapshots",
        "files": CONFIGURATION,
        "examples": [
            ("Calls of a spool, everything in them kept:",
             ["earshot-assemble --rules 'include debug' --spool /var/spool/earshot"]),
            ("All there is, then the end:", ["earshot-assemble --spool ./spool --drain"]),
        ],
        "see": [("earshot", 1), ("earshot-capture", 8), ("earshot-ship", 8)],
    },
    "earshot-ship": {
        "description": "A bundle whose answer was lost is sent again, byte for byte the same. " + SIGNALS,
        "options": "Sinks",
        "files": [*CONFIGURATION,
                  ("SPOOL/state/ship-SINK.json", "The place of a sink: what it has acknowledged.")],
        "examples": [
            ("To a receiver on this host:",
             ["earshot-ship --to http://localhost:7701/message --spool /var/spool/earshot"]),
            ("Into files below calls, until all is there:",
             ["earshot-ship --to file:calls/ --spool ./spool --drain"]),
        ],
        "see": [("earshot", 1), ("earshot-capture", 8), ("earshot-assemble", 8)],
    },
}
