import FleetCore

/// Which tasks wait for which; counts down as tasks pass.
struct Dependencies {
    private var unmet: [Int32]
    private var hasPassed: [Bool]
    private var dependentsOf: [Int: [Int]] = [:]
    private var dependenciesOf: [Int: [Int]] = [:]

    /// The dependencies as the spec has them; none has passed yet.
    init(tasks: [TaskSpec]) {
        unmet = Array(repeating: 0, count: tasks.count)
        hasPassed = Array(repeating: false, count: tasks.count)
        guard tasks.contains(where: { !$0.dependsOn.isEmpty }) else { return }
        let places = Dictionary(tasks.enumerated().map { ($0.element.id, $0.offset) }) { first, _ in first }
        for (index, task) in tasks.enumerated() {
            for dependency in Set(task.dependsOn) {
                guard let place = places[dependency] else { continue }
                unmet[index] += 1
                dependentsOf[place, default: []].append(index)
                dependenciesOf[index, default: []].append(place)
            }
        }
    }

    /// Whether all that a task depends on has passed.
    func areMet(_ index: Int) -> Bool { unmet[index] == 0 }

    /// The tasks that depend on one directly.
    func dependents(of index: Int) -> [Int] { dependentsOf[index] ?? [] }

    /// A task that one waits for and that will not pass by itself any more; nil where there is none.
    func obstacle(of index: Int, in state: RunState) -> Int? {
        guard !areMet(index) else { return nil }
        // One whose end is in the state and has not been noted yet may have passed.
        return dependenciesOf[index]?
            .first { place in
                let status = state.tasks[place].status
                return !hasPassed[place] && status.isTerminal && status != .passed
            }
    }

    /// Counts a task that passed, once.
    ///
    /// - Returns: the tasks that waited for it alone.
    @discardableResult
    mutating func notePassed(_ index: Int) -> [Int] {
        guard !hasPassed[index] else { return [] }
        hasPassed[index] = true
        var ready: [Int] = []
        for dependent in dependents(of: index) {
            unmet[dependent] -= 1
            if unmet[dependent] == 0 { ready.append(dependent) }
        }
        return ready
    }
}
