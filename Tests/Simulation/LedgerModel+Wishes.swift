import FleetCore
import FleetLedger

/// What people want of a run, and how it ends.
extension LedgerModel {
    func cover(_ event: Event.TaskLeased, _ run: inout Run) {
        for index in run.requests.indices where run.requests[index].mode != .restart {
            if run.requests[index].scope == .run || run.requests[index].waiting.remove(event.task) != nil {
                run.requests[index].targets.insert("\(event.task) \(event.attempt)")
                run.unwanted.insert("\(event.task) \(event.attempt)")
            }
        }
    }

    mutating func cancel(_ event: Event.TaskCancelled, _ run: inout Run, _ breach: (String) -> Void) {
        guard let place = run.place(event.task), run.tasks[place].status == .queued else {
            return breach("\(event.task) was cancelled, and does not wait")
        }
        let spec = run.tasks[place].spec
        let isBlocked = spec.dependsOn.contains { id in
            run.tasks.contains { $0.spec.id == id && $0.status.isTerminal && $0.status != .passed }
        }
        let isWanted = run.requests.contains { $0.mode != .restart && $0.waiting.contains(event.task) }
        let isOver = run.plan.failFast && run.hasFailed
        if !isBlocked, !isWanted, !isOver, !run.isEnding { breach("\(event.task) was cancelled for no reason") }
        run.tasks[place].retryAt = nil
        run.tasks[place].status = event.class == .interrupted ? .interrupted : .cancelled
        for index in run.requests.indices where run.requests[index].mode != .restart {
            run.requests[index].waiting.remove(event.task)
        }
    }

    mutating func requeue(
        _ event: Event.TaskRequeued,
        _ record: LedgerRecord,
        _ run: inout Run,
        _ breach: (String) -> Void
    ) {
        guard let place = run.place(event.task) else { return }
        if !run.requests.contains(where: { $0.mode == .restart && $0.waiting.contains(event.task) }) {
            breach("\(event.task) was queued again, and nobody wanted it")
        }
        if run.tasks[place].attempts.last?.isOpen ?? false {
            run.tasks[place].isRestarting = true
        } else {
            run.tasks[place].status = .queued
            run.tasks[place].retryAt = nil
            run.tasks[place].waitsSince = record.time
        }
        for index in run.requests.indices where run.requests[index].mode == .restart {
            run.requests[index].waiting.remove(event.task)
        }
    }

    mutating func request(_ event: Event.EndRequested, _ run: inout Run) {
        guard run.status == nil, !run.requests.contains(where: { $0.id == event.requestID }) else { return }
        let inScope = run.tasks.filter { task in
            switch event.scope {
            case .run: true
            case .worker(let worker): task.attempts.last?.worker == worker.rawValue
            case .task(let id): task.spec.id == id
            }
        }
        let open = inScope.filter { $0.attempts.last?.isOpen ?? false }
        var request = Request(
            id: event.requestID,
            scope: event.scope,
            mode: event.mode,
            time: time,
            targets: Set(open.map { "\($0.spec.id) \($0.attempts.last?.number ?? 0)" }),
            waiting: []
        )
        switch (event.scope, event.mode) {
        case (.task, .restart): request.waiting = Set(inScope.map(\.spec.id))
        case (.task, _): request.waiting = Set(inScope.filter { $0.status == .queued }.map(\.spec.id))
        default: break
        }
        if event.mode != .restart { run.unwanted.formUnion(request.targets) }
        run.requests.append(request)
    }

    mutating func confirm(_ event: Event.EndConfirmed, _ run: inout Run) {
        guard event.result != .unreachable else { return }
        // Where no wish is named, whoever wanted it is told.
        for index in run.requests.indices
        where event.requestID == nil || run.requests[index].id == event.requestID {
            run.requests[index].targets.remove("\(event.task) \(event.attempt)")
        }
    }

    mutating func end(_ event: Event.RunFinished, _ run: inout Run, _ breach: (String) -> Void) {
        let counts = run.counts
        let status: RunStatus =
            run.isEnding
            ? .cancelled
            : counts.queued > 0 ? .incomplete : counts.passed == counts.total ? .completed : .failed
        if run.status != nil { breach("the run was ended twice") }
        if counts.open > 0 { breach("the run was ended with \(counts.open) open attempts") }
        if event.status != status { breach("the run was ended as \(event.status), not \(status)") }
        if event.tasks != counts.tally { breach("the run's end counts \(event.tasks), not \(counts.tally)") }
        if run.requests.contains(where: { !$0.waiting.isEmpty }) {
            breach("the run was ended, and more was wanted of it")
        }
        run.status = event.status
        run.requests = []
    }
}
