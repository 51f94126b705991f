extension RunState {
    /// Whether the whole run is to be ended, and how; the latest request counts.
    public var requestedEnd: EndMode? { pendingEnds.last { $0.scope == .run }?.mode }

    /// The attempts that are open, with their tasks, in the order of the file.
    public var openAttempts: [(task: TaskID, attempt: AttemptRecord)] {
        guard counts.open > 0 else { return [] }
        return tasks.compactMap { task in task.openAttempt.map { (task.id, $0) } }
    }

    mutating func request(_ event: Event.EndRequested, _ record: LedgerRecord) {
        guard status == nil, !pendingEnds.contains(where: { $0.id == event.requestID }) else { return }
        var request = EndRequest(
            id: event.requestID,
            scope: event.scope,
            mode: event.mode,
            requestedAt: record.time,
            seq: record.seq,
            targets: targets(of: event.scope),
            waiting: []
        )
        request.waiting = waiting(for: event, open: request.targets)
        if request.isPending { pendingEnds.append(request) }
    }

    private func targets(of scope: EndScope) -> [EndRequest.Target] {
        let open: [(task: TaskID, attempt: AttemptRecord)]
        switch scope {
        case .run: open = openAttempts
        case .worker(let worker):
            open = openAttempts(worker) == 0 ? [] : openAttempts.filter { $0.attempt.worker == worker }
        case .task(let task): open = self.task(task)?.openAttempt.map { [(task, $0)] } ?? []
        }
        return open.map { EndRequest.Target(task: $0.task, attempt: $0.attempt.number, worker: $0.attempt.worker) }
    }

    private func waiting(for event: Event.EndRequested, open: [EndRequest.Target]) -> [TaskID] {
        switch (event.scope, event.mode) {
        case (.run, _): []
        case (.task(let task), .restart): taskIndex[task] == nil ? [] : [task]
        case (.task(let task), _): self.task(task)?.status == .queued ? [task] : []
        case (.worker(let worker), .restart):
            open.isEmpty ? workerIndex[worker].flatMap { workers[$0].lastTask }.map { [$0] } ?? [] : open.map(\.task)
        case (.worker, _): []
        }
    }

    /// A task that was to be ended while it waited has been leased: now its attempt is to be ended.
    mutating func cover(_ lease: Event.TaskLeased) {
        let target = EndRequest.Target(task: lease.task, attempt: lease.attempt, worker: lease.worker)
        for place in pendingEnds.indices where pendingEnds[place].mode != .restart {
            if pendingEnds[place].scope == .run {
                pendingEnds[place].targets.append(target)
            } else if let waiting = pendingEnds[place].waiting.firstIndex(of: lease.task) {
                pendingEnds[place].waiting.remove(at: waiting)
                pendingEnds[place].targets.append(target)
            }
        }
    }

    mutating func confirm(_ event: Event.EndConfirmed) {
        update(event.task, event.attempt, of: event.requestID) { target in
            // A verified end is the last word; what was unreachable may be reached later.
            guard target.result == nil || target.result == .unreachable else { return }
            target.result = event.result
            target.survivors = event.survivors
            target.survivorCount = event.survivorCount
        }
    }

    /// An attempt that was to be ended has ended; one that was given up may still run.
    mutating func settle(_ event: Event.AttemptFinished) {
        guard event.failure?.class != .lost else { return }
        update(event.task, event.attempt, of: nil) { $0.isOver = true }
    }

    /// A task has been cancelled, or queued again, as was wanted.
    mutating func dismiss(_ task: TaskID, restarts: Bool) {
        for place in pendingEnds.indices where (pendingEnds[place].mode == .restart) == restarts {
            pendingEnds[place].waiting.removeAll { $0 == task }
        }
        pendingEnds.removeAll { !$0.isPending }
    }

    private mutating func update(
        _ task: TaskID,
        _ attempt: Int,
        of request: String?,
        _ change: (inout EndRequest.Target) -> Void
    ) {
        for place in pendingEnds.indices where request == nil || pendingEnds[place].id == request {
            for index in pendingEnds[place].targets.indices {
                guard pendingEnds[place].targets[index].task == task,
                    pendingEnds[place].targets[index].attempt == attempt
                else { continue }
                change(&pendingEnds[place].targets[index])
            }
        }
        pendingEnds.removeAll { !$0.isPending }
    }
}
