// A value that comes from a flag, a variable or a file: read the same way, with the same error.

public import ArgumentParser

/// A type that reads itself from text and says what is wrong with it.
public protocol ConfigurationValue: ExpressibleByArgument {
    /// Reads the value.
    ///
    /// - Throws: `ValueError` worded to follow the quoted text.
    init(parsing text: String) throws(ValueError)
}

extension ConfigurationValue {
    /// Reads the value for ArgumentParser, which words its own error.
    public init?(argument: String) {
        guard let value = try? Self(parsing: argument) else { return nil }
        self = value
    }
}
