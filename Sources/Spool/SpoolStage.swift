// The two places segments lie in, and their names. Format: the spool's own (design, section 3).
//
//   SPOOL/packets/<lane>/<sequence>.pcapng.lz4   SPOOL/calls/<lane>/<sequence>.ndjson.lz4
//   …/.<sequence>.pcapng.lz4.open while it is written; …/<sequence>.json is its manifest

/// A stage of the spool: who writes it is behind who reads it.
public enum SpoolStage: String, Sendable, CaseIterable, Codable {
    /// Written by capture, read by assemble.
    case packets
    /// Written by assemble, read by ship.
    case calls

    /// The directory below the spool's root.
    public var directoryName: String { rawValue }

    /// What follows the sequence in a segment's name.
    public var suffix: String {
        switch self {
        case .packets: "pcapng.lz4"
        case .calls: "ndjson.lz4"
        }
    }
}

/// Which segment.
public struct SegmentName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The stage.
    public var stage: SpoolStage
    /// The lane.
    public var lane: UInt32
    /// The place in the lane, from 0.
    public var sequence: UInt64

    /// Names a segment.
    public init(stage: SpoolStage, lane: UInt32, sequence: UInt64) {
        self.stage = stage
        self.lane = lane
        self.sequence = sequence
    }

    /// How many digits a sequence is written with: names sort as numbers do.
    public static let digits = 12

    /// The largest sequence a name can hold.
    public static let maximumSequence: UInt64 = 999_999_999_999

    /// A sequence as it is in file names.
    public static func text(of sequence: UInt64) -> String {
        let text = String(sequence)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// `packets/0/000000000012`
    public var description: String {
        "\(stage.directoryName)/\(lane)/\(SegmentName.text(of: sequence))"
    }

    /// Orders by stage name, lane and sequence.
    public static func < (left: SegmentName, right: SegmentName) -> Bool {
        (left.stage.rawValue, left.lane, left.sequence)
            < (right.stage.rawValue, right.lane, right.sequence)
    }
}

/// What a file name in a lane's directory stands for.
public enum LaneEntry: Equatable, Sendable {
    /// A sealed segment.
    case sealed(UInt64)
    /// A segment being written, or left by a crash.
    case open(UInt64)
    /// A manifest.
    case manifest(UInt64)
    /// A manifest being written, a repair under way: rubbish after a crash.
    case temporary
    /// Not ours.
    case foreign

    /// Reads a file name.
    public init(_ name: String, stage: SpoolStage) {
        let bytes = name.utf8
        let hidden = bytes.first == 0x2E
        let body = hidden ? bytes.dropFirst() : bytes[...]
        let digits = body.prefix(SegmentName.digits)
        let rest = body.dropFirst(SegmentName.digits)
        guard digits.count == SegmentName.digits, let sequence = LaneEntry.number(digits) else {
            self = .foreign
            return
        }
        if hidden {
            if rest.elementsEqual(".\(stage.suffix).open".utf8) {
                self = .open(sequence)
            } else if rest.elementsEqual(".json.new".utf8) || rest.elementsEqual(".repair".utf8) {
                self = .temporary
            } else {
                self = .foreign
            }
        } else if rest.elementsEqual(".\(stage.suffix)".utf8) {
            self = .sealed(sequence)
        } else if rest.elementsEqual(".json".utf8) {
            self = .manifest(sequence)
        } else {
            self = .foreign
        }
    }

    private static func number(_ digits: Substring.UTF8View) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            value = value * 10 + UInt64(digit - 0x30)
        }
        return value
    }
}
