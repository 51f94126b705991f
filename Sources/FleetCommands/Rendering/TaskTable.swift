import FleetCore

/// The tasks of a run in a table.
enum TaskTable {
    /// A line for each task, in the order of the spec.
    static func table(_ tasks: [TaskState], now: Timestamp) -> TextTable {
        var table = TextTable([
            ("TASK", .left), ("STATUS", .left), ("ATTEMPT", .right), ("WORKER", .left), ("TIME", .right),
            ("RESULT", .left),
        ])
        for task in tasks {
            let last = task.attempts.last
            table.add([
                task.id.rawValue, task.status.rawValue, last.map { "\($0.number)" } ?? "",
                last?.worker.rawValue ?? "", last?.seconds(at: now).map(Wording.duration) ?? "",
                result(task, now: now),
            ])
        }
        return table
    }

    /// Why a task did not pass, or when it is tried again.
    private static func result(_ task: TaskState, now: Timestamp) -> String {
        let failure = task.failure.map { "\($0.class.rawValue): \($0.message)" }
        if let retryAt = task.retryAt {
            let wait = max(retryAt.seconds(since: now), 0)
            return "again in \(Wording.duration(wait))" + (failure.map { "; \($0)" } ?? "")
        }
        return task.status == .passed ? "" : failure ?? ""
    }
}
