// Why a capture cannot be opened, or ends: every case with what a person can do about it, and the
// sysexits code a process ends with.

/// A capture that cannot be opened or read.
public enum CaptureError: Error, Equatable, Sendable {
    /// No interface has this name.
    case noSuchInterface(name: String, existing: [String])
    /// The process may not open packet sockets.
    case noPermission(name: String, detail: String)
    /// The interface is there, but not up.
    case interfaceDown(name: String)
    /// The interface went away while packets were read.
    case interfaceGone(name: String, detail: String)
    /// The filter expression is wrong.
    case invalidFilter(text: String, detail: String)
    /// A call failed for another reason.
    case failed(call: String, subject: String, detail: String)
    /// A file cannot be opened or read.
    case unreadable(path: String, detail: String)
    /// A file is no capture.
    case notACapture(path: String, found: String)
    /// A file is a capture that is damaged where nothing can be read behind it.
    case damaged(path: String, detail: String)
    /// There is no user of this name.
    case noSuchUser(name: String)

    /// The exit code of sysexits.h for a process that ends because of this.
    public var exitCode: Int32 {
        switch self {
        case .noSuchInterface, .unreadable: 66
        case .noPermission: 77
        case .interfaceDown, .interfaceGone: 69
        case .invalidFilter: 64
        case .failed: 71
        case .notACapture, .damaged: 65
        case .noSuchUser: 64
        }
    }

    /// Whether trying again later may help: the interface may come (back) up.
    public var isTransient: Bool {
        switch self {
        case .interfaceDown, .interfaceGone, .noSuchInterface: true
        case .noPermission, .invalidFilter, .failed, .unreadable, .notACapture, .damaged,
            .noSuchUser:
            false
        }
    }
}

extension CaptureError: CustomStringConvertible {
    /// One line for a person.
    public var description: String {
        switch self {
        case .noSuchInterface(let name, let existing):
            "no interface is called \(name); there are: \(existing.joined(separator: " "))"
        case .noPermission(let name, let detail):
            "not permitted to capture on \(name) (\(detail)): run as root, or give the program the"
                + " one right it needs with `setcap cap_net_raw+ep $(command -v earshot-capture)`"
        case .interfaceDown(let name):
            "interface \(name) is down: `ip link set \(name) up`"
        case .interfaceGone(let name, let detail):
            "interface \(name) went away: \(detail)"
        case .invalidFilter(let text, let detail):
            "filter `\(text)`: \(detail)"
        case .failed(let call, let subject, let detail):
            "\(call) \(subject): \(detail)"
        case .unreadable(let path, let detail):
            "\(path): \(detail)"
        case .notACapture(let path, let found):
            "\(path) is neither pcap nor pcapng (nor one of them in gzip, LZ4 or Zstandard):"
                + " it begins with \(found)"
        case .damaged(let path, let detail):
            "\(path): \(detail)"
        case .noSuchUser(let name):
            "there is no user \(name)"
        }
    }
}
