/// Puts a run together from its document.
struct SpecAssembly {
    let faults: FaultList
    private(set) var tasks: [TaskSpec] = []
    /// Of each task, the number of the element that it was made of.
    private(set) var sources: [Int32] = []
    /// Of each id as it is written, the tasks that were made of it.
    private(set) var groups: [String: Range<Int>] = [:]
    /// Of each id as it is written, the number of the element that has it.
    private var groupSources: [String: Int] = [:]
    /// Where the elements stand.
    private(set) var elements: [DocumentValue] = []
    private(set) var place = Place()
    private(set) var defaultsValue: DocumentValue?
    private var isSingle = false
    private var hasMatrix = false
    private var expandedBytes = 0
    private var isFull = false

    init(_ faults: FaultList) { self.faults = faults }

    /// The run; what is wrong is in the list of faults then, and the result is not to be used.
    mutating func run(_ document: DocumentValue, fallbackName: String) -> RunSpec {
        var spec = RunSpec(name: fallbackName, tasks: [])
        switch document.content {
        case .array: readTasks(document, at: Place(), defaults: TaskDraft())
        case .object where Self.isSingleTask(document):
            isSingle = true
            readTasks(DocumentValue(.array([document]), line: document.lineNumber), at: Place(), defaults: TaskDraft())
        case .object:
            guard let object = ObjectReader(document, at: Place(), faults, known: .run) else { return spec }
            readRun(object, into: &spec)
        default:
            faults.add(
                Place(),
                line: document.line,
                found: document.foundText,
                expected: "an object with \"tasks\", or an array of tasks"
            )
            return spec
        }
        var graph = DependencyGraph(faults: faults)
        graph.resolve(&tasks, of: self)
        if !spec.workers.isEmpty { checkRequirements(workers: spec.workers) }
        spec.tasks = tasks
        return spec
    }

    private static func isSingleTask(_ document: DocumentValue) -> Bool {
        document["tasks"] == nil && (document["instructions"] ?? document["command"] ?? document["id"]) != nil
    }

    private mutating func readRun(_ object: ObjectReader, into spec: inout RunSpec) {
        spec.name = object.title("name") ?? spec.name
        spec.labels = object.table("labels", expected: "an object of labels", checkName: TextProblem.mark) ?? [:]
        spec.exec = WorkerSpec.execTemplate(object)
        spec.lostAfter = object.number("lost_after", in: SpecBounds.duration) ?? spec.lostAfter
        spec.onManagerLoss = managerLoss(object, lostAfter: spec.lostAfter)
        if object["workers"] != nil, let alias = object["worker_specs"] {
            object.report(
                "worker_specs",
                alias,
                found: "both workers and worker_specs",
                expected: "one of them, as they mean the same"
            )
        }
        for name in ["workers", "worker_specs"] {
            guard let value = object[name] else { continue }
            spec.workers += workers(value, at: object.place.member(name))
        }
        var defaults = TaskDraft()
        defaultsValue = object["defaults"]
        if let reader = object.object("defaults", known: .defaults) { defaults.read(reader) }
        object.require("tasks", expected: "an array of tasks")
        if let value = object["tasks"] { readTasks(value, at: object.place.member("tasks"), defaults: defaults) }
    }

    private func managerLoss(_ object: ObjectReader, lostAfter: Double) -> ManagerLossPolicy {
        guard let value = object["on_manager_loss"] else { return .finish }
        guard case .object = value.content else {
            _ = object.string("on_manager_loss", expected: "\"finish\", or {\"stop_after\": seconds}") {
                $0 == "finish"
            }
            return .finish
        }
        let known = FieldNames(subject: "on_manager_loss", names: ["stop_after"])
        guard let policy = object.object("on_manager_loss", known: known) else { return .finish }
        policy.require("stop_after", expected: "a number of seconds")
        guard let seconds = policy.number("stop_after", in: SpecBounds.duration) else { return .finish }
        if seconds >= lostAfter {
            policy.report(
                "stop_after",
                policy["stop_after"],
                found: seconds.plainText,
                expected: "less than lost_after, \(lostAfter.plainText)"
            )
        }
        return .stopAfter(seconds: seconds)
    }

    /// The workers of an array, each with an id of its own.
    func workers(_ value: DocumentValue, at place: Place) -> [WorkerSpec] {
        guard case .array(let elements) = value.content else {
            faults.add(place, line: value.line, found: value.foundText, expected: "an array of workers")
            return []
        }
        guard elements.count <= SpecBounds.workers else {
            let expected = "at most \(SpecBounds.workers)"
            faults.add(place, line: value.line, found: "\(elements.count) workers", expected: expected)
            return []
        }
        var seen: [WorkerID: Int] = [:]
        var result: [WorkerSpec] = []
        for (index, element) in elements.enumerated() {
            let place = place.element(index)
            guard let worker = WorkerSpec.read(element, at: place, faults) else { continue }
            if let first = seen.updateValue(index, forKey: worker.id) {
                faults.add(
                    place.member("id"),
                    line: element["id"]?.line,
                    found: "\"\(worker.id)\" again, as in element \(first)",
                    expected: "an id of its own"
                )
            }
            result.append(worker)
        }
        return result
    }
}

