import FleetCore

/// The reader of one TOML document: a place in its bytes, and the table that statements add to.
struct TOMLParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: DocumentLimits
    var offset = 0
    var line: Int32 = 1
    var lineStart = 0
    private var values = 0

    init(bytes: UnsafeBufferPointer<UInt8>, limits: DocumentLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(SpecError) -> DocumentValue {
        try checkText()
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            offset = 3
            lineStart = 3
        }
        let root = TOMLTable(line: 1, depth: 1, origin: .header)
        var table = root
        while true {
            try skipToNextThing()
            guard byte != nil else { return root.value }
            if take("[") {
                table = try header(in: root)
            } else {
                try pair(in: table)
            }
            try endStatement()
        }
    }

    /// The byte at the place; nil at the end.
    var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    // MARK: - Statements

    /// `[table]` or `[[element of an array]]`; the place is behind the first bracket.
    private mutating func header(in root: TOMLTable) throws(SpecError) -> TOMLTable {
        let isElement = take("[")
        let start = line
        skipBlanks()
        let (path, last) = try key(expected: "the name of a table")
        var parent = root
        for name in path {
            switch parent[name] {
            case .table(let table): parent = table
            case .list(let tables, _): parent = tables[tables.count - 1]
            case .value: throw fault("\(name.quotedForMessage), which is no table", expected: "the name of a table")
            case nil:
                let made = try table(in: parent, line: start, origin: .path)
                parent[name] = .table(made)
                parent = made
            }
        }
        let result = try isElement ? element(last, of: parent, line: start) : table(last, of: parent, line: start)
        guard take("]"), !isElement || take("]") else { throw fault(expected: isElement ? "']]'" : "']'") }
        return result
    }

    private mutating func table(_ name: String, of parent: TOMLTable, line: Int32) throws(SpecError) -> TOMLTable {
        if case .table(let table) = parent[name], table.origin == .path {
            table.origin = .header
            return table
        }
        guard parent[name] == nil else { throw again(name) }
        let made = try table(in: parent, line: line, origin: .header)
        parent[name] = .table(made)
        return made
    }

    private mutating func element(_ name: String, of parent: TOMLTable, line: Int32) throws(SpecError) -> TOMLTable {
        var tables: [TOMLTable] = []
        var firstLine = line
        switch parent[name] {
        case .list(let known, let knownLine): (tables, firstLine) = (known, knownLine)
        case nil: try count(depth: parent.depth + 1)
        default: throw again(name)
        }
        // Released first, so that it is changed where it is.
        parent[name] = .list([], line: firstLine)
        try count(depth: parent.depth + 2)
        let made = TOMLTable(line: line, depth: parent.depth + 2, origin: .header)
        tables.append(made)
        parent[name] = .list(tables, line: firstLine)
        return made
    }

    /// `key = value`, where the key may lead through tables.
    mutating func pair(in table: TOMLTable) throws(SpecError) {
        let start = line
        let (path, last) = try key(expected: "a name")
        var parent = table
        for name in path {
            switch parent[name] {
            case .table(let table) where table.origin == .dotted: parent = table
            case nil:
                let made = try self.table(in: parent, line: start, origin: .dotted)
                parent[name] = .table(made)
                parent = made
            default: throw again(name)
            }
        }
        guard parent[last] == nil else { throw again(last) }
        guard take("=") else { throw fault(expected: "'=' and a value") }
        skipBlanks()
        parent[last] = .value(try value(depth: parent.depth, line: start))
    }

    private mutating func table(
        in parent: TOMLTable,
        line: Int32,
        origin: TOMLTable.Origin
    ) throws(SpecError) -> TOMLTable {
        try count(depth: parent.depth + 1)
        return TOMLTable(line: line, depth: parent.depth + 1, origin: origin)
    }

    /// Counts a value that stands so deep.
    mutating func count(depth: Int = 0) throws(SpecError) {
        guard depth <= limits.depth else {
            throw fault("more than \(limits.depth) arrays and tables within each other", expected: "fewer")
        }
        values += 1
        guard values <= limits.values else { throw fault("more than \(limits.values) values", expected: "fewer") }
    }

    private mutating func endStatement() throws(SpecError) {
        skipBlanks()
        if byte == nil || byte == UInt8(ascii: "#") { return }
        guard try takeNewline() else { throw fault(expected: "the line's end") }
    }

    // MARK: - Keys

    /// A key as the names it leads through, and the last of them; with the blanks behind it.
    private mutating func key(expected: String) throws(SpecError) -> (path: [String], last: String) {
        var path: [String] = []
        while true {
            let name = try name(expected: expected)
            skipBlanks()
            guard take(".") else { return (path, name) }
            skipBlanks()
            path.append(name)
            guard path.count <= limits.depth else {
                throw fault("more than \(limits.depth) arrays and tables within each other", expected: "fewer")
            }
        }
    }

    private mutating func name(expected: String) throws(SpecError) -> String {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return try shortText() }
        let start = offset
        while let byte, Self.isOfBareName(byte) { offset += 1 }
        guard offset > start else { throw fault(expected: expected) }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private static func isOfBareName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private func again(_ name: String) -> SpecError {
        fault("\(name.quotedForMessage) again", expected: "each name once")
    }
}
