import FleetCore
import FleetHost
import FleetLedger
import Logging
import FleetWire
import NIOCore

extension RunManager {
    /// Writes what is pending together with the leases that have become possible, and acts on it, until nothing is left.
    ///
    /// - Returns: the end, where there is nothing left to drive.
    func turn(_ group: inout TaskGroup<Void>) throws -> RunEnd? {
        repeat {
            failFastWhereAsked()
            let events = pending
            pending = []
            guard !events.isEmpty || mayLease else { break }
            var leases: [Scheduler.Lease] = []
            let time = now
            let result: AppendResult
            do {
                result = try ledger.append(durable: true, at: time) { workspace in
                    guard let run = workspace.live(self.runID) else { return events.isEmpty ? nil : events }
                    leases = self.takeLeases(in: workspace, run: run, now: time, events: events)
                    let all = events + leases.map { .taskLeased(self.lease($0, in: run)) }
                    return all.isEmpty ? nil : all
                }
            } catch {
                scheduler.putBack(leases)
                throw error
            }
            try note(result.seen + result.written, &group)
            for record in result.written {
                if case .taskLeased(let lease) = record.event { start(lease, &group) }
            }
            removeRecords(&group)
        } while !pending.isEmpty
        return try endIfDone(&group)
    }

    private var mayLease: Bool { !isDraining && scheduler.hasReadyTasks || isDue }

    private var isDue: Bool { scheduler.nextDue.map { $0 <= now } ?? false }

    private func takeLeases(
        in workspace: WorkspaceState,
        run: RunState,
        now: Timestamp,
        events: [Event]
    ) -> [Scheduler.Lease] {
        guard !isDraining, !hasFailedFast else { return [] }
        // What these events end counts already: the first failure and a further lease never share a write.
        if options.failFast, events.contains(where: \.isFinalFailure) { return [] }
        if run.pendingEnds.contains(where: { $0.scope == .run && $0.mode == .stop }) { return [] }
        var freed: [WorkerID: Int] = [:]
        for case .attemptFinished(let event) in events { freed[event.worker, default: 0] += 1 }
        let free = scheduler.workers.map { $0.slots - workspace.openAttempts($0.id) + (freed[$0.id] ?? 0) }
        yieldEnd = nil
        guard free.contains(where: { $0 > 0 }) else { return [] }
        let allowance = allowance(in: workspace, run: run, freed: freed.values.reduce(0, +), now: now)
        guard case .task(let only) = purpose else {
            return scheduler.takeLeases(now: now, state: run, freeSlots: free, limit: allowance)
        }
        let place = run.index(of: only)
        return scheduler.takeLeases(now: now, state: run, freeSlots: free, limit: allowance) { $0 == place }
    }

    private func lease(_ lease: Scheduler.Lease, in run: RunState) -> Event.TaskLeased {
        let task = run.tasks[lease.task]
        return Event.TaskLeased(
            run: runID,
            task: task.id,
            attempt: task.nextAttempt,
            worker: lease.worker,
            nonce: Nonce.make()
        )
    }

    /// Takes notice of records, this process's and others'.
    func note(_ records: [LedgerRecord], _ group: inout TaskGroup<Void>) throws {
        let own = records.filter { $0.event.run == runID }
        for record in own {
            if let task = record.event.task, let index = state?.index(of: task) {
                noteChange(of: index)
            }
            switch record.event {
            case .taskLeased(let event): noteLease(event)
            case .attemptFinished(let event): noteEnd(event)
            case .endRequested(let event): carryOut(event.requestID, &group)
            default: break
            }
        }
        if !own.isEmpty { observe(own) }
    }

    private func noteLease(_ event: Event.TaskLeased) {
        guard let index = state?.index(of: event.task) else { return }
        flights[AttemptKey(event)] = Flight(task: index, worker: event.worker)
    }

    private func noteEnd(_ event: Event.AttemptFinished) {
        let entry = flights.first { $0.key.task == event.task.rawValue && Int($0.key.attempt) == event.attempt }
        guard let key = entry?.key else { return }
        flights[key] = nil
        cleanups.append(key)
    }

