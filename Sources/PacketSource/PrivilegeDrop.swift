// Giving up what is not needed once everything is open: the user, all capabilities but CAP_NET_RAW
// (an interface that comes back is opened again), and the way to new ones. capabilities(7).
//
// Rule: before any thread starts, since the kernel keeps these per thread.

import CPlatform
import Glibc

/// Lowers the rights of the process.
public struct PrivilegeDrop: Sendable {
    /// Opening packet sockets.
    static let networkRaw: UInt64 = 1 << 13
    /// Reading files of others.
    static let readSearch: UInt64 = 1 << 2
    /// Reading files of others (the configuration, captures), giving a directory away, becoming
    /// another user, emptying the bounding set: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_CHOWN,
    /// CAP_SETGID, CAP_SETUID, CAP_SETPCAP.
    static let becomingAnother: UInt64 = 1 << 1 | 1 << 2 | 1 << 0 | 1 << 6 | 1 << 7 | 1 << 8

    /// The user to become, as its number and its group's.
    public struct User: Sendable, Equatable {
        /// The user's number.
        public let identifier: UInt32
        /// The number of the user's first group.
        public let group: UInt32

        /// Looks a user up by name, or takes a number (and the same group) that has no name.
        public init(named name: String) throws(CaptureError) {
            // SAFETY: getpwnam's answer is read before any other call; no thread runs yet.
            if let entry = unsafe getpwnam(name) {
                identifier = unsafe entry.pointee.pw_uid
                group = unsafe entry.pointee.pw_gid
                return
            }
            guard let number = UInt32(name) else { throw .noSuchUser(name: name) }
            identifier = number
            group = number
        }
    }

    /// Whether the process runs as root.
    public static var isRoot: Bool { geteuid() == 0 }

    /// Gives up, at the very start, what no capture needs; what changing the user and reading
    /// configuration need stays until `drop`. A failure here is no failure: `drop` will tell.
    public static func dropWhatIsNeverNeeded() {
        _ = platform_keep_capabilities(networkRaw | becomingAnother)
    }

    /// Makes the spool's directory for the user who will write there, when there is none yet.
    public static func makeDirectory(_ path: String, for user: User) throws(CaptureError) {
        guard isRoot else { return }
        // SAFETY: the path is passed as a terminated copy.
        if unsafe mkdir(path, 0o700) != 0 {
            if errno == EEXIST { return }
            throw .system("mkdir", path, errno)
        }
        // SAFETY: as above.
        if unsafe chown(path, user.identifier, user.group) != 0 {
            throw .system("chown", path, errno)
        }
    }

    /// Gives up rights for good: all capabilities but the one needed, and the way to new ones.
    ///
    /// - Parameters:
    ///   - user: The user to become, nil to stay who this is; it takes root to change.
    ///   - readsFiles: Whether files are read, and no interface: root may read those of others
    /// then,
    ///     which takes CAP_DAC_READ_SEARCH; an interface takes CAP_NET_RAW.
    public static func drop(to user: User?, readsFiles: Bool) throws(CaptureError) {
        if let user, isRoot, user.identifier != 0 {
            guard platform_become_user(user.identifier, user.group, networkRaw) == 0 else {
                throw .system("setresuid", "\(user.identifier)", errno)
            }
        } else {
            let kept = readsFiles ? readSearch : networkRaw
            guard platform_keep_capabilities(kept) == 0 else {
                throw .system("capset", "self", errno)
            }
        }
        guard platform_set_no_new_privileges() == 0 else {
            throw .system("prctl", "PR_SET_NO_NEW_PRIVS", errno)
        }
    }
}
