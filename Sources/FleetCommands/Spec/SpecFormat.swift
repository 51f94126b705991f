/// The forms in which a spec may be written.
enum SpecFormat: Sendable {
    case json
    case toml

    /// The form of a document: by its file's extension, else by how it begins.
    init(path: String, content: [UInt8]) {
        // A dot in a directory's name is none of the file's.
        let parts = path.split(separator: "/").last?.split(separator: ".", omittingEmptySubsequences: false) ?? []
        switch parts.count > 1 ? parts.last?.lowercased() : nil {
        case "json": self = .json
        case "toml": self = .toml
        default: self = Self.looksLikeJSON(content) ? .json : .toml
        }
    }

    /// JSON begins with `{`, or with `[` and an element: an object, or nothing.
    ///
    /// In TOML a `[` is followed by a name, or by another `[` and a name. Nothing at all is taken for JSON, whose
    /// reader says so.
    private static func looksLikeJSON(_ content: [UInt8]) -> Bool {
        let isMarked = content.starts(with: [0xEF, 0xBB, 0xBF])
        var things = content.dropFirst(isMarked ? 3 : 0).lazy.filter { $0 > 0x20 }.makeIterator()
        guard let first = things.next(), first != UInt8(ascii: "{") else { return true }
        guard first == UInt8(ascii: "[") else { return false }
        var second = things.next()
        if second == UInt8(ascii: "[") { second = things.next() }
        return second.map { "{[]".utf8.contains($0) } ?? true
    }
}
