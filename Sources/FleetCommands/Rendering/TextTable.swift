/// Rows in columns, for people.
struct TextTable: Sendable {
    /// How a column stands.
    enum Alignment: Sendable {
        case left
        case right
    }

    private let header: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// A table of these columns.
    init(_ columns: [(String, Alignment)]) {
        header = columns.map(\.0)
        alignments = columns.map(\.1)
    }

    /// A table of columns that begin at the left.
    init(_ columns: String...) { self.init(columns.map { ($0, .left) }) }

    /// Adds a row; its cells are made harmless here.
    mutating func add(_ cells: [String]) { rows.append(cells.map { TerminalText.line($0) }) }

    /// Whether there is no row.
    var isEmpty: Bool { rows.isEmpty }

    /// The header and the rows, each line ended; columns stand two apart, and nothing follows the last one.
    var text: String {
        var widths = header.map { TerminalText.width($0) }
        for row in rows {
            for (column, cell) in row.enumerated() where column < widths.count {
                widths[column] = max(widths[column], TerminalText.width(cell))
            }
        }
        var result = ""
        for row in [header] + rows {
            var line = ""
            for (column, cell) in row.enumerated() where column < widths.count {
                let padding = String(repeating: " ", count: widths[column] - TerminalText.width(cell))
                if column > 0 { line += "  " }
                line += alignments[column] == .right ? padding + cell : cell + padding
            }
            while line.hasSuffix(" ") { line.removeLast() }
            result += line + "\n"
        }
        return result
    }
}
