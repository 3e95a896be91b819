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
    /// Writing into directories of other users.
    static let overrideAccess: UInt64 = 1 << 1

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

    /// Gives up rights for good.
    ///
    /// - Parameters:
    ///   - user: The user to become, nil to stay who this is; it takes root to change.
    ///   - keepsAccess: Whether root must still write where it owns nothing.
    public static func drop(to user: User?, keepsAccess: Bool) throws(CaptureError) {
        if let user, isRoot, user.identifier != 0 {
            guard platform_become_user(user.identifier, user.group, networkRaw) == 0 else {
                throw .system("setresuid", "\(user.identifier)", errno)
            }
        } else {
            let kept = keepsAccess ? networkRaw | overrideAccess : networkRaw
            guard platform_keep_capabilities(kept) == 0 else {
                throw .system("capset", "self", errno)
            }
        }
        guard platform_set_no_new_privileges() == 0 else {
            throw .system("prctl", "PR_SET_NO_NEW_PRIVS", errno)
        }
    }
}
