// `earshot why`: what became of the packets that are in no call.

import ArgumentParser
import Assembly
import Spool

/// Explains where bytes went.
struct Why: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Explains what the packets of a spool became, by cause.")

    @OptionGroup var place: SpoolPlace

    func run() throws {
        let bytes = Array(WhyText.text(try SpoolOverview(try place.open())).utf8)
        var output = DescriptorOutput.standard
        try output.write(bytes.span)
    }
}
