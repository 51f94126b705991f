@testable import FleetCore

/// Records in a row, as a ledger would have them: each with the next number, a second later, right behind the last.
struct History {
    private(set) var records: [LedgerRecord] = []
    var run = RunID(unchecked: "r")

    /// How many bytes each record has.
    static let length = 100

    mutating func add(_ event: Event) -> LedgerRecord {
        let count = Int64(records.count)
        let record = LedgerRecord(
            seq: count + 1,
            time: Self.time(count),
            event: event,
            offset: count * Int64(Self.length),
            length: Self.length
        )
        records.append(record)
        return record
    }

    /// The time of the record after so many others.
    static func time(_ count: Int64) -> Timestamp { Timestamp(milliseconds: 1_760_000_000_000 + count * 1_000) }

    /// A run as its records tell it; nil before it was created.
    func state(of id: RunID, before offset: Int64 = .max) -> RunState? {
        var state: RunState?
        for record in records where record.offset < offset {
            if state != nil {
                state?.apply(record)
            } else if case .runCreated(let event) = record.event, event.run == id {
                state = RunState(event, record: record)
            }
        }
        return state
    }
}

/// Events of run `r` in few words.
extension Event {
    static let r = RunID(unchecked: "r")

    static func created(_ run: RunID = r, maxWorkers: Int? = nil, workers: [WorkerSummary] = []) -> Event {
        .runCreated(
            .init(
                run: run,
                name: "n",
                labels: ["a": "b"],
                specDigest: "d",
                taskCount: 2,
                maxWorkers: maxWorkers,
                workers: workers
            )
        )
    }

    static func enqueued(_ task: String, in run: RunID = r) -> Event {
        .taskEnqueued(.init(run: run, task: TaskID(unchecked: task)))
    }

    static func leased(_ task: String, _ attempt: Int = 1, on worker: String = "w", in run: RunID = r) -> Event {
        .taskLeased(
            .init(
                run: run,
                task: TaskID(unchecked: task),
                attempt: attempt,
                worker: WorkerID(unchecked: worker),
                nonce: "\(task)\(attempt)"
            )
        )
    }

    static func started(_ task: String, _ attempt: Int = 1, on worker: String = "w", in run: RunID = r) -> Event {
        .attemptStarted(
            .init(
                run: run,
                task: TaskID(unchecked: task),
                attempt: attempt,
                worker: WorkerID(unchecked: worker),
                pid: 4_711,
                startedAt: Timestamp(milliseconds: 5)
            )
        )
    }

    static func finished(
        _ task: String,
        _ outcome: Outcome = .passed,
        attempt: Int = 1,
        on worker: String = "w",
        failure: FailureClass? = nil,
        retryAt: Timestamp? = nil,
        in run: RunID = r
    ) -> Event {
        .attemptFinished(
            .init(
                run: run,
                task: TaskID(unchecked: task),
                attempt: attempt,
                worker: WorkerID(unchecked: worker),
                outcome: outcome,
                failure: failure.map { Failure(class: $0, message: "m") },
                retryAt: retryAt
            )
        )
    }

    static func cancelled(_ task: String, _ failure: FailureClass = .cancelled, in run: RunID = r) -> Event {
        .taskCancelled(.init(run: run, task: TaskID(unchecked: task), reason: "why", class: failure))
    }

    static func requeued(_ task: String, in run: RunID = r) -> Event {
        .taskRequeued(.init(run: run, task: TaskID(unchecked: task), reason: "why"))
    }

    static func wanted(_ mode: EndMode, _ scope: EndScope, id: String = "e", in run: RunID = r) -> Event {
        .endRequested(.init(run: run, scope: scope, mode: mode, requestID: id))
    }

    static func confirmed(
        _ task: String,
        _ result: EndResult,
        attempt: Int = 1,
        id: String? = "e",
        survivors: [Int] = [],
        in run: RunID = r
    ) -> Event {
        .endConfirmed(
            .init(
                run: run,
                task: TaskID(unchecked: task),
                attempt: attempt,
                requestID: id,
                result: result,
                survivors: survivors
            )
        )
    }

    static func ended(_ status: RunStatus = .completed, in run: RunID = r) -> Event {
        .runFinished(.init(run: run, status: status, tasks: Tally(total: 0, passed: 0), seconds: 1))
    }

    static func reopened(_ run: RunID = r) -> Event { .runReopened(.init(run: run)) }
}

extension EndScope {
    static func worker(_ id: String) -> EndScope { .worker(WorkerID(unchecked: id)) }
    static func task(_ id: String) -> EndScope { .task(TaskID(unchecked: id)) }
}

extension RunState {
    /// Run `r` after it was created, with tasks `a` and `b` in it, and then some events.
    static func after(_ events: Event..., workers: [WorkerSummary] = []) -> RunState {
        after(events, workers: workers)
    }

    /// Run `r` after it was created, with tasks `a` and `b` in it, and then some events.
    static func after(_ events: [Event], workers: [WorkerSummary] = []) -> RunState {
        var history = History()
        for event in [.created(workers: workers), .enqueued("a"), .enqueued("b")] + events { _ = history.add(event) }
        // It was created, so that it is there.
        return history.state(of: Event.r)
            ?? RunState(.init(run: Event.r, name: "", specDigest: "", taskCount: 0), record: history.records[0])
    }

    /// Where a task stands.
    func status(_ task: String) -> TaskStatus? { self.task(TaskID(unchecked: task))?.status }

    /// A task's last attempt.
    func attempt(_ task: String) -> AttemptRecord? { self.task(TaskID(unchecked: task))?.attempts.last }

    /// The open attempts of a worker.
    func open(_ worker: String) -> Int { openAttempts(WorkerID(unchecked: worker)) }
}
