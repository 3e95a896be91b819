// From text to tree, over libyaml's events. Fence: every libyaml call is in this file.

import CLibYAML

/// Reads documents.
public enum YAMLDocument {
    /// How deep nodes may lie in each other.
    public static let maximumDepth = 64

    /// Reads the one document of a text; nil when there is none.
    ///
    /// - Throws: `YAMLError` with the line, also for a second document, for a key given twice, and
    ///   for nodes deeper than `maximumDepth`.
    public static func read(_ text: String) throws(YAMLError) -> YAMLNode? {
        let reader = try EventReader(text)
        var event = try reader.next()
        guard event.kind == .streamStart else { throw reader.error("is no stream", event) }
        event = try reader.next()
        if event.kind == .streamEnd { return nil }
        let node = try reader.node(try reader.next(), depth: 0)
        _ = try reader.next()
        event = try reader.next()
        guard event.kind == .streamEnd else {
            throw YAMLError(line: event.line, problem: "a second document begins")
        }
        return node
    }
}

/// One event with the line it begins on.
private struct Event {
    enum Kind: Sendable {
        case streamStart, streamEnd, documentStart, documentEnd, alias, scalar
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd, none
    }

    var kind: Kind
    var line: Int
    var text = ""
    var isPlain = false
}

/// The parser's memory, freed with it.
@safe
private final class EventReader {
    private let parser: UnsafeMutablePointer<earshot_yaml>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ text: String) throws(YAMLError) {
        let utf8 = Array(text.utf8)
        // SAFETY: libyaml reads the bytes until it is closed; both are freed in deinit, in order.
        unsafe bytes = .allocate(capacity: max(utf8.count, 1))
        _ = unsafe bytes.initialize(from: utf8)
        guard let opened = unsafe earshot_yaml_open(bytes.baseAddress, utf8.count) else {
            unsafe bytes.deallocate()
            throw YAMLError(line: 1, problem: "there is no memory to read it")
        }
        unsafe parser = opened
    }

    deinit {
        // SAFETY: opened in init, closed once, here; the bytes outlive the parser.
        unsafe earshot_yaml_close(parser)
        unsafe bytes.deallocate()
    }

    func next() throws(YAMLError) -> Event {
        // SAFETY: the call fills the struct; its text is copied before the next call.
        var raw = unsafe earshot_yaml_event()
        unsafe earshot_yaml_next(parser, &raw)
        let text = unsafe String(
            decoding: UnsafeRawBufferPointer(start: raw.text, count: raw.count), as: UTF8.self)
        let line = unsafe Int(raw.line)
        guard unsafe raw.kind >= 0 else { throw YAMLError(line: line, problem: text) }
        return Event(
            kind: EventReader.kind(unsafe UInt32(raw.kind)), line: line, text: text,
            isPlain: unsafe raw.is_plain != 0)
    }

    private static func kind(_ raw: UInt32) -> Event.Kind {
        switch raw {
        case YAML_STREAM_START_EVENT.rawValue: .streamStart
        case YAML_STREAM_END_EVENT.rawValue: .streamEnd
        case YAML_DOCUMENT_START_EVENT.rawValue: .documentStart
        case YAML_DOCUMENT_END_EVENT.rawValue: .documentEnd
        case YAML_ALIAS_EVENT.rawValue: .alias
        case YAML_SCALAR_EVENT.rawValue: .scalar
        case YAML_SEQUENCE_START_EVENT.rawValue: .sequenceStart
        case YAML_SEQUENCE_END_EVENT.rawValue: .sequenceEnd
        case YAML_MAPPING_START_EVENT.rawValue: .mappingStart
        case YAML_MAPPING_END_EVENT.rawValue: .mappingEnd
        default: .none
        }
    }

    func error(_ problem: String, _ event: Event) -> YAMLError {
        YAMLError(line: event.line, problem: problem)
    }

    /// The node that begins with an event.
    func node(_ event: Event, depth: Int) throws(YAMLError) -> YAMLNode {
        guard depth < YAMLDocument.maximumDepth else {
            throw error("nested deeper than \(YAMLDocument.maximumDepth)", event)
        }
        switch event.kind {
        case .scalar:
            return YAMLNode(.scalar(event.text, isPlain: event.isPlain), line: event.line)
        case .alias:
            return YAMLNode(.alias, line: event.line)
        case .sequenceStart:
            var nodes: [YAMLNode] = []
            var inner = try next()
            while inner.kind != .sequenceEnd {
                nodes.append(try node(inner, depth: depth + 1))
                inner = try next()
            }
            return YAMLNode(.sequence(nodes), line: event.line)
        case .mappingStart:
            return YAMLNode(.mapping(try pairs(depth: depth)), line: event.line)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd,
            .none:
            throw error("a value is missing", event)
        }
    }

    private func pairs(depth: Int) throws(YAMLError) -> [YAMLPair] {
        var pairs: [YAMLPair] = []
        var names: Set<String> = []
        var inner = try next()
        while inner.kind != .mappingEnd {
            let key = try node(inner, depth: depth + 1)
            if let name = key.string, !names.insert(name).inserted {
                throw error("'\(name)' is given twice", inner)
            }
            pairs.append(YAMLPair(key: key, value: try node(try next(), depth: depth + 1)))
            inner = try next()
        }
        return pairs
    }
}
