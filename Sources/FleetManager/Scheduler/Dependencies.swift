import FleetCore

/// Which tasks wait for which; counts down as tasks pass.
struct Dependencies {
    private var unmet: [Int32]
    private var hasPassed: [Bool]
    private var dependentsOf: [Int: [Int]] = [:]

    /// The dependencies as the spec has them; none has passed yet.
    init(tasks: [TaskSpec]) {
        unmet = Array(repeating: 0, count: tasks.count)
        hasPassed = Array(repeating: false, count: tasks.count)
        guard tasks.contains(where: { !$0.dependsOn.isEmpty }) else { return }
        let places = Dictionary(uniqueKeysWithValues: tasks.enumerated().map { ($0.element.id, $0.offset) })
        for (index, task) in tasks.enumerated() {
            for dependency in Set(task.dependsOn) {
                guard let place = places[dependency] else { continue }
                unmet[index] += 1
                dependentsOf[place, default: []].append(index)
            }
        }
    }

    /// Whether all that a task depends on has passed.
    func areMet(_ index: Int) -> Bool { unmet[index] == 0 }

    /// The tasks that depend on one directly.
    func dependents(of index: Int) -> [Int] { dependentsOf[index] ?? [] }

    /// Counts a task that passed, once.
    ///
    /// - Returns: the tasks that waited for it alone.
    @discardableResult
    mutating func notePassed(_ index: Int) -> [Int] {
        guard !hasPassed[index] else { return [] }
        hasPassed[index] = true
        return dependents(of: index).filter {
            unmet[$0] -= 1
            return unmet[$0] == 0
        }
    }
}
