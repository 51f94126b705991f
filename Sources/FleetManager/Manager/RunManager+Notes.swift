import FleetCore
import FleetLedger
import FleetWire

extension RunManager {
    /// Takes notice of records that are in the ledger, this process's and others'.
    func note(_ records: [LedgerRecord]) throws {
        guard let state else { throw runIsGone }
        if ledger.generation != generation { rebuild(from: state) }
        var own: [LedgerRecord] = []
        own.reserveCapacity(records.count)
        for record in records {
            if let run = record.event.run, run != runID { passedOver[run] = nil }
            guard record.event.run == runID else { continue }
            own.append(record)
            noteChange(record.event, in: state)
        }
        if !own.isEmpty { observe(own) }
    }

    private func noteChange(_ event: Event, in state: RunState) {
        let place = event.task.flatMap { state.index(of: $0) }
        if let place { noteChange(of: place, in: state) }
        switch event {
        case .taskLeased(let event):
            // A lease that did not fit the state is none.
            guard let place, state.tasks[place].openAttempt?.nonce == event.nonce else { return }
            flights[AttemptKey(event)] = Flight(task: place, worker: event.worker, phase: .starting)
        case .attemptFinished(let event):
            guard let place, let attempt = state.tasks[place].attempts.last(where: { $0.number == event.attempt })
            else { return }
            let key = AttemptKey(run: runID, task: event.task, attempt: attempt)
            let flight = flights.removeValue(forKey: key)
            copies[key] = nil
            guard let own = hosts.place(of: event.worker) else { return }
            if event.failure?.class == .lost, flight?.exit == nil {
                // Nobody knows that it has ended: that is seen to when the host is heard of.
                hostStates[own].ghosts.insert(key)
            } else {
                hostStates[own].settled.append(key)
            }
        case .endRequested(let event):
            guard let request = state.pendingEnds.first(where: { $0.id == event.requestID }) else { return }
            carryOut(request, in: state)
        default: break
        }
    }

    /// Takes notice that a task stands elsewhere than before, or may be leased again.
    func noteChange(of place: Int, in state: RunState) {
        for blocked in scheduler.noteChange(of: place, in: state) { cancel(blocked, in: state) }
    }

    private func cancel(_ blocked: Scheduler.Blocked, in state: RunState) {
        let cause = state.tasks[blocked.cause]
        cancel(blocked.task, in: state, .cancelled, "it depends on \(cause.id), which ended \(cause.status.rawValue)")
    }

    /// Puts it on the list that a task which waits will not be run.
    func cancel(_ place: Int, in state: RunState, _ class: FailureClass, _ reason: String) {
        guard cancelling.insert(place).inserted else { return }
        pending.append(.taskCancelled(.init(run: runID, task: state.tasks[place].id, reason: reason, class: `class`)))
    }

    /// Cancels what waits for a task that did not pass, where an earlier manager had no time to.
    func cancelUnrunnable(in state: RunState) {
        for place in state.tasks.indices where state.tasks[place].status == .queued { noteChange(of: place, in: state) }
    }

    /// Cancels what waits where the run is being ended, or ends at its first failure.
    func cancelWhatWillNotRun(in state: RunState) {
        guard state.counts.queued > 0 else { return }
        let (failure, reason): (FailureClass, String)
        switch state.requestedEnd {
        case .stop: (failure, reason) = (.cancelled, "stopped on request")
        case .interrupt: (failure, reason) = (.interrupted, "interrupted on request")
        case .restart, nil:
            guard hasFailedFast(state) else { return }
            (failure, reason) = (.cancelled, "another task failed, and the run was to end at the first failure")
        }
        for place in state.tasks.indices where state.tasks[place].status == .queued {
            cancel(place, in: state, failure, reason)
        }
    }

    /// Whether the run is to end as a task has failed.
    func hasFailedFast(_ state: RunState) -> Bool { options.failFast && state.counts.failed > 0 }

    /// The ledger is another file than before: what was made from it is made anew.
    private func rebuild(from state: RunState) {
        generation = ledger.generation
        let (workers, lateTries) = (scheduler.workers, scheduler.lateTries)
        scheduler = Scheduler(tasks: spec.tasks, workers: workers, state: state, lateTries: lateTries)
        flights = flights.filter { key, flight in state.tasks[flight.task].openAttempt?.nonce == key.nonce }
    }
}
