import FleetCore

extension OpenWorkspace {
    /// An attempt that the user named.
    struct NamedAttempt {
        /// The run.
        let run: RunID
        /// The task.
        let task: TaskID
        /// The attempt.
        let attempt: AttemptRecord

        /// How it is named to people.
        var name: String { "attempt \(attempt.number) of \(run)/\(task)" }
    }

    /// The attempt of a text: of a task, its last one; of a worker, that which it carries or carried last.
    ///
    /// - Parameters:
    ///   - text: what the user wrote.
    ///   - number: which attempt of the task; nil for the last.
    /// - Returns: the attempt.
    /// - Throws: `noTask`, `noWorker` and so on; `noAttempt` where there has been none, or none of that number.
    func attempt(_ text: String, number: Int?) throws(CommandError) -> NamedAttempt {
        switch try target(text, [.task, .worker]) {
        case .task(let run, let task): return try attempt(of: task, in: run, number: number)
        case .worker(let worker):
            guard let latest = state.latest(of: worker), let task = latest.worker.lastTask else {
                throw CommandError(.noAttempt, "worker \(worker) has carried nothing yet")
            }
            return try attempt(of: task, in: latest.run, number: number ?? latest.worker.lastAttempt)
        case .run(let run): throw CommandError(.usage, "\(run) is a run, not a task or a worker")
        }
    }

    private func attempt(of task: TaskID, in run: RunID, number: Int?) throws(CommandError) -> NamedAttempt {
        let attempts = try self.run(run).task(task)?.attempts ?? []
        guard let last = attempts.last else {
            throw CommandError(.noAttempt, "task \(run)/\(task) has had no attempt yet")
        }
        guard let number else { return NamedAttempt(run: run, task: task, attempt: last) }
        guard let attempt = attempts.first(where: { $0.number == number }) else {
            let known = attempts.map { "\($0.number)" }.joined(separator: ", ")
            throw CommandError(
                .noAttempt,
                "task \(run)/\(task) has no attempt \(number)",
                hint: "there \(attempts.count == 1 ? "is attempt" : "are attempts") \(known)"
            )
        }
        return NamedAttempt(run: run, task: task, attempt: attempt)
    }
}
