extension RunSpec {
    /// What is asked for and well-formed, but does not work in this version: a run with any of it is refused.
    ///
    /// - Parameter document: what the spec was read from, for exact places; without it tasks are named by their ids.
    /// - Returns: the faults, which say so; empty where the run can be driven.
    package func unsupportedFaults(in document: DocumentValue? = nil) -> [SpecFault] {
        document.map(Unsupported.tasks(in:)) ?? tasks.flatMap(Unsupported.fields(of:))
    }
}

private enum Unsupported {
    static let fields = ["input_files", "scorer", "alert_policy"]

    static func fault(
        _ path: String,
        _ line: Int?,
        _ what: String,
        expected: String = "a run without",
        hint: String?
    ) -> SpecFault {
        SpecFault(
            path: path,
            line: line,
            found: "\(what), not supported yet in this version",
            expected: expected,
            hint: hint
        )
    }

    static func fields(of task: TaskSpec) -> [SpecFault] {
        var found: [String] = []
        if !task.inputFiles.isEmpty { found.append("input_files") }
        if task.scorer != nil { found.append("scorer") }
        if task.alertPolicy != nil { found.append("alert_policy") }
        return found.map { fault("task \(task.id)", nil, $0, hint: "leave it out") }
    }

    static func tasks(in document: DocumentValue) -> [SpecFault] {
        var faults: [SpecFault] = []
        func look(_ value: DocumentValue, _ path: String) {
            for name in fields {
                guard let field = value[name], !field.isNull else { continue }
                if case .array(let elements) = field.content, elements.isEmpty { continue }
                faults.append(fault(path.isEmpty ? name : "\(path).\(name)", field.line, name, hint: "leave it out"))
            }
        }
        if let defaults = document["defaults"] { look(defaults, "defaults") }
        let isArray = document["tasks"] == nil && !document.elements.isEmpty
        if let tasks = isArray ? document : document["tasks"] {
            for (index, task) in tasks.elements.enumerated() { look(task, "\(isArray ? "" : "tasks")[\(index)]") }
        } else {
            look(document, "")
        }
        return faults
    }
}