    func noteChange(of index: Int) {
        guard let state else { return }
        for dependent in scheduler.noteChange(of: index, in: state) {
            let task = state.tasks[dependent]
            let cause = state.tasks[index]
            let reason = "it depends on \(cause.id), which ended \(cause.status.rawValue)"
            pending.append(.taskCancelled(.init(run: runID, task: task.id, reason: reason, class: .cancelled)))
        }
    }

    /// Cancels what waits for a task that did not pass, where an earlier manager had no time to.
    func cancelUnrunnable() {
        guard let state else { return }
        for index in state.tasks.indices where state.tasks[index].status.isTerminal { noteChange(of: index) }
    }

    private func failFastWhereAsked() {
        guard options.failFast, !hasFailedFast, let state, state.counts.failed > 0 else { return }
        hasFailedFast = true
        for task in state.tasks where task.status == .queued {
            let reason = "another task failed, and the run was to end at the first failure"
            pending.append(.taskCancelled(.init(run: runID, task: task.id, reason: reason, class: .cancelled)))
        }
    }

    private func removeRecords(_ group: inout TaskGroup<Void>) {
        guard !cleanups.isEmpty, let host = hosts.any else { return }
        let keys = cleanups
        cleanups = []
        let logger = context.logger
        group.addTask {
            do {
                try await host.cleanup(keys)
            } catch {
                logger.debug("records of ended attempts stay on the host", metadata: ["error": "\(error)"])
            }
        }
    }

    private func endIfDone(_ group: inout TaskGroup<Void>) throws -> RunEnd? {
        guard let state else { return nil }
        let counts = state.counts
        if flights.isEmpty, counts.open == 0, counts.queued == 0 {
            let isStopped = state.pendingEnds.contains { $0.scope == .run && $0.mode == .stop }
            let status: RunStatus = isStopped ? .cancelled : counts.passed == counts.total ? .completed : .failed
            let seconds = now.seconds(since: state.createdAt)
            let finished = Event.RunFinished(run: runID, status: status, tasks: counts.tally, seconds: seconds)
            try finish(finished)
            return .finished(finished)
        }
        if isPurposeServed(state) { return .stopped(counts) }
        setTimer([scheduler.nextDue, yieldEnd].compactMap(\.self).min())
        return nil
    }

    /// Whether there is nothing more to do here, though the run goes on.
    private func isPurposeServed(_ state: RunState) -> Bool {
        switch purpose {
        case .drive: flights.isEmpty && isDraining
        case .task(let task): flights.isEmpty && (isDraining || state.task(task)?.status.isTerminal ?? true)
        case .settle: state.pendingEnds.isEmpty
        case .collect: !isResyncing && !flights.values.contains { $0.isClosing }
        }
    }

    private func finish(_ finished: Event.RunFinished) throws {
        let result = try ledger.append([.runFinished(finished)], durable: true, at: now)
        let own = (result.seen + result.written).filter { $0.event.run == runID }
        observe(own)
    }

    private func setTimer(_ time: Timestamp?) {
        guard timer?.time != time else { return }
        timer?.task.cancel()
        timer = nil
        guard let time, !isDraining else { return }
        let wait = TimeAmount.milliseconds(max(1, time.milliseconds - now.milliseconds))
        let task = eventLoop.scheduleTask(in: wait) { [mailbox] in mailbox.post(.due) }
        timer = (time, task)
    }
}

extension Event {
    /// Whether it ends a task as failed.
    fileprivate var isFinalFailure: Bool {
        if case .attemptFinished(let event) = self { event.outcome == .failed && event.retryAt == nil } else { false }
    }
}

extension AttemptKey {
    /// The key of a lease.
    init(_ lease: Event.TaskLeased) {
        self.init(
            run: lease.run.rawValue,
            task: lease.task.rawValue,
            attempt: UInt32(clamping: lease.attempt),
            nonce: lease.nonce
        )
    }

    /// The key of an attempt that the ledger knows.
    init(run: RunID, task: TaskID, attempt: AttemptRecord) {
        self.init(
            run: run.rawValue,
            task: task.rawValue,
            attempt: UInt32(clamping: attempt.number),
            nonce: attempt.nonce
        )
    }
}
