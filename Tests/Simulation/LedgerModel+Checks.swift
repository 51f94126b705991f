import FleetCore
import FleetLedger
import FleetWire

/// What may be leased, and what is tried again.
extension LedgerModel {
    /// Among tasks that require the same, the better one goes first.
    func checkOrder(
        of place: Int,
        _ event: Event.TaskLeased,
        _ record: LedgerRecord,
        in run: Run,
        _ breach: (String) -> Void
    ) {
        let task = run.tasks[place].spec
        for (other, waiting) in run.tasks.enumerated() where other != place && waiting.status == .queued {
            let isBetter =
                waiting.spec.priority != task.priority ? waiting.spec.priority > task.priority : other < place
            // What is written at one moment was decided on before it.
            guard isBetter, run.reopened.map({ waiting.waitsSince >= $0 }) ?? true, waiting.waitsSince < record.time,
                waiting.spec.requires == task.requires,
                waiting.retryAt.map({ $0 < record.time }) ?? true,
                !run.requests.contains(where: { $0.waiting.contains(waiting.spec.id) }),
                waiting.spec.dependsOn.allSatisfy({ id in run.tasks.first { $0.spec.id == id }?.status == .passed })
            else { continue }
            breach("\(task.id) was leased before \(waiting.spec.id), which is better")
        }
    }

    func checkRetry(
        _ event: Event.AttemptFinished,
        _ record: LedgerRecord,
        _ run: Run,
        _ place: Int,
        _ breach: (String) -> Void
    ) {
        let (policy, name) = (run.tasks[place].spec.retryPolicy, "\(event.task) \(event.attempt)")
        let tries = run.tasks[place].attempts.count { $0.isTry }
        let isWorthIt =
            event.outcome == .failed && tries < policy.maxAttempts
            && policy.on.contains(event.failure?.class ?? .task)
        // What a manager that is gone leased, and nobody began, is no try of the task's.
        let isAdopted = run.tasks[place].attempts.last.map { $0.lessor != writer } ?? false
        let neverBegan =
            event.outcome == .failed && event.failure?.class == .transport && isAdopted
            && !(run.tasks[place].attempts.last?.isStarted ?? true)
        // Nor, in a ledger that has lost records, what its host knows nothing of any more: it may have ended long ago.
        let isForgotten =
            hasDamage && isAdopted && event.failure?.class == .lost && policy.on.contains(.lost) && !event.isTry
        let isNoTry = neverBegan || isForgotten
        if isNoTry == event.isTry { breach("\(name) counts as \(event.isTry ? "a" : "no") try") }
        guard let time = event.retryAt else {
            let isUnwanted =
                run.isEnding || (run.plan.failFast && run.counts.failed > 0)
                || run.unwanted.contains(name)
            if isWorthIt || isNoTry, !isUnwanted { breach("\(name) is to be tried again, and is not") }
            return
        }
        guard isWorthIt || isNoTry else { return breach("\(name) is not to be tried again, and is") }
        // A manager hears of a wish within moments.
        if run.requests.contains(where: { $0.scope == .run && $0.time < self.time - 2_000 }) {
            breach("\(name) is to be tried again, and its run is being ended")
        }
        let most = policy.backoff(afterAttempt: tries)
        let wait = time.seconds(since: record.time)
        // A write may come somewhat later than what it tells of.
        if isNoTry ? wait > 0.002 : wait > most + 0.002 || wait < most / 2 - 0.5 {
            breach("\(name) is to be tried again in \(wait) s, not within \(most) s")
        }
    }
}

extension TaskState {
    /// Whether it stands where the model has it.
    func isSame(as task: LedgerModel.Task) -> Bool {
        guard id == task.spec.id, status == task.status, retryAt == task.retryAt, isRestarting == task.isRestarting,
            attempts.count == task.attempts.count
        else { return false }
        return zip(attempts, task.attempts)
            .allSatisfy { known, attempt in
                known.number == attempt.number && known.nonce == attempt.nonce && known.isOpen == attempt.isOpen
                    && known.worker.rawValue == attempt.worker && known.failure?.class == attempt.failure
            }
    }
}
