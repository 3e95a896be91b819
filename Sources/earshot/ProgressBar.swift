// How far a reading is, for people who wait: on standard error, ten times a second, and only when
// that is a terminal and the calls go elsewhere.

import Assembly
import Platform
import Telemetry

/// Draws a bar over one line of the terminal.
final class ProgressBar {
    private let totalBytes: UInt64?
    private let columns: Int
    private let time = SystemTime()
    private let start: Int64
    private var nextDraw: Int64

    /// The time between two drawings.
    private static let everyNanoseconds: Int64 = 100_000_000
    private static let barWidth = 24

    /// Prepares a bar; nil when nobody would see it.
    init?(files: [String]) {
        guard let columns = Terminal.columns(2), !Terminal.isTerminal(1) else { return nil }
        self.columns = columns
        totalBytes = ProgressBar.totalBytes(files)
        start = time.monotonicNanoseconds()
        nextDraw = start + ProgressBar.everyNanoseconds
    }

    // Unknown for pipes; of compressed files only the rate is shown.
    private static func totalBytes(_ files: [String]) -> UInt64? {
        var total: UInt64 = 0
        for path in files {
            let isPacked = [".gz", ".lz4", ".zst"].contains { path.hasSuffix($0) }
            guard !isPacked, let file = try? InputFile(path: path), file.isRegular else {
                return nil
            }
            total += file.byteCount
        }
        return total
    }

    /// Draws where the reading is, if it is time.
    func show(_ bytes: UInt64, _ calls: UInt64) {
        let now = time.monotonicNanoseconds()
        guard now >= nextDraw else { return }
        nextDraw = now + ProgressBar.everyNanoseconds
        let rate = Double(bytes) / (Double(max(now - start, 1)) / 1e9)
        var line = ""
        if let totalBytes, totalBytes > 0 {
            let share = min(Double(bytes) / Double(totalBytes), 1)
            let full = Int(share * Double(ProgressBar.barWidth))
            line +=
                "[" + String(repeating: "█", count: full)
                + String(repeating: "·", count: ProgressBar.barWidth - full) + "] "
            line += "\(Int(share * 100)) %  "
        }
        line += "\(SizeText.bytes(bytes)) · \(SizeText.bytes(UInt64(rate)))/s · "
        line += "\(SizeText.count(calls)) calls"
        StandardErrorWriter().write("\r\u{1B}[K" + PrintableText.cut(line, to: columns - 1))
    }

    /// Takes the bar away.
    func clear() { StandardErrorWriter().write("\r\u{1B}[K") }
}
