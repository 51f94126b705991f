extension Scorer {
    private enum Kind: String, CaseIterable {
        case exitCode = "exit_code"
        case fileExists = "file_exists"
        case regexMatch = "regex_match"
        case jsonPath = "json_path"
        case command

        var fields: [String] {
            switch self {
            case .exitCode: []
            case .fileExists: ["path"]
            case .regexMatch: ["path", "pattern"]
            case .jsonPath: ["path", "expression"]
            case .command: ["command", "args"]
            }
        }
    }

    /// Reads a task's scorer: its kind as a text, or an object with `kind` and the kind's fields.
    static func read(_ object: ObjectReader) -> Scorer? {
        guard let value = object["scorer"] else { return nil }
        if case .string(let name) = value.content, name == Kind.exitCode.rawValue { return .exitCode }
        let all = FieldNames(subject: "a scorer", names: ["kind", "path", "pattern", "expression", "command", "args"])
        guard let scorer = object.object("scorer", known: all) else { return nil }
        scorer.require("kind", expected: "a scorer's kind: \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        guard let kind = scorer.choice("kind", Kind.self) else { return nil }
        for member in scorer.members where all.names.contains(member.name) && member.name != "kind" {
            guard !kind.fields.contains(member.name) else { continue }
            scorer.report(
                member.name,
                member.value,
                found: "a field that \(kind.rawValue) has not",
                expected: kind.fields.isEmpty ? "no more fields" : kind.fields.joined(separator: ", ")
            )
        }
        for name in kind.fields where name != "args" {
            scorer.require(name, expected: "what \(kind.rawValue) needs")
        }
        return scorer.scorer(kind.rawValue)
    }
}

extension ObjectReader {
    fileprivate func scorer(_ kind: String) -> Scorer? {
        let file = self["path"] == nil ? nil : innerPath("path")
        switch kind {
        case "exit_code": return .exitCode
        case "file_exists": return file.map(Scorer.fileExists)
        case "regex_match":
            guard let file, let pattern = filledString("pattern") else { return nil }
            return .regexMatch(path: file, pattern: pattern)
        case "json_path":
            let expression = string("expression", expected: "a path such as $.summary.ok") {
                $0.hasPrefix("$") || $0.hasPrefix(".")
            }
            guard let file, let expression else { return nil }
            return .jsonPath(path: file, expression: expression)
        default:
            let arguments = strings("args", of: "arguments", allowsDuplicates: true) ?? []
            return program().map { Scorer.command($0 + arguments) }
        }
    }

    /// A program by its name, or with its first arguments.
    private func program() -> [String]? {
        guard let value = self["command"] else { return nil }
        if case .string = value.content { return filledString("command").map { [$0] } }
        guard let list = strings("command", of: "arguments", allowsDuplicates: true),
            list.count == value.elements.count
        else { return nil }
        if let program = list.first, !program.isEmpty { return list }
        let found = list.isEmpty ? "an empty array" : "a program without a name"
        report("command", value, found: found, expected: "a program and its arguments")
        return nil
    }

    /// A path that stays below the working directory.
    func innerPath(_ name: String) -> String? {
        guard let text = string(name, expected: "a path below the working directory") else { return nil }
        guard let problem = TextProblem.inner(path: text) else { return text }
        report(name, self[name], found: text.quotedForMessage, expected: problem.expected, hint: problem.hint)
        return nil
    }
}
