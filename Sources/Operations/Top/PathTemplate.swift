// Paths with what names one thing replaced, so that calls of one kind are counted together.

/// Makes templates of paths: `/orders/4711/items` and `/orders/4712/items` are
/// `/orders/{id}/items`.
public enum PathTemplate {
    /// The least digits of a hexadecimal segment that is taken for an id: an abbreviated commit is
    /// one, `face` is none.
    static let hexDigits = 12

    /// A path without query, its id-like segments replaced by `{id}`: numbers, UUIDs, long
    /// hexadecimal numbers.
    public static func of(_ path: String) -> String {
        var result = ""
        for (index, segment) in path.prefix(while: { $0 != "?" && $0 != "#" })
            .split(separator: "/", omittingEmptySubsequences: false).enumerated()
        {
            if index > 0 { result += "/" }
            result += isID(segment.utf8) ? "{id}" : segment
        }
        return result
    }

    private static func isID(_ segment: Substring.UTF8View) -> Bool {
        var (digits, letters, dashes) = (0, 0, 0)
        for byte in segment {
            switch byte {
            case 0x30...0x39: digits += 1
            case 0x41...0x46, 0x61...0x66: letters += 1
            case 0x2D: dashes += 1
            case _: return false
            }
        }
        if dashes > 0 { return isUUID(segment) }
        if letters == 0 { return digits > 0 }
        return digits > 0 && digits + letters >= hexDigits
    }

    // Hexadecimal digits and dashes, as the caller has seen. RFC 9562 §4.
    private static func isUUID(_ segment: Substring.UTF8View) -> Bool {
        guard segment.count == 36 else { return false }
        return segment.enumerated().allSatisfy { index, byte in
            (byte == 0x2D) == [8, 13, 18, 23].contains(index)
        }
    }
}
