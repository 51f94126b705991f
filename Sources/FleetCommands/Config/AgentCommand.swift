/// How the configured agent is run: an argument list with a place for the prompt.
struct AgentCommand: Sendable, Equatable {
    /// What stands for the prompt.
    static let placeholder = "{prompt}"

    /// The program and its arguments.
    let template: [String]
    /// Where it was configured: the variable's name, or the file.
    let source: String

    /// The argument list for a prompt: in each argument where ``placeholder`` stands, else at the end.
    func arguments(prompt: String) -> [String] {
        guard template.contains(where: { Self.pieces($0).count > 1 }) else { return template + [prompt] }
        return template.map { Self.pieces($0).joined(separator: prompt) }
    }

    /// Splits a command that is written as one text at its blanks.
    ///
    /// There is no quoting, so that nobody has to guess whose: a text with quotes or backslashes is refused.
    ///
    /// - Throws: `configuration`, saying how to write it instead.
    static func split(_ text: String, source: String) throws(CommandError) -> [String] {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }).map(String.init)
        if text.contains(where: { "\"'\\`".contains($0) }) {
            throw CommandError(
                .configuration,
                "\(source): the agent's command has quotes or backslashes, which have no meaning here",
                hint: #"write it as an array, such as ["claude", "-p", "{prompt}"]"#
            )
        }
        return words
    }

    /// The text around each placeholder.
    private static func pieces(_ argument: String) -> [String] {
        var result: [String] = []
        var piece: [UInt8] = []
        var rest = Array(argument.utf8)[...]
        let mark = Array(placeholder.utf8)
        while !rest.isEmpty {
            if rest.starts(with: mark) {
                result.append(String(decoding: piece, as: UTF8.self))
                piece = []
                rest = rest.dropFirst(mark.count)
            } else {
                piece.append(rest.removeFirst())
            }
        }
        return result + [String(decoding: piece, as: UTF8.self)]
    }
}
