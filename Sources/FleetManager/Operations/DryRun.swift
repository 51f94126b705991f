package import FleetCore

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
    /// The tasks, in the order in which they would be leased were all to take equally long.
    package let rows: [Row]

    /// The plan of a run.
    package init(spec: RunSpec, options: RunOptions) {
        let workers = spec.workers.isEmpty ? AutomaticWorkers.make(options.maxWorkers) : spec.workers
        self.workers = workers
        let order = spec.tasks.enumerated().sorted {
            ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset)
        }
        rows = order.map { _, task in
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
}
