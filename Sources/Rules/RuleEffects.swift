// What rules did to a call, so that nothing they took away survives in another form.

import Bytes
public import Records

/// What happened to the pairs of a call.
public struct RuleEffects: Sendable {
    /// Whether `request_url` was removed or changed.
    public internal(set) var urlTouched = false
    /// Whether any `request_param` was.
    public internal(set) var anyParamTouched = false
    /// Whether `request_body` was.
    public internal(set) var requestBodyTouched = false
    /// Whether `response_body` was.
    public internal(set) var responseBodyTouched = false
    /// Whether any other pair was.
    public internal(set) var otherTouched = false
    /// The keys of header pairs that were, in the list's arena.
    public internal(set) var headerKeys: [PairText] = []
    /// For each pair left, whether its value was changed.
    var changed: [Bool] = []

    /// Whether nothing was removed or changed.
    public var isEmpty: Bool {
        !urlTouched && !anyParamTouched && !requestBodyTouched && !responseBodyTouched
            && !otherTouched && headerKeys.isEmpty
    }

    /// Whether the value of a pair that is left was changed.
    ///
    /// - Parameter pairIndex: An index into the list's pairs as `apply` left them.
    public func wasChanged(pairIndex: Int) -> Bool {
        pairIndex < changed.count && changed[pairIndex]
    }

    /// Whether a header pair with this key was removed or changed.
    ///
    /// - Parameters:
    ///   - key: The whole key: `request_header:cookie`.
    ///   - list: The list the rules were applied to.
    public func touchedHeader(_ key: Span<UInt8>, in list: borrowing PairList) -> Bool {
        headerKeys.contains { list.span($0).equals(key) }
    }

    mutating func removeAll() {
        urlTouched = false
        anyParamTouched = false
        requestBodyTouched = false
        responseBodyTouched = false
        otherTouched = false
        headerKeys.removeAll(keepingCapacity: true)
        changed.removeAll(keepingCapacity: true)
    }

    /// Notes that the pair with this key was removed or changed.
    mutating func note(_ key: PairText, in list: borrowing PairList) {
        let text = list.span(key)
        if text.starts(with: "request_header:") || text.starts(with: "response_header:") {
            headerKeys.append(key)
        } else if text.equals("request_url") {
            urlTouched = true
        } else if text.starts(with: "request_param") {
            anyParamTouched = true
        } else if text.equals("request_body") {
            requestBodyTouched = true
        } else if text.equals("response_body") {
            responseBodyTouched = true
        } else {
            otherTouched = true
        }
    }
}
