// What subcommands print: a text, or JSON with one object a line.

import Assembly
import FoundationEssentials

/// Output of a subcommand.
enum Page {
    /// A value as a line of JSON: keys in snake case, sorted.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    /// Writes a text to standard output.
    static func show(_ text: String) throws {
        var output = DescriptorOutput.standard
        try output.write(Array(text.utf8).span)
    }
}