extension SpecAssembly {
    private mutating func readTasks(_ value: DocumentValue, at place: Place, defaults: TaskDraft) {
        guard case .array(let elements) = value.content else {
            faults.add(place, line: value.line, found: value.foundText, expected: "an array of tasks")
            return
        }
        if elements.isEmpty {
            faults.add(place, line: value.line, found: "no tasks", expected: "at least one")
        }
        self.elements = elements
        self.place = place
        tasks.reserveCapacity(min(elements.count, SpecBounds.tasks))
        sources.reserveCapacity(min(elements.count, SpecBounds.tasks))
        for (index, element) in elements.enumerated() where !isFull {
            readTask(element, number: index, defaults: defaults)
        }
        checkExpandedIDs()
    }

    /// Where an element stands.
    func place(ofElement index: Int) -> Place { isSingle ? place : place.element(index) }

    private mutating func readTask(_ value: DocumentValue, number: Int, defaults: TaskDraft) {
        let place = place(ofElement: number)
        guard let object = ObjectReader(value, at: place, faults, known: .task) else { return }
        var draft = defaults
        draft.read(object)
        object.require("id", expected: "an id: \(IdentifierForm.description)")
        let id = object.string("id", expected: "an id: \(IdentifierForm.description)", where: IdentifierForm.isValid)
        if draft.work == nil, object["command"] == nil, object["instructions"] == nil {
            faults.add(place, line: value.line, found: "neither instructions nor a command", expected: "one of them")
        }
        guard let id else { return }
        if let first = groupSources[id] {
            faults.add(
                place.member("id"),
                line: value["id"]?.line,
                found: "\"\(id)\" again, as in \(self.place(ofElement: first).text)",
                expected: "an id of its own"
            )
            return
        }
        groupSources[id] = number
        // Without work the task still stands in the graph, so that what depends on it is no fault.
        expand(draft, id: id, work: draft.work ?? .command([]), of: object, number: number)
    }

    private mutating func expand(_ draft: TaskDraft, id: String, work: TaskWork, of object: ObjectReader, number: Int) {
        let start = tasks.count
        let count = draft.matrix.isEmpty ? 1 : Matrix(axes: draft.matrix).count
        guard let count, start + count <= SpecBounds.tasks else {
            isFull = true
            let found = "\(draft.matrix.isEmpty ? "more tasks" : "a matrix that makes more tasks") than a run may have"
            let line = object["matrix"]?.line ?? object.line
            faults.add(object.place, line: line, found: found, expected: "at most \(SpecBounds.tasks)")
            return
        }
        if draft.matrix.isEmpty {
            append(draft.task(id: id, work: work), of: object, number: number)
        } else {
            hasMatrix = true
            let matrix = Matrix(axes: draft.matrix)
            let before = faults.count
            // What is too much in any case is not made first.
            let least = TaskCheck.size(of: matrix.leastTask(of: draft, id: id, work: work)) * count
            if expandedBytes + least > SpecBounds.expandedBytes { reportTooMuchText(object) }
            for task in 1...max(count, 1) where count > 0 && faults.count == before && !isFull {
                let made = matrix.task(number: task, of: draft, id: id, work: work)
                append(made, of: object, number: number, isExpanded: true)
            }
        }
        groups[id] = start..<tasks.count
    }

    private mutating func append(_ task: TaskSpec, of object: ObjectReader, number: Int, isExpanded: Bool = false) {
        TaskCheck(object: object, isExpanded: isExpanded).check(task)
        expandedBytes += TaskCheck.size(of: task)
        if expandedBytes > SpecBounds.expandedBytes { reportTooMuchText(object) }
        tasks.append(task)
        sources.append(Int32(number))
    }

    private mutating func reportTooMuchText(_ object: ObjectReader) {
        isFull = true
        let expected = "at most \(SpecBounds.expandedBytes >> 20) MiB"
        faults.add(object.place, line: object.line, found: "too much text in all tasks", expected: expected)
    }

    /// No task of a matrix may have the id of another task.
    private func checkExpandedIDs() {
        guard hasMatrix else { return }
        for (index, task) in tasks.enumerated() {
            guard let other = groups[task.id.rawValue], !other.contains(index),
                let otherSource = groupSources[task.id.rawValue]
            else { continue }
            let source = Int(sources[index])
            faults.add(
                place(ofElement: source).member("matrix"),
                line: elements[source].line,
                found: "a task \"\(task.id)\", as \(place(ofElement: otherSource).text) is called",
                expected: "another id"
            )
        }
    }
}
