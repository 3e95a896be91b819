// What the table of `earshot top` counts by.

public import ArgumentParser

/// What calls are counted by.
public enum TopGrouping: String, Sendable, CaseIterable, Codable, ExpressibleByArgument {
    /// The host of the URL, without port.
    case host
    /// The path of the URL, ids replaced.
    case path
    /// The status code.
    case status
    /// The request method.
    case method

    /// The grouping a key stands for.
    public init?(key: UInt8) {
        guard let found = TopGrouping.allCases.first(where: { $0.key == key | 0x20 }) else {
            return nil
        }
        self = found
    }

    /// Its place in lists of all of them.
    var index: Int {
        switch self {
        case .host: 0
        case .path: 1
        case .status: 2
        case .method: 3
        }
    }

    /// The letter it begins with, lower-case.
    private var key: UInt8 { rawValue.utf8.first ?? 0 }
}
