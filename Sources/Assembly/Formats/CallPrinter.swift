// Lines of call records in, one of the formats out. What is between the records (brackets, commas,
// headings) is written here, so that the output is whole even without a single call.

public import Bytes
public import Records

/// Prints call records in a format.
public struct CallPrinter: ~Copyable {
    /// The format printed.
    public let format: CallFormat
    /// Records printed so far.
    public private(set) var callCount: UInt64 = 0
    private var call = CallFields()
    private let table: CallTable
    private var hasBegun = false

    /// Creates a printer.
    ///
    /// - Parameters:
    ///   - format: The form of the output.
    ///   - columns: The width of the terminal; nil when lines may be as long as they are.
    public init(_ format: CallFormat, columns: Int? = nil) {
        self.format = format
        table = CallTable(columns: columns)
    }

    /// Notes records that need no change of form and were written out by the owner.
    public mutating func note(passedOn count: UInt64) { callCount = count }

    /// Prints whole lines, each with its line feed.
    ///
    /// - Throws: `RecordError` when a line is no record; what was printed before stays.
    public mutating func print(
        _ lines: Span<UInt8>, into output: inout ByteBuffer
    ) throws(RecordError) {
        begin(&output)
        if format == .lines {
            output.append(lines)
            callCount &+= Lines.count(in: lines)
            return
        }
        var offset = 0
        while let end = Scan.firstIndex(of: 0x0A, in: lines, from: offset) {
            try printOne(lines.extracting(offset..<end), into: &output)
            offset = end + 1
        }
    }

    /// Prints what belongs behind the last record.
    public mutating func finish(into output: inout ByteBuffer) {
        begin(&output)
        switch format {
        case .lines, .table: return
        case .json: output.append(callCount == 0 ? "]\n" : "\n]\n" as StaticString)
        case .har: output.append("\n]}}\n")
        }
    }

    private mutating func begin(_ output: inout ByteBuffer) {
        if hasBegun { return }
        hasBegun = true
        switch format {
        case .lines: return
        case .json: output.append("[")
        case .table: table.appendHeading(to: &output)
        case .har:
            output.append(
                "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"earshot\",\"version\":\"1\"},"
                    as StaticString)
            output.append("\"entries\":[")
        }
    }

    private mutating func printOne(
        _ line: Span<UInt8>, into output: inout ByteBuffer
    ) throws(RecordError) {
        try call.read(line)
        switch format {
        case .lines: return
        case .json:
            output.append(callCount == 0 ? "\n" : ",\n" as StaticString)
            ObjectFormat.append(call, to: &output)
        case .har:
            output.append(callCount == 0 ? "\n" : ",\n" as StaticString)
            ArchiveFormat.append(call, to: &output)
        case .table: table.append(call, to: &output)
        }
        callCount &+= 1
    }
}
