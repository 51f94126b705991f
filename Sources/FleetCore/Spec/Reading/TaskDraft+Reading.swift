extension TaskDraft {
    /// Takes over what an object of a task, or of the defaults, gives.
    mutating func read(_ object: ObjectReader) {
        name = object.title("name") ?? name
        readWork(object)
        description = object.string("description") ?? description
        objective = object.filledString("objective") ?? objective
        context = context(object) ?? context
        readProfile(object)
        if let given = object.table(
            "env",
            expected: "an object of variables",
            hidesValues: true,
            checkName: { name in
                TextProblem.variableName(name)
            }
        ) {
            environment.merge(given) { $1 }
        }
        requires = object.strings("requires", of: "capabilities", check: TextProblem.mark) ?? requires
        dependsOn = object.strings("depends_on", of: "task ids", check: TextProblem.id) ?? dependsOn
        matrix = MatrixAxis.read(object) ?? matrix
        tags = object.strings("tags", of: "tags", check: TextProblem.mark) ?? tags
        readMetadata(object)
        priority = object.integer("priority", in: SpecBounds.priority) ?? priority
        if let given = object.table("labels", expected: "an object of labels", checkName: TextProblem.mark) {
            labels.merge(given) { $1 }
        }
        timeoutSeconds = object.number("timeout_seconds", in: SpecBounds.duration) ?? timeoutSeconds
        if let budget = object.object("budget", known: .budget) {
            budgetSeconds = budget.number("max_seconds", in: SpecBounds.duration) ?? budgetSeconds
        }
        if let policy = object.object("retry_policy", known: .retryPolicy) { retry.read(policy) }
        expectedArtifacts = artifacts(object) ?? expectedArtifacts
        logLimitBytes = object.integer("log_limit_bytes", in: SpecBounds.logBytes) ?? logLimitBytes
        inputFiles = object.strings("input_files", of: "paths", check: TextProblem.inner(path:)) ?? inputFiles
        scorer = Scorer.read(object) ?? scorer
        alertPolicy = AlertPolicy.read(object) ?? alertPolicy
        readWorkspace(object)
    }

    private mutating func readWork(_ object: ObjectReader) {
        if let command = object["command"], let instructions = object["instructions"] {
            object.report(
                "instructions",
                instructions,
                found: "both instructions and a command\(command.line.map { " (line \($0))" } ?? "")",
                expected: "one of them"
            )
        }
        if let text = object.filledString("instructions") { work = .instructions(text) }
        guard let value = object["command"] else { return }
        if case .string = value.content {
            guard let text = object.filledString("command") else { return }
            work = .shell(text)
        } else if let list = object.strings("command", of: "arguments", allowsDuplicates: true) {
            // An element that is wrong was reported, and is missing here.
            guard list.count == value.elements.count else { return }
            guard let program = list.first, !program.isEmpty else {
                object.report(
                    "command",
                    value,
                    found: list.isEmpty ? "an empty array" : "a program without a name",
                    expected: "a program and its arguments, or a text for /bin/sh"
                )
                return
            }
            work = .command(list)
        }
    }

    /// A text, or a list of texts that become its lines.
    private func context(_ object: ObjectReader) -> String? {
        let expected = "a text that is not empty, or an array of texts"
        guard let value = object["context"], case .array(let elements) = value.content else {
            return object.filledString("context", expected: expected)
        }
        guard let lines = object.strings("context", of: "texts", allowsDuplicates: true), !lines.isEmpty else {
            return nil
        }
        let text = lines.joined(separator: "\n")
        if text.isBlank, lines.count == elements.count {
            object.report("context", value, found: "nothing but empty texts", expected: expected)
        }
        return text
    }

    /// The worker profile of CodeWhale's specs: what can be honoured becomes part of requirements and prompt.
    private mutating func readProfile(_ object: ObjectReader) {
        guard let profile = object.object("worker", known: .taskWorker) else { return }
        for capability in profile.strings("capabilities", of: "capabilities", check: TextProblem.mark) ?? []
        where !requires.contains(capability) { requires.append(capability) }
        var lines: [String] = []
        if let role = profile.filledString("role") { lines.append("Role: \(role)") }
        if let tools = profile.strings("tools", of: "tools", check: TextProblem.mark), !tools.isEmpty {
            lines.append("Tools: \(tools.joined(separator: ", "))")
        }
        guard !lines.isEmpty else { return }
        context = ([context].compactMap { $0 } + lines).joined(separator: "\n")
    }

    private func artifacts(_ object: ObjectReader) -> [ExpectedArtifact]? {
        let expected = "an array of kinds, or of objects with kind and path"
        guard let elements = object.elements("expected_artifacts", expected: expected) else { return nil }
        var result: [ExpectedArtifact] = []
        result.reserveCapacity(elements.count)
        for (value, place) in elements {
            var artifact: ExpectedArtifact?
            if case .string(let kind) = value.content {
                artifact = ExpectedArtifact(kind: kind)
            } else if let reader = ObjectReader(value, at: place, object.faults, known: .artifact) {
                reader.require("kind", expected: "what the artifact is, such as \"report\"")
                let path = reader.string("path")
                artifact = reader.string("kind").map { ExpectedArtifact(kind: $0, path: path) }
            }
            guard let artifact else { continue }
            if let problem = TextProblem.id(artifact.kind) {
                let found = artifact.kind.quotedForMessage
                object.faults.add(place, line: value.line, found: found, expected: problem.expected)
            } else if artifact.kind == "log", artifact.path != nil {
                let expected = "no path, as the log has a place of its own"
                object.faults.add(place, line: value.line, found: "a log with a path", expected: expected)
            } else if let path = artifact.path, let problem = TextProblem.inner(path: path) {
                object.faults.add(
                    place.member("path"),
                    line: value["path"]?.line ?? value.line,
                    found: path.quotedForMessage,
                    expected: problem.expected,
                    hint: problem.hint
                )
            } else if result.contains(artifact) {
                object.faults.add(place, line: value.line, found: "the same artifact again", expected: "each one once")
            } else {
                result.append(artifact)
            }
        }
        return result
    }

    /// Free notes of CodeWhale's specs: `priority` is that of the task, all else becomes labels.
    ///
    /// The object's own `priority` and `labels` are to be read after it, as they go before it.
    private mutating func readMetadata(_ object: ObjectReader) {
        guard let value = object["metadata"] else { return }
        guard case .object(let members) = value.content else {
            object.report("metadata", value, found: value.foundText, expected: "an object")
            return
        }
        let place = object.place.member("metadata")
        var seen: Set<String> = []
        for member in members where !member.value.isNull {
            func report(_ found: String, _ expected: String) {
                object.faults.add(place.member(member.name), line: member.value.line, found: found, expected: expected)
            }
            let text = member.value.text ?? JSONText.text(of: member.value)
            if !seen.insert(member.name).inserted {
                report("the same name again", "each name once")
            } else if let problem = TextProblem.mark(member.name) {
                report(member.name.quotedForMessage, problem.expected)
            } else if text.utf8.contains(0) {
                report("a text with a NUL character", "a text without")
            } else if member.name == "priority", case .integer(let number) = member.value.content {
                if SpecBounds.priority.contains(Int(number)) {
                    priority = Int(number)
                } else {
                    let range = SpecBounds.priority
                    report("\(number)", "a whole number from \(range.lowerBound) to \(range.upperBound)")
                }
            } else {
                labels[member.name] = text
            }
        }
    }

    /// The workspace of CodeWhale's specs: accepted where it says no more than what holds anyway.
    private func readWorkspace(_ object: ObjectReader) {
        guard let workspace = object.object("workspace", known: .taskWorkspace) else { return }
        let hint = "attempts run in the host's \"working_directory\", and may write there"
        _ = workspace.string("root", expected: "\".\"", hint: hint) { $0 == "." || $0 == "./" }
        _ = workspace.strings("writable_paths", of: "paths") { path in
            path == "." || path == "./" ? nil : TextProblem(expected: "\".\"", hint: hint)
        }
    }
}
