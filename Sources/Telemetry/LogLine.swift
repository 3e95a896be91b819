// One log line in either format. Pure: values in, text out.

public import Logging

/// Writes log events as lines.
public enum LogLine {
    /// `level event key=value …`: keys sorted, values quoted when they need it.
    public static func text(
        _ level: Logger.Level, _ event: String, _ metadata: [String: String]
    ) -> String {
        var line = "\(level.rawValue) \(escapeControls(event))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(quoted(value))"
        }
        return line + "\n"
    }

    /// One JSON object: `time`, `level`, `event`, then the metadata, keys sorted.
    public static func json(
        _ level: Logger.Level, _ event: String, _ metadata: [String: String], time: String
    ) -> String {
        var line = "{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"event\":"
        line += jsonString(event)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += ",\(jsonString(reserved.contains(key) ? key + "_" : key)):\(jsonString(value))"
        }
        return line + "}\n"
    }

    private static let reserved: Set<String> = ["time", "level", "event"]

    /// A string as JSON writes it.
    public static func jsonString(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    static func quoted(_ value: String) -> String {
        let isPlain =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy { scalar in
                scalar.value > 0x20 && scalar.value != 0x7F && scalar != "\"" && scalar != "="
            }
        return isPlain ? value : jsonString(value)
    }

    /// Text that cannot break the line or move a terminal's cursor.
    static func escapeControls(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        return isPlain ? text : String(jsonString(text).dropFirst().dropLast())
    }
}
