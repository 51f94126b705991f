/// One dimension of a matrix: a name, and the values it takes in turn.
struct MatrixAxis: Equatable {
    var name: String
    var values: [String]

    /// Reads a task's matrix; nil where there is none, or it is wrong.
    static func read(_ object: ObjectReader) -> [MatrixAxis]? {
        guard let value = object["matrix"] else { return nil }
        let expected = "an object of names, each with an array of values"
        guard case .object(let members) = value.content, !members.isEmpty else {
            object.report("matrix", value, found: value.foundText, expected: expected)
            return nil
        }
        var axes: [MatrixAxis] = []
        let place = object.place.member("matrix")
        for member in members {
            let inner = place.member(member.name)
            func report(_ found: String, _ expected: String) {
                object.faults.add(inner, line: member.value.line, found: found, expected: expected)
            }
            if !IdentifierForm.isValid(member.name) {
                report(member.name.quotedForMessage, "a name: \(IdentifierForm.description)")
            } else if axes.contains(where: { $0.name == member.name }) {
                report("the same name again", "each name once")
            } else if member.value.elements.isEmpty {
                report(member.value.foundText, "an array of at least one value")
            }
            var values: [String] = []
            for (index, element) in member.value.elements.enumerated() {
                if let text = text(of: element) {
                    values.append(text)
                } else {
                    let isNumber = if case .number = element.content { true } else { false }
                    object.faults.add(
                        inner.element(index),
                        line: element.line,
                        found: element.foundText,
                        expected: "a text, a number, true or false",
                        hint: isNumber ? "put it in quotes" : nil
                    )
                }
            }
            axes.append(MatrixAxis(name: member.name, values: values))
        }
        return axes
    }

    private static func text(of value: DocumentValue) -> String? {
        switch value.content {
        case .string(let text): text.utf8.contains(0) ? nil : text
        case .integer(let number): "\(number)"
        // Above that, what was written may have been another number.
        case .number(let number): number.magnitude < 0x1p53 ? number.plainText : nil
        case .bool(let flag): "\(flag)"
        default: nil
        }
    }
}

/// A matrix, and the tasks it makes of one.
struct Matrix {
    let axes: [MatrixAxis]

    /// How many tasks it makes; nil where that is more than a run may have.
    var count: Int? {
        var product = 1
        for axis in axes {
            let (next, overflow) = product.multipliedReportingOverflow(by: axis.values.count)
            guard !overflow, next <= SpecBounds.tasks else { return nil }
            product = next
        }
        return product
    }

    /// The values of the task with a number from 1; the last axis changes fastest.
    func values(ofTask number: Int) -> [(name: String, value: String)] {
        var rest = number - 1
        var result: [(name: String, value: String)] = []
        for axis in axes.reversed() where !axis.values.isEmpty {
            result.append((axis.name, axis.values[rest % axis.values.count]))
            rest /= axis.values.count
        }
        return result.reversed()
    }

    /// The task with a number from 1: `id.1`, `id.2` …, with the values as labels and in place of `{name}` in texts.
    func task(number: Int, of draft: TaskDraft, id: String, work: TaskWork) -> TaskSpec {
        Self.task(of: draft, id: "\(id).\(number)", work: work, values: values(ofTask: number))
    }

    /// A task that has no more text than any that the matrix makes.
    func leastTask(of draft: TaskDraft, id: String, work: TaskWork) -> TaskSpec {
        Self.task(of: draft, id: id, work: work, values: axes.map { ($0.name, "") })
    }

    private static func task(
        of draft: TaskDraft,
        id: String,
        work: TaskWork,
        values: [(name: String, value: String)]
    ) -> TaskSpec {
        func filled(_ text: String) -> String { Self.filled(text, with: values) }
        var expanded = draft
        expanded.name = draft.name.map(filled)
        expanded.description = draft.description.map(filled)
        expanded.objective = draft.objective.map(filled)
        expanded.context = draft.context.map(filled)
        expanded.environment = draft.environment.mapValues(filled)
        expanded.requires = draft.requires.map(filled)
        expanded.tags = draft.tags.map(filled).eachOnce
        expanded.inputFiles = draft.inputFiles.map(filled).eachOnce
        expanded.expectedArtifacts =
            draft.expectedArtifacts.map { ExpectedArtifact(kind: $0.kind, path: $0.path.map(filled)) }.eachOnce
        expanded.labels = draft.labels.mapValues(filled)
        for (name, value) in values { expanded.labels[name] = value }
        let filledWork: TaskWork =
            switch work {
            case .command(let list): .command(list.map(filled))
            case .shell(let text): .shell(filled(text))
            case .instructions(let text): .instructions(filled(text))
            }
        return expanded.task(id: id, work: filledWork)
    }

    /// A text with values in place of `{name}`; braces around anything else stay.
    static func filled(_ text: String, with values: [(name: String, value: String)]) -> String {
        guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
        var result: [UInt8] = []
        var rest = text.utf8[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "{")) {
            result += rest[..<open]
            let inner = rest[open...].dropFirst()
            let match = values.first {
                inner.starts(with: $0.name.utf8) && inner.dropFirst($0.name.utf8.count).first == UInt8(ascii: "}")
            }
            if let match {
                result += match.value.utf8
                rest = inner.dropFirst(match.name.utf8.count + 1)
            } else {
                result.append(UInt8(ascii: "{"))
                rest = inner
            }
        }
        result += rest
        return String(decoding: result, as: UTF8.self)
    }
}
