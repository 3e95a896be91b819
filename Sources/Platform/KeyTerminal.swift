// Keys as they are pressed, for commands that fill the screen. termios(3).

import Glibc

/// A terminal that gives keys at once and does not show them, until it is restored.
public final class KeyTerminal {
    /// The terminal.
    public let descriptor: Int32
    private var saved: termios
    private var isChanged = true

    /// Changes a terminal's mode; nil when it is none.
    public init?(_ descriptor: Int32) {
        var mode = termios()
        // SAFETY: tcgetattr fills the struct it is given, tcsetattr only reads it.
        guard unsafe tcgetattr(descriptor, &mode) == 0 else { return nil }
        self.descriptor = descriptor
        saved = mode
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        // Interrupting stays a signal. Stopping and quitting would leave the terminal as it is now:
        // their keys mean nothing (_POSIX_VDISABLE).
        mode.c_cc.1 = 0  // VQUIT
        mode.c_cc.10 = 0  // VSUSP
        guard unsafe tcsetattr(descriptor, TCSANOW, &mode) == 0 else { return nil }
    }

    deinit { restore() }

    /// Gives the terminal its mode back; again is no error.
    public func restore() {
        guard isChanged else { return }
        isChanged = false
        // SAFETY: tcsetattr only reads the struct. A terminal that is gone needs no mode.
        _ = unsafe tcsetattr(descriptor, TCSANOW, &saved)
    }

    /// The keys pressed, as bytes; nil when the terminal is gone. Waits for one if none was.
    public func read() -> [UInt8]? {
        let keys = [UInt8](unsafeUninitializedCapacityOf: 64) { target in
            // SAFETY: read(2) fills at most the capacity, and the count is what it says it filled.
            unsafe target.withUnsafeMutableBufferPointer { buffer, count in
                count = max(unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count), 0)
            }
        }
        return keys.isEmpty ? nil : keys
    }
}
