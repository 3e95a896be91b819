// The names of the machine's interfaces, for messages and for `any`.

import Glibc

/// The interfaces there are in this network namespace.
public enum InterfaceNames {
    /// All names, in the kernel's order, and `any`.
    public static func all() -> [String] {
        // SAFETY: if_nameindex gives an array ended by a zero index, freed below; names are copied.
        guard let list = unsafe if_nameindex() else { return ["any"] }
        defer { unsafe if_freenameindex(list) }
        var names: [String] = []
        var entry = unsafe list
        while unsafe (entry.pointee.if_index != 0) {
            if let name = unsafe entry.pointee.if_name {
                names.append(unsafe String(cString: name))
            }
            unsafe entry += 1
        }
        return names + ["any"]
    }

    /// Whether an interface of this name is there (`any` always is).
    public static func exists(_ name: String) -> Bool {
        // SAFETY: the name is passed as a terminated copy.
        unsafe name == "any" || if_nametoindex(name) != 0
    }
}
