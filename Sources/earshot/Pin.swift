// `earshot pin`, `earshot unpin`: keeps segments out of retention.

import ArgumentParser
import Assembly
import FoundationEssentials
import Operations
import Platform
import Service

/// Pins a range of time.
struct Pin: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Keeps packets and calls of a range of time.",
        discussion: """
            Pinned segments stay, whatever retention, the budget or --when-full drop-oldest say; \
            they count in the budget. 'earshot status' shows how much they hold.
            """)

    @OptionGroup var place: SpoolPlace

    @Option(parsing: .unconditional, help: ArgumentHelp("From this moment on.", valueName: "time"))
    var from: Moment?

    @Option(parsing: .unconditional, help: ArgumentHelp("Up to this moment.", valueName: "time"))
    var to: Moment?

    @Option(help: ArgumentHelp("Only this lane.", valueName: "number"))
    var lane: [UInt32] = []

    @Option(help: "What to call it; a number by default.")
    var name: String?

    @Flag(help: "List the pins there are.")
    var list = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let spool = try place.open()
        let book = PinBook(spool)
        if list {
            guard from == nil, to == nil, name == nil else {
                throw ServiceFailure(.usage, "--list stands alone")
            }
            return try Pin.show(try book.entries(), json: json)
        }
        guard from != nil || to != nil else {
            throw ServiceFailure(.usage, "give --from, --to or both, or --list")
        }
        let now = spool.time.wallNanoseconds()
        let time = TimeRange(from: from?.nanoseconds(now: now), to: to?.nanoseconds(now: now))
        do {
            let entry = try book.pin(name: name, time: time, lanes: Set(lane))
            try Pin.show([entry], json: json)
        } catch let failure as PinBook.Failure {
            throw ServiceFailure(Pin.code(failure), failure.description)
        }
    }

    static func code(_ failure: PinBook.Failure) -> Platform.ExitCode {
        switch failure {
        case .nothingRetained, .unknown: .noInput
        case .exists, .badName: .usage
        }
    }

    static func show(_ entries: [PinBook.Entry], json: Bool) throws {
        var text = ""
        if json {
            text = try Page.json(entries)
        } else if entries.isEmpty {
            text = "nothing is pinned\n"
        } else {
            let rows = entries.map { entry in
                [
                    entry.name, time(entry.fromNanoseconds, "the beginning"),
                    time(entry.toNanoseconds, "the end"), SizeText.count(UInt64(entry.segments)),
                    SizeText.bytes(entry.bytes),
                ]
            }
            text = OverviewText.table(
                [["PIN", "FROM", "TO", "SEGMENTS", "STORED"]] + rows, rightFrom: 3)
        }
        try Page.show(text)
    }

    private static func time(_ nanoseconds: Int64?, _ open: String) -> String {
        nanoseconds.map { CivilTime(nanoseconds: $0).text } ?? open
    }
}

/// Removes a pin.
struct Unpin: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpin", abstract: "Gives pinned segments back to retention.")

    @Argument(help: ArgumentHelp("The pin; see 'earshot pin --list'.", valueName: "name"))
    var name: String

    @OptionGroup var place: SpoolPlace

    func run() throws {
        do {
            try PinBook(try place.open()).unpin(name)
        } catch let failure as PinBook.Failure {
            throw ServiceFailure(Pin.code(failure), failure.description)
        }
    }
}
