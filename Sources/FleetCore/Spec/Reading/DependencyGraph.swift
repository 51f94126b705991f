/// Finds what tasks depend on, and cycles.
struct DependencyGraph {
    let faults: FaultList
    /// Of each task, the tasks it depends on.
    private var targets: [[Int32]] = []
    private var edges = 0
    /// The elements of the defaults' dependencies that were reported already, for another task.
    private var reportedDefaults: Set<Int> = []

    /// How many cycles are reported: where tasks have thousands of them, all are of one kind.
    private static let maximumCycles = 100

    init(faults: FaultList) { self.faults = faults }

    /// Puts ids of tasks in place of the names in `depends_on`: the name of a matrix means all its tasks.
    mutating func resolve(_ tasks: inout [TaskSpec], of assembly: SpecAssembly) {
        guard tasks.contains(where: { !$0.dependsOn.isEmpty }) else { return }
        var indices: [TaskID: Int32] = [:]
        indices.reserveCapacity(tasks.count)
        for (index, task) in tasks.enumerated() { indices[task.id] = Int32(index) }
        targets = [[Int32]](repeating: [], count: tasks.count)
        var index = 0
        while index < tasks.count {
            // The tasks of one element depend on the same ones.
            var end = index + 1
            while end < tasks.count, assembly.sources[end] == assembly.sources[index] { end += 1 }
            let found = targets(of: tasks[index].dependsOn, source: Int(assembly.sources[index]), indices, assembly)
            edges += found.count * (end - index)
            guard edges <= SpecBounds.dependencies else {
                report(
                    assembly,
                    source: Int(assembly.sources[index]),
                    found: "more dependencies than a run may have",
                    expected: "at most \(SpecBounds.dependencies), those on a matrix counted for each of its tasks"
                )
                return
            }
            if !found.isEmpty {
                let ids = found.map { tasks[Int($0)].id }
                for task in index..<end {
                    targets[task] = found
                    tasks[task].dependsOn = ids
                }
            }
            index = end
        }
        reportCycles(tasks, assembly)
    }

    private mutating func targets(
        of names: [TaskID],
        source: Int,
        _ indices: [TaskID: Int32],
        _ assembly: SpecAssembly
    ) -> [Int32] {
        var result: [Int32] = []
        for (number, name) in names.enumerated() {
            if let index = indices[name] {
                result.append(index)
            } else if let group = assembly.groups[name.rawValue] {
                result += group.map(Int32.init)
            } else {
                let (place, value, isOwn) = self.place(of: source, assembly)
                guard isOwn || reportedDefaults.insert(number).inserted else { continue }
                faults.add(
                    place.element(number),
                    line: value?.elements.dropFirst(number).first?.line,
                    found: name.rawValue.quotedForMessage,
                    expected: "the id of a task of this run",
                    hint: faults.didYouMean(name.rawValue, among: assembly.groups.keys.sorted())
                )
            }
        }
        var seen: Set<Int32> = []
        return result.count < 2 ? result : result.filter { seen.insert($0).inserted }
    }

    /// Where the dependencies of an element stand: in itself, or in the defaults.
    private func place(of source: Int, _ assembly: SpecAssembly) -> (Place, DocumentValue?, isOwn: Bool) {
        if let value = assembly.elements[source]["depends_on"], !value.isNull {
            return (assembly.place(ofElement: source).member("depends_on"), value, true)
        }
        return (Place().member("defaults").member("depends_on"), assembly.defaultsValue?["depends_on"], false)
    }

    private func report(_ assembly: SpecAssembly, source: Int, found: String, expected: String) {
        let (place, value, _) = place(of: source, assembly)
        faults.add(place, line: value?.line, found: found, expected: expected)
    }

    /// Follows dependencies to the depth, without recursion; a task met again on the way closes a cycle.
    private func reportCycles(_ tasks: [TaskSpec], _ assembly: SpecAssembly) {
        enum Mark { case fresh, onTheWay, done }
        var marks = [Mark](repeating: .fresh, count: tasks.count)
        var isReported = [Bool](repeating: false, count: tasks.count)
        var way: [(task: Int, next: Int)] = []
        var cycles = 0
        for start in tasks.indices where marks[start] == .fresh {
            way.append((start, 0))
            marks[start] = .onTheWay
            while let (task, next) = way.last {
                guard next < targets[task].count else {
                    marks[task] = .done
                    way.removeLast()
                    continue
                }
                way[way.count - 1].next += 1
                let target = Int(targets[task][next])
                switch marks[target] {
                case .fresh:
                    marks[target] = .onTheWay
                    way.append((target, 0))
                case .onTheWay where !(isReported[task] && isReported[target]):
                    let first = way.firstIndex { $0.task == target } ?? 0
                    let cycle = way[first...].map(\.task)
                    for member in cycle { isReported[member] = true }
                    cycles += 1
                    guard cycles <= Self.maximumCycles else { return }
                    report(
                        assembly,
                        source: Int(assembly.sources[target]),
                        found: "a cycle: \(Self.text(cycle.map { tasks[$0].id.rawValue }))",
                        expected: "tasks that do not wait for each other"
                    )
                default: break
                }
            }
        }
    }

    private static func text(_ ids: [String]) -> String {
        let closed = ids + ids.prefix(1)
        guard closed.count > 12 else { return closed.joined(separator: " -> ") }
        let middle = "... \(closed.count - 10) more ..."
        return (closed.prefix(6) + [middle] + closed.suffix(4)).joined(separator: " -> ")
    }
}
