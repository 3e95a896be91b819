// The bounds of a match. Together they keep every call under 50 ms, whatever the pattern and the
// text.

/// Named limits of matching.
public enum MatchLimits {
    /// Steps that patterns may take between two `resetBudget()`, in all.
    ///
    /// A step is about a nanosecond: see `PatternMatcher` for what counts how much. Deterministic,
    /// so that a replay gives what the first run gave; a clock would not.
    public static let steps: Int = 18_000_000
    /// What one callout costs, in steps.
    public static let stepsPerCallout = 16
    /// What one search by the engine costs, in steps: so many empty matches must not hold a call
    /// up.
    public static let stepsPerSearch = 200
    /// Memory for the machine stack of compiled patterns, in bytes; reserved, and used as needed.
    ///
    /// Enough for a choice repeated a million times, such as `"(?:[^"\\]|\\.)*"` in a long body.
    public static let stackBytes = 48 << 20
    /// PCRE2's own match limit, per start: a second line behind the steps.
    public static let engineMatches: UInt32 = 20_000_000
    /// PCRE2's backtracking depth, where patterns are interpreted.
    public static let engineDepth: UInt32 = 200_000
    /// PCRE2's heap, where patterns are interpreted, in KiB.
    public static let engineHeapKiB: UInt32 = 32_768
    /// The longest text a replacement may make, in bytes.
    public static let replacedBytes = 16 << 20
}
