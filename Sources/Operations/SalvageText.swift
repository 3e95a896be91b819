import Assembly

/// Says in words what was salvaged.
public enum SalvageText {
    /// A line, and one for each loss.
    public static func text(_ report: Salvage.Report) -> String {
        let noun = report.content == .packets ? "packets" : "calls"
        var text = "\(PrintableText.of(report.path)): "
        switch report.outcome {
        case .whole: return text + "whole, \(SizeText.count(report.kept)) \(noun)\n"
        case .nothing: text += "nothing in it can be read"
        case .partly:
            text += "\(SizeText.count(report.kept)) \(noun) recovered of "
            text += "\(SizeText.count(report.blocks)) good blocks"
        }
        text += ", \(SizeText.count(report.lostBytes)) of "
        text += "\(SizeText.count(report.fileBytes)) bytes lost"
        if report.cutBytes > 0 {
            text += ", \(SizeText.count(report.cutBytes)) decompressed bytes of cut \(noun)"
        }
        if report.isUnfinished { text += ", its end is missing" }
        if report.hasGuessedInterface {
            text += ", its interfaces are lost: taken for Ethernet"
        }
        text += "\n"
        for loss in report.losses {
            text += "  lost: \(loss.bytes) bytes from \(loss.offset) on\n"
        }
        if let written = report.written { text += "  written: \(PrintableText.of(written))\n" }
        return text
    }
}
