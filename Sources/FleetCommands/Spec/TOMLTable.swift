import FleetCore

/// A table while a document is read: it may grow until the document's end.
final class TOMLTable {
    /// What made it, which decides what may add to it.
    enum Origin {
        /// The document, or a header of its own.
        case header
        /// A header of a table within it, so that a header of its own may follow.
        case path
        /// A dotted key.
        case dotted
    }

    /// What stands under a name.
    enum Member {
        /// A value, complete as it is.
        case value(DocumentValue)
        /// A table.
        case table(TOMLTable)
        /// An array of tables, made by `[[…]]` headers; never empty.
        case list([TOMLTable], line: Int32)
    }

    /// The line it begins in, from 1.
    let line: Int32
    /// How many arrays and tables it stands in, itself among them.
    let depth: Int
    /// What made it.
    var origin: Origin
    private var names: [String] = []
    private var members: [String: Member] = [:]

    init(line: Int32, depth: Int, origin: Origin) {
        self.line = line
        self.depth = depth
        self.origin = origin
    }

    /// What stands under a name; a new name comes last.
    subscript(name: String) -> Member? {
        get { members[name] }
        set {
            if let newValue, members.updateValue(newValue, forKey: name) == nil { names.append(name) }
        }
    }

    /// The table as a value.
    var value: DocumentValue {
        var result: [DocumentMember] = []
        result.reserveCapacity(names.count)
        for name in names {
            switch members[name] {
            case .value(let value): result.append(DocumentMember(name: name, value: value))
            case .table(let table): result.append(DocumentMember(name: name, value: table.value))
            case .list(let tables, let line):
                result.append(DocumentMember(name: name, value: DocumentValue(.array(tables.map(\.value)), line: line)))
            case nil: break
            }
        }
        return DocumentValue(.object(result), line: line)
    }
}
