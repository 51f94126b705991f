extension RunState {
    /// What an event did to the slots of workers.
    struct SlotChange {
        /// The worker that carries one attempt more.
        var opened: WorkerID?
        /// The worker that carries one less.
        var closed: WorkerID?
    }

    /// Folds one record of this run into the state.
    ///
    /// Records of other runs, and what does not fit the state, change nothing.
    public mutating func apply(_ record: LedgerRecord) { _ = fold(record) }

    /// Folds one record, and tells what it did to slots.
    mutating func fold(_ record: LedgerRecord) -> SlotChange {
        var change = SlotChange()
        guard record.event.run == id else { return change }
        extend(over: record)
        recordCount += 1
        switch record.event {
        case .runCreated, .unknown: break
        case .taskEnqueued(let event): enqueue(event.task)
        case .managerStarted(let event):
            managerPID = event.pid
            managerStartedAt = record.time
        case .taskLeased(let event):
            change.closed = supersede(event, at: record.time)
            change.opened = lease(event, record)
        case .attemptStarted(let event): start(event)
        case .attemptFinished(let event):
            change.opened = restoreLease(of: event, record)
            change.closed = finish(event, at: record.time)
        case .taskCancelled(let event): cancel(event)
        case .taskRequeued(let event): requeue(event.task)
        case .endRequested(let event): request(event, record)
        case .endConfirmed(let event):
            confirm(event)
            noteLate(event)
        case .runFinished(let event):
            status = event.status
            finishedAt = record.time
            pendingEnds = []
        case .runReopened:
            status = nil
            finishedAt = nil
        }
        return change
    }

    private mutating func extend(over record: LedgerRecord) {
        let end = record.offset + Int64(record.length)
        if end > extent.upperBound { extent = extent.lowerBound..<end }
    }

    private mutating func enqueue(_ task: TaskID) {
        guard taskIndex[task] == nil else { return }
        taskIndex[task] = tasks.count
        tasks.append(TaskState(id: task))
        counts.queued += 1
    }

    private mutating func move(_ place: Int, to status: TaskStatus) {
        counts[tasks[place].status] -= 1
        counts[status] += 1
        tasks[place].status = status
    }

    private mutating func lease(_ event: Event.TaskLeased, _ record: LedgerRecord) -> WorkerID? {
        // Who leases a task has seen that it is one, whatever became of the record of that.
        if status == nil { enqueue(event.task) }
        guard status == nil, let place = taskIndex[event.task], tasks[place].status == .queued,
            event.attempt >= tasks[place].nextAttempt
        else { return nil }
        tasks[place].attempts.append(AttemptRecord(event, at: record.time))
        tasks[place].retryAt = nil
        move(place, to: .leased)
        let worker = workerPlace(event.worker)
        workers[worker].lastTask = event.task
        workers[worker].lastAttempt = event.attempt
        workers[worker].lastSeq = record.seq
        openCounts[event.worker, default: 0] += 1
        if !pendingEnds.isEmpty { cover(event) }
        return event.worker
    }

    /// Ends the attempt before a lease, where that is open.
    ///
    /// Who leases a task has seen its end, whatever became of the record of that; how it ended nobody can tell any more.
    private mutating func supersede(_ event: Event.TaskLeased, at time: Timestamp) -> WorkerID? {
        guard status == nil, let open = task(event.task)?.openAttempt, event.attempt > open.number else { return nil }
        let failure = Failure(class: .lost, message: "the record of its end is lost")
        let end = Event.AttemptFinished(
            run: id,
            task: event.task,
            attempt: open.number,
            worker: open.worker,
            outcome: .failed,
            failure: failure,
            retryAt: time
        )
        return finish(end, at: time)
    }

    /// Makes up for the record of an attempt's lease, where its end is told and that is not there.
    private mutating func restoreLease(of event: Event.AttemptFinished, _ record: LedgerRecord) -> WorkerID? {
        guard status == nil, (task(event.task)?.status ?? .queued) == .queued else { return nil }
        let lease = Event.TaskLeased(
            run: id,
            task: event.task,
            attempt: event.attempt,
            worker: event.worker,
            nonce: ""
        )
        return self.lease(lease, record)
    }

    private mutating func workerPlace(_ worker: WorkerID) -> Int {
        if let place = workerIndex[worker] { return place }
        let definition = WorkerSummary(id: worker, host: "local", slots: 1, digest: "")
        workerIndex[worker] = workers.count
        workers.append(RunSummary.Worker(definition: definition))
        return workers.count - 1
    }

    private mutating func start(_ event: Event.AttemptStarted) {
        guard let place = taskIndex[event.task], let last = tasks[place].attempts.indices.last,
            tasks[place].attempts[last].number == event.attempt,
            tasks[place].attempts[last].phase == .leased
        else { return }
        tasks[place].attempts[last].phase = .running
        tasks[place].attempts[last].pid = event.pid
        tasks[place].attempts[last].startedAt = event.startedAt
        move(place, to: .running)
    }

    private mutating func finish(_ event: Event.AttemptFinished, at time: Timestamp) -> WorkerID? {
        // Only the last attempt of a task can be open: a lease needs a task that is queued.
        guard let place = taskIndex[event.task], let last = tasks[place].attempts.indices.last,
            tasks[place].attempts[last].number == event.attempt, tasks[place].attempts[last].isOpen
        else { return nil }
        tasks[place].attempts[last].finish(event, at: time)
        if tasks[place].isRestarting || event.retryAt != nil {
            tasks[place].isRestarting = false
            tasks[place].retryAt = event.retryAt
            move(place, to: .queued)
        } else {
            move(place, to: TaskStatus(event.outcome))
        }
        let worker = tasks[place].attempts[last].worker
        if let open = openCounts[worker] { openCounts[worker] = open > 1 ? open - 1 : nil }
        if !pendingEnds.isEmpty { settle(event) }
        return worker
    }

    /// What was given up has been heard of; the task went on without it.
    private mutating func noteLate(_ event: Event.EndConfirmed) {
        guard event.result != .unreachable, let place = taskIndex[event.task],
            let index = tasks[place].attempts.lastIndex(where: { $0.number == event.attempt }),
            tasks[place].attempts[index].failure?.class == .lost
        else { return }
        tasks[place].attempts[index].lateEnd = AttemptRecord.LateEnd(result: event.result, exit: event.exit)
    }

    private mutating func cancel(_ event: Event.TaskCancelled) {
        guard let place = taskIndex[event.task], tasks[place].status == .queued else { return }
        tasks[place].retryAt = nil
        tasks[place].cancellation = Failure(class: event.class, message: event.reason)
        move(place, to: event.class == .interrupted ? .interrupted : .cancelled)
        if !pendingEnds.isEmpty { dismiss(event.task, restarts: false) }
    }

    private mutating func requeue(_ task: TaskID) {
        guard let place = taskIndex[task] else { return }
        if tasks[place].openAttempt != nil {
            tasks[place].isRestarting = true
        } else {
            tasks[place].retryAt = nil
            tasks[place].cancellation = nil
            move(place, to: .queued)
        }
        if !pendingEnds.isEmpty { dismiss(task, restarts: true) }
    }
}

extension AttemptRecord {
    /// Takes over the receipt.
    fileprivate mutating func finish(_ event: Event.AttemptFinished, at time: Timestamp) {
        phase = .finished
        outcome = event.outcome
        startedAt = event.startedAt ?? startedAt
        finishedAt = event.finishedAt ?? time
        exit = event.exit
        failure = event.failure
        usage = event.usage
        log = event.log
        artifacts = event.artifacts
        leftBehind = event.leftBehind
        isTry = event.isTry
    }
}

extension TaskStatus {
    /// Where a task stands whose last attempt ended so.
    public init(_ outcome: Outcome) {
        switch outcome {
        case .passed: self = .passed
        case .failed: self = .failed
        case .interrupted: self = .interrupted
        case .cancelled: self = .cancelled
        }
    }
}
