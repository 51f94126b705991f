import FleetCore

extension Scheduler {
    /// A try that was put off by a clock which was ahead.
    struct LateTry: Equatable {
        /// When it comes due by the ledger.
        let said: Timestamp
        /// When it does.
        let due: Timestamp
    }

    /// The tries of a run that is taken over which its ledger has later than its policies allow from now on.
    ///
    /// A clock that was set back since makes no task wait longer than its policy's longest wait.
    static func lateTries(of tasks: [TaskSpec], in state: RunState, now: Timestamp) -> [Int: LateTry] {
        var found: [Int: LateTry] = [:]
        for (index, task) in zip(state.tasks.indices, tasks) {
            let latest = now.adding(seconds: task.retryPolicy.maxBackoff)
            guard let time = state.tasks[index].retryAt, time > latest else { continue }
            found[index] = LateTry(said: time, due: latest)
        }
        return found
    }

    /// When a task is tried again.
    func due(_ index: Int, _ task: TaskState) -> Timestamp? {
        guard let late = lateTries[index], late.said == task.retryAt else { return task.retryAt }
        return late.due
    }
}
