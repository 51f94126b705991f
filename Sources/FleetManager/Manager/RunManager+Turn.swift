import FleetCore
import FleetLedger
import FleetWire

extension RunManager {
    /// Writes what is pending together with the leases that have become possible, and acts on it, until nothing is left.
    ///
    /// - Returns: the end, where there is nothing left to drive.
    func turn(_ group: inout DiscardingTaskGroup) throws -> RunEnd? {
        // Before anything waits for the ledger.
        keepLeases()
        while true {
            if let state {
                cancelWhatWillNotRun(in: state)
                scheduler.wake(now: now, state: state)
            }
            if !pending.isEmpty || (hasNews && mayLease) {
                try write()
                launch(&group)
            } else if let end = try endIfDone() {
                return end
            } else if pending.isEmpty, !hasNews || !mayLease {
                break
            }
        }
        tidy()
        keepLeases()
        launch(&group)
        writeHealth()
        planNextAsks()
        planNextCopy()
        if lookAt == nil, !isDraining { lookAt = now.adding(seconds: context.lookSeconds) }
        let times =
            hostStates.map(\.askAt) + [
                isDraining ? nil : scheduler.nextDue, yieldEnd, copyAt, lookAt, tidyAt,
            ]
        setTimer((times.compactMap(\.self) + (isDraining ? [] : nextFitness)).min())
        return nil
    }

    private var mayLease: Bool { !isDraining && lost.awaited.isEmpty && scheduler.hasReadyTasks }

    /// Appends once: what happened, and what it makes possible.
    private func write() throws {
        let events = pending
        pending = []
        hasNews = false
        var isLive = false
        var hasRoom = false
        let time = now
        // Under the lock of the workspace nobody else leases: what is free here is free.
        let result = try ledger.append(durable: false, at: time) { workspace in
            guard let run = workspace.live(self.runID) else { return nil }
            isLive = true
            let offer = self.takeLeases(in: workspace, run: run, now: time, events: events)
            hasRoom = offer.hasRoom
            let all = events + offer.leases.map { .taskLeased(self.lease($0, in: run)) }
            return all.isEmpty ? nil : all
        }
        cancelling = []
        guard isLive else { throw runIsGone }
        // That an attempt began is told by its host as well: nothing is done on the strength of that record.
        if result.written.contains(where: { !$0.event.isAttemptStarted }) { try ledger.sync() }
        hasNews = hasRoom && !result.written.isEmpty
        try note(result.seen + result.written)
        for record in result.written {
            if case .taskLeased(let lease) = record.event { start(lease) }
        }
    }

    private func takeLeases(
        in workspace: WorkspaceState,
        run: RunState,
        now: Timestamp,
        events: [Event]
    ) -> (leases: [Scheduler.Lease], hasRoom: Bool) {
        yieldEnd = nil
        let isFailing = options.failFast && events.contains { $0.isLastFailure }
        guard !isDraining, lost.awaited.isEmpty, !isFailing, !hasFailedFast(run), run.requestedEnd == nil else {
            return ([], false)
        }
        var free = scheduler.workers.map { isUsable($0.id) ? $0.slots - workspace.openAttempts($0.id) : 0 }
        for case .attemptFinished(let event) in events where run.task(event.task)?.openAttempt?.number == event.attempt
        {
            guard let place = scheduler.place(of: event.worker), isUsable(event.worker) else { continue }
            free[place] += 1
        }
        for place in free.indices where free[place] > 0 {
            free[place] = min(free[place], startLimit(of: scheduler.workers[place].id))
        }
        guard free.contains(where: { $0 > 0 }) else {
            yieldingSince = nil
            return ([], false)
        }
        let allowance = allowance(in: workspace, run: run, now: now)
        let unwanted = Set(run.pendingEnds.filter { $0.mode != .restart }.flatMap(\.waiting))
        let held = Set(lost.strays.keys.map(\.task))
        let leases = scheduler.takeLeases(
            now: now,
            state: run,
            freeSlots: free,
            limit: allowance,
            isAllowed: { task in
                let id = run.tasks[task].id
                return !cancelling.contains(task) && !unwanted.contains(id)
                    && (purpose.mayLease(id) || restarted.contains(id)) && !held.contains(id.rawValue)
            },
            isAvoided: { task, worker in isAvoided(worker, by: run.tasks[task]) }
        )
        for lease in leases {
            if let place = scheduler.place(of: lease.worker) { free[place] -= 1 }
        }
        return (leases, free.contains { $0 > 0 })
    }

    /// Whether another worker is better for a task: its last attempt was lost on this one's host.
    private func isAvoided(_ worker: WorkerID, by task: TaskState) -> Bool {
        guard let last = task.attempts.last, last.failure?.class == .transport || last.failure?.class == .lost,
            let (before, here) = hosts.places(of: last.worker, worker)
        else { return false }
        return hosts.isSameMachine(before, here)
    }

    private func lease(_ lease: Scheduler.Lease, in run: RunState) -> Event.TaskLeased {
        let task = run.tasks[lease.task]
        return Event.TaskLeased(
            run: runID,
            task: task.id,
            attempt: max(task.nextAttempt, (lost.numbers[lease.task] ?? 0) + 1),
            worker: lease.worker,
            nonce: context.runtime.nonce(),
            hostBoot: bootID(of: lease.worker)
        )
    }

    /// Which life of its a worker's host is in, as far as is known.
    func bootID(of worker: WorkerID) -> String? {
        guard let place = hosts.place(of: worker) else { return nil }
        return hostStates[place].bootID ?? (hosts.all[place].isLocal ? context.bootID : nil)
    }

    /// What is wrong where the ledger does not hold the run any more.
    var runIsGone: ManagerError {
        ManagerError(
            .notFound,
            "the ledger does not hold run \(runID) any more",
            hint: "was \(context.workspace.ledger) replaced?"
        )
    }
}

extension Event {
    fileprivate var isAttemptStarted: Bool { if case .attemptStarted = self { true } else { false } }

    /// Whether a task has failed by it, and is not tried again.
    fileprivate var isLastFailure: Bool {
        if case .attemptFinished(let event) = self { event.outcome == .failed && event.retryAt == nil } else { false }
    }
}
