package import FleetCore
import HeapModule

/// Which task could go to which worker; contacts nobody and writes nothing.
package struct DryRun: Sendable {
    /// One task of the plan.
    package struct Row: Sendable {
        /// The task.
        package let task: TaskID
        /// The workers that could take it.
        package let workers: [WorkerID]
        /// Where none could: for each worker, what it lacks.
        package let missing: [(worker: WorkerID, capabilities: [String])]
        /// The tasks that must pass before it.
        package let waitsFor: [TaskID]
    }

    /// The run's workers.
    package let workers: [WorkerSpec]
    /// The tasks, in the order in which one slot would take them, were all of them to pass.
    package let rows: [Row]

    /// The plan of a run.
    package init(spec: RunSpec, options: RunOptions) {
        let workers = spec.workers.isEmpty ? AutomaticWorkers.make(options.maxWorkers) : spec.workers
        self.workers = workers
        rows = Self.order(of: spec.tasks)
            .map { place in
                let task = spec.tasks[place]
                let able = workers.filter { task.requires.isSubset(of: $0.capabilities) }
                return Row(
                    task: task.id,
                    workers: able.map(\.id),
                    missing: able.isEmpty
                        ? workers.map { ($0.id, task.requires.subtracting($0.capabilities).sorted()) } : [],
                    waitsFor: task.dependsOn
                )
            }
    }

    private struct Candidate: Comparable {
        let priority: Int
        let place: Int

        static func < (left: Self, right: Self) -> Bool {
            left.priority != right.priority ? left.priority > right.priority : left.place < right.place
        }
    }

    private static func order(of tasks: [TaskSpec]) -> [Int] {
        var dependencies = Dependencies(tasks: tasks)
        var ready = Heap<Candidate>()
        func add(_ place: Int) { ready.insert(Candidate(priority: tasks[place].priority, place: place)) }
        for place in tasks.indices where dependencies.areMet(place) { add(place) }
        var order: [Int] = []
        while let next = ready.popMin() {
            order.append(next.place)
            for place in dependencies.notePassed(next.place) { add(place) }
        }
        return order
    }
}
