/// Names and values below each other, for people.
struct FieldList: Sendable {
    private var fields: [(name: String, value: String)] = []

    /// Adds a line, whose value is made harmless here; nothing for nil.
    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        fields.append((name, TerminalText.line(value)))
    }

    /// The lines, each ended, the values in one column.
    func text(indentation: Int = 2) -> String {
        let width = fields.map { TerminalText.width($0.name) }.max() ?? 0
        let margin = String(repeating: " ", count: indentation)
        return
            fields.map { field in
                let padding = String(repeating: " ", count: width - TerminalText.width(field.name))
                return "\(margin)\(field.name)\(padding)  \(field.value)\n"
            }
            .joined()
    }
}
