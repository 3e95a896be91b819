// `earshot top` on a terminal: draws, listens to keys, and leaves the terminal as it was, however
// it ends. Escape codes: ECMA-48 and xterm's private modes, as every terminal emulator knows them.

import Assembly
import FoundationEssentials
import Operations
import Platform

/// The screen of `earshot top`.
struct TopScreen {
    private var grouping: TopGrouping
    private let interval: Int64
    private let time = SystemTime()
    private let hasColours: Bool
    private var isPaused = false

    /// Another screen, no cursor, no wrapping: a character wider than expected moves no other line.
    private static let enter = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l"
    private static let leave = "\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"
    private static let keys = "q quit · h host · p path · s status · m method · space pause"
    /// The size of a terminal that does not say it.
    private static let unknownSize = (columns: 80, rows: 24)

    init(grouping: TopGrouping, interval: Int64) {
        self.grouping = grouping
        self.interval = interval
        hasColours = (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Draws until `q`, a signal or an error.
    consuming func run(_ monitor: inout TopMonitor) throws {
        let signals = try SignalTrap.install()
        try signals.watchWindow()
        // Without a keyboard it ends by a signal.
        let keyboard = KeyTerminal(0)
        defer { keyboard?.restore() }
        try Page.show(TopScreen.enter)
        // A terminal that is gone takes nothing back.
        defer { try? Page.show(TopScreen.leave) }
        var report = try monitor.look()
        try draw(report)
        var next = time.monotonicNanoseconds() + interval
        var isListening = keyboard != nil
        while !signals.isStopRequested, !signals.takeHangup() {
            let rest = max(next - time.monotonicNanoseconds(), 0)
            let isPressed = signals.wait(or: isListening ? 0 : -1, nanoseconds: rest)
            var isChanged = signals.takeWindowChange()
            if isPressed, let keyboard {
                guard let pressed = keyboard.read() else {
                    isListening = false
                    continue
                }
                for key in pressed {
                    if key | 0x20 == 0x71 { return }
                    isChanged = press(key) || isChanged
                }
            }
            if time.monotonicNanoseconds() >= next {
                // The window slides on behind a paused screen.
                let latest = try monitor.look()
                if !isPaused {
                    report = latest
                    isChanged = true
                }
                next = time.monotonicNanoseconds() + interval
            }
            if isChanged { try draw(report) }
        }
    }

    /// Does what a key says; returns whether something changed.
    private mutating func press(_ key: UInt8) -> Bool {
        if key == 0x20 {
            isPaused.toggle()
            return true
        }
        guard let chosen = TopGrouping(key: key) else { return false }
        grouping = chosen
        return true
    }

    private func draw(_ report: TopReport) throws {
        let size = Terminal.size(1) ?? TopScreen.unknownSize
        let rows = size.rows > 0 ? size.rows : TopScreen.unknownSize.rows
        var lines = TopText.head(report, by: grouping, isPaused: isPaused)
        lines.append(TopLine(""))
        // The last line is for the keys.
        lines += TopText.table(report, by: grouping, rows: rows - lines.count - 2)
        lines = Array(lines.prefix(rows - 1))
        // Home; each line clears what it does not cover; what is below is cleared.
        var text = "\u{1B}[H"
        for line in lines { text += styled(line, size.columns) + "\u{1B}[K\r\n" }
        text += "\u{1B}[J\u{1B}[\(rows);1H"
        text += PrintableText.cut(TopScreen.keys, to: size.columns) + "\u{1B}[K"
        try Page.show(text)
    }

    private func styled(_ line: TopLine, _ columns: Int) -> String {
        let text = PrintableText.cut(line.text, to: columns)
        guard hasColours else { return text }
        return switch line.style {
        case .plain: text
        case .title: "\u{1B}[1m\(text)\u{1B}[0m"
        case .heading: "\u{1B}[7m\(text)\u{1B}[0m"
        case .bad: "\u{1B}[31m\(text)\u{1B}[0m"
        }
    }
}
