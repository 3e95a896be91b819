// Whether people are looking, and how wide their screen is. tty_ioctl(4).

import Glibc

/// What is known of a descriptor that may be a terminal.
public enum Terminal {
    /// Whether a descriptor is a terminal.
    public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// The width of a terminal in columns; nil when it is none, or does not say.
    public static func columns(_ descriptor: Int32) -> Int? { size(descriptor)?.columns }

    /// The size of a terminal in characters; nil when it is none, or does not say.
    public static func size(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
        guard isTerminal(descriptor) else { return nil }
        var size = winsize()
        // SAFETY: ioctl fills the struct it is given.
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
