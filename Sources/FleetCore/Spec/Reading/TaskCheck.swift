/// Checks a task as it will run, with the values of its matrix filled in.
struct TaskCheck {
    let object: ObjectReader
    /// Whether the task is one of a matrix.
    let isExpanded: Bool

    func check(_ task: TaskSpec) {
        if let problem = TextProblem.id(task.id.rawValue) {
            report("matrix", "the id \(task.id.rawValue.quotedForMessage)", problem.expected)
        }
        checkWork(task)
        checkEnvironment(task)
        checkPaths(task)
        // What does not come from a matrix was checked when it was read.
        guard isExpanded else { return }
        if !task.name.isTitle { report("name", task.name.quotedForMessage, "one line of at most 256 bytes, not empty") }
        for text in task.requires.sorted() + task.tags {
            guard let problem = TextProblem.mark(text) else { continue }
            report("matrix", "the capability or tag \(text.quotedForMessage)", problem.expected)
        }
        for path in task.inputFiles {
            guard let problem = TextProblem.inner(path: path) else { continue }
            report("input_files", path.quotedForMessage, problem.expected, problem.hint)
        }
    }

    private func checkPaths(_ task: TaskSpec) {
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

    private func checkWork(_ task: TaskSpec) {
        let limit = SpecBounds.argumentBytes
        switch task.work {
        case .instructions:
            let bytes = task.prompt?.utf8.count ?? 0
            guard bytes > limit else { return }
            report("instructions", "\(bytes) bytes with objective and context", "at most \(limit)", hint)
        case .shell(let text):
            guard text.utf8.count > limit else { return }
            report("command", "a text of \(text.utf8.count) bytes", "at most \(limit)", hint)
        case .command(let list):
            if let argument = list.first(where: { $0.utf8.count > limit }) {
                report("command", "an argument of \(argument.utf8.count) bytes", "at most \(limit)", hint)
            }
            let all = list.reduce(0) { $0 + $1.utf8.count + 1 }
            guard all > SpecBounds.allArgumentBytes else { return }
            report("command", "arguments of \(all) bytes", "at most \(SpecBounds.allArgumentBytes)", hint)
        }
    }

    private var hint: String { "put the text into a file, and name the file" }

    private func checkEnvironment(_ task: TaskSpec) {
        guard !task.environment.isEmpty else { return }
        for (name, value) in task.environment.sorted(by: { $0.key < $1.key }) {
            guard value.utf8.count > SpecBounds.argumentBytes else { continue }
            let found = "\(name) with \(value.utf8.count) bytes"
            report("env", found, "at most \(SpecBounds.argumentBytes) bytes", hint)
        }
        let all = task.environment.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 2 }
        guard all > SpecBounds.allArgumentBytes else { return }
        report("env", "variables of \(all) bytes", "at most \(SpecBounds.allArgumentBytes)", hint)
    }

    private func report(_ name: String, _ found: String, _ expected: String, _ hint: String? = nil) {
        object.report(name, object[name], found: found, expected: expected, hint: hint)
    }

    /// About how many bytes of text a task has.
    static func size(of task: TaskSpec) -> Int {
        let work =
            switch task.work {
            case .command(let list): list.reduce(0) { $0 + $1.utf8.count }
            case .shell(let text), .instructions(let text): text.utf8.count
            }
        let notes = [task.description, task.objective, task.context].reduce(0) { $0 + ($1?.utf8.count ?? 0) }
        let variables = task.environment.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        let labels = task.labels.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        return work + notes + variables + labels
    }
}
