/// Checks a task as it will run, with the values of its matrix filled in.
struct TaskCheck {
    let object: ObjectReader
    /// Whether the task is one of a matrix.
    let isExpanded: Bool

    func check(_ task: TaskSpec) {
        if let problem = TextProblem.id(task.id.rawValue) {
            report("matrix", "the id \(task.id.rawValue.quotedForMessage)", problem.expected)
        }
        checkSizes(task)
        // What does not come from a matrix was checked when it was read.
        guard isExpanded else { return }
        checkTexts(task)
        checkPaths(task)
    }

    private func checkTexts(_ task: TaskSpec) {
        if !task.name.isTitle { report("name", task.name.quotedForMessage, "one line of at most 256 bytes, not empty") }
        for text in task.requires.sorted() + task.tags {
            guard let problem = TextProblem.mark(text) else { continue }
            report("matrix", "the capability or tag \(text.quotedForMessage)", problem.expected)
        }
        var texts = [("objective", task.objective), ("context", task.context)]
        switch task.work {
        case .instructions(let text): texts.append(("instructions", text))
        case .shell(let text): texts.append(("command", text))
        case .command(let list):
            guard list.first?.isEmpty == true else { break }
            report("command", "a program without a name", "a program and its arguments, or a text for /bin/sh")
        }
        for (name, text) in texts {
            guard let text, text.isBlank else { continue }
            report(name, text.quotedForMessage, "a text that is not empty")
        }
    }

    private func checkPaths(_ task: TaskSpec) {
        for path in task.inputFiles {
            guard let problem = TextProblem.inner(path: path) else { continue }
            report("input_files", path.quotedForMessage, problem.expected, problem.hint)
        }
        for (index, artifact) in task.expectedArtifacts.enumerated() {
            guard let path = artifact.path, let problem = TextProblem.inner(path: path) else { continue }
            let value = object["expected_artifacts"]
            object.faults.add(
                object.place.member("expected_artifacts").element(index).member("path"),
                line: value?.elements.dropFirst(index).first?["path"]?.line ?? value?.line ?? object.line,
                found: path.quotedForMessage,
                expected: problem.expected,
                hint: problem.hint
            )
        }
    }

    private func checkSizes(_ task: TaskSpec) {
        let limit = SpecBounds.argumentBytes
        var name = "command"
        var arguments: [String]
        switch task.work {
        case .instructions(let text):
            name = "instructions"
            arguments = [task.prompt ?? text]
            let bytes = arguments[0].utf8.count
            if bytes > limit { report(name, "\(bytes) bytes with objective and context", "at most \(limit)", hint) }
        case .shell(let text):
            arguments = [text]
            if text.utf8.count > limit { report(name, "a text of \(text.utf8.count) bytes", "at most \(limit)", hint) }
        case .command(let list):
            arguments = list
            if let argument = list.first(where: { $0.utf8.count > limit }) {
                report(name, "an argument of \(argument.utf8.count) bytes", "at most \(limit)", hint)
            }
        }
        for (name, value) in task.environment.sorted(by: { $0.key < $1.key }) where value.utf8.count > limit {
            report("env", "\(name) with \(value.utf8.count) bytes", "at most \(limit) bytes", hint)
        }
        // Eight bytes for each text: more than its length takes in a frame.
        let argumentBytes = arguments.reduce(0) { $0 + $1.utf8.count + 8 }
        let variableBytes = task.environment.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 24 }
        guard argumentBytes + variableBytes > SpecBounds.allArgumentBytes else { return }
        report(
            argumentBytes < variableBytes ? "env" : name,
            "arguments and variables of \(argumentBytes + variableBytes) bytes",
            "at most \(SpecBounds.allArgumentBytes)",
            hint
        )
    }

    private var hint: String { "put the text into a file, and name the file" }

    private func report(_ name: String, _ found: String, _ expected: String, _ hint: String? = nil) {
        object.report(name, object[name], found: found, expected: expected, hint: hint)
    }
}

extension TaskCheck {
    /// About how many bytes of text a task has.
    static func size(of task: TaskSpec) -> Int {
        let work =
            switch task.work {
            case .command(let list): size(of: list)
            case .shell(let text), .instructions(let text): text.utf8.count
            }
        let notes = [task.name, task.description, task.objective, task.context].reduce(0) { $0 + ($1?.utf8.count ?? 0) }
        let tables = size(of: task.environment) + size(of: task.labels)
        let lists = size(of: task.requires) + size(of: task.tags) + size(of: task.inputFiles)
        let results = task.expectedArtifacts.reduce(0) { $0 + $1.kind.utf8.count + ($1.path?.utf8.count ?? 0) + 24 }
        let alerts = (task.alertPolicy?.channels ?? [])
            .reduce(0) { sum, channel in
                [
                    channel.url, channel.urlReference, channel.secretReference, channel.routingKeyReference,
                    channel.severity,
                ]
                .reduce(sum + 24) { $0 + ($1?.utf8.count ?? 0) }
            }
        return work + notes + tables + lists + results + alerts
    }

    private static func size(of texts: some Sequence<String>) -> Int { texts.reduce(0) { $0 + $1.utf8.count + 3 } }

    private static func size(of table: [String: String]) -> Int {
        table.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 6 }
    }
}
