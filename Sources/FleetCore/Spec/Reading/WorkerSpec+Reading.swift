extension WorkerSpec {
    /// Reads a worker; nil where what it cannot be without is missing or wrong.
    static func read(_ value: DocumentValue, at place: Place, _ faults: FaultList) -> WorkerSpec? {
        guard let object = ObjectReader(value, at: place, faults, known: .worker) else { return nil }
        object.require("id", expected: "an id: \(IdentifierForm.description)")
        let id = object.string("id", expected: "an id: \(IdentifierForm.description)", where: IdentifierForm.isValid)
        object.require("host", expected: "an object such as {\"kind\": \"local\"}")
        let host = HostSpec.read(object)
        let name = object.title("name")
        let labels = object.table("labels", expected: "an object of labels", checkName: TextProblem.mark) ?? [:]
        let capabilities = object.strings("capabilities", of: "capabilities", check: TextProblem.mark) ?? []
        let slots = object.integer("max_concurrent_tasks", in: SpecBounds.slots) ?? 1
        let exec = execTemplate(object)
        guard let id, let host else { return nil }
        return WorkerSpec(
            id: WorkerID(unchecked: id),
            name: name,
            host: host,
            labels: labels,
            capabilities: Set(capabilities),
            maxConcurrentTasks: slots,
            exec: exec
        )
    }

    /// The argument list of another worker program.
    static func execTemplate(_ object: ObjectReader) -> [String]? {
        guard let value = object["exec"] else { return nil }
        let example = "an argument list such as [\"claude\", \"-p\", \"{instructions}\"]"
        guard case .array(let elements) = value.content, !elements.isEmpty else {
            object.report("exec", value, found: value.foundText, expected: example)
            return nil
        }
        guard let list = object.strings("exec", of: "arguments", allowsDuplicates: true) else { return nil }
        guard list.count == elements.count else { return nil }
        if list.first?.isBlank ?? true {
            object.report("exec", value, found: "a program without a name", expected: example)
        } else if !list.contains(where: { $0.contains("{instructions}") }) {
            object.report(
                "exec",
                value,
                found: "an argument list without \"{instructions}\"",
                expected: example,
                hint: "the task's instructions stand in its place"
            )
        }
        return list
    }
}

extension HostSpec {
    private enum Kind: String, CaseIterable {
        case local
        case ssh
    }

    /// Reads a worker's host.
    static func read(_ worker: ObjectReader) -> HostSpec? {
        guard let value = worker["host"] else { return nil }
        let place = worker.place.member("host")
        guard case .object = value.content else {
            worker.report("host", value, found: value.foundText, expected: "an object such as {\"kind\": \"local\"}")
            return nil
        }
        let kindName = value["kind"]
        guard let kindName, !kindName.isNull else {
            let hint = value["host"] == nil ? nil : "for a host reached through SSH, \"kind\": \"ssh\""
            let expected = "\"kind\": \"local\" or \"ssh\""
            worker.faults.add(place, line: value.line, found: "a host without a kind", expected: expected, hint: hint)
            return nil
        }
        guard let kind = kindName.text.flatMap(Kind.init(rawValue:)) else {
            worker.faults.add(
                place.member("kind"),
                line: kindName.line,
                found: kindName.foundText,
                expected: "\"local\" or \"ssh\"",
                hint: kindName.text.flatMap { worker.faults.didYouMean($0, among: Kind.allCases.map(\.rawValue)) }
            )
            return nil
        }
        switch kind {
        case .local: return local(value, place, worker.faults)
        case .ssh: return SSHHostSpec.read(value, at: place, worker.faults).map(HostSpec.ssh)
        }
    }

    private static func local(_ value: DocumentValue, _ place: Place, _ faults: FaultList) -> HostSpec? {
        guard let object = ObjectReader(value, at: place, faults, known: .localHost) else { return nil }
        return .local(
            LocalHostSpec(
                workingDirectory: object.filledString("working_directory", expected: "a directory"),
                path: object.searchPath(),
                environmentAllowlist: object.allowlist(),
                codewhaleBinary: object.string("codewhale_binary", expected: "a program") {
                    !$0.isBlank && !$0.hasPrefix("-")
                }
            )
        )
    }
}

extension ObjectReader {
    /// The names of variables that attempts on a host may see.
    func allowlist() -> [String] {
        strings("env_allowlist", of: "names of variables", hidesValues: true, check: TextProblem.variableName) ?? []
    }

    /// Directories before `PATH`: an array, or a text with `:` between them.
    func searchPath() -> [String] {
        let expected = "absolute directories, or such below ~/"
        func isGood(_ directory: some StringProtocol) -> Bool {
            (directory.hasPrefix("/") || directory.hasPrefix("~/")) && !directory.contains(":")
        }
        if case .string? = self["path"]?.content {
            let text = string("path", expected: expected) { text in
                let directories = text.split(separator: ":")
                return !directories.isEmpty && directories.allSatisfy(isGood)
            }
            return (text?.split(separator: ":") ?? []).map(String.init).eachOnce
        }
        return strings("path", of: "directories") { isGood($0) ? nil : TextProblem(expected: expected) } ?? []
    }
}
