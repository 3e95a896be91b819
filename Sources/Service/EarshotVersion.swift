/// The version of Earshot.
public enum EarshotVersion {
    /// `major.minor.patch`.
    public static let text = "0.1.0"

    /// What `--version` prints.
    public static func line(_ process: String) -> String { "\(process) \(text)" }
}
