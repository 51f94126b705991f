/// A place in a document, known by its way from the root; its text is made only for a fault.
final class Place {
    private let parent: Place?
    private let name: String?
    private let index: Int

    /// The document itself.
    init() {
        parent = nil
        name = nil
        index = 0
    }

    private init(parent: Place, name: String?, index: Int) {
        self.parent = parent
        self.name = name
        self.index = index
    }

    /// The place of a member.
    func member(_ name: String) -> Place { Place(parent: self, name: name, index: 0) }

    /// The place of an element.
    func element(_ index: Int) -> Place { Place(parent: self, name: nil, index: index) }

    /// The path, such as `tasks[3].retry_policy.max_attempts`.
    var text: String {
        guard let parent else { return "" }
        let before = parent.text
        guard let name else { return before + "[\(index)]" }
        return before + Self.separator(before: name, after: before) + Self.shown(name)
    }

    /// What stands between a path and the name that follows.
    static func separator(before name: String, after path: String) -> String { path.isEmpty ? "" : "." }

    /// A name as it stands in a path: in quotes where it has anything out of the ordinary.
    static func shown(_ name: String) -> String {
        let isPlain =
            !name.isEmpty && name.utf8.count <= 64 && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2E }
        return isPlain ? name : name.quotedForMessage
    }
}
