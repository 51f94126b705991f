import FleetCore
import FleetLedger
import FleetWire

/// What the ledger's records say, understood once more and in the plainest way, to check what the product makes of them.
struct LedgerModel {
    struct Attempt {
        let number: Int
        let nonce: String
        let worker: String
        /// The number of its lease in the ledger.
        let leaseSeq: Int64
        /// The process that leased it.
        let lessor: Int
        var isStarted = false
        /// The number of its end in the ledger.
        var finishSeq: Int64?
        /// When its end was seen, by the true time.
        var finishTime: Int64?
        var failure: FailureClass?
        var isTry = true

        var isOpen: Bool { finishSeq == nil }
    }

    struct Task {
        let spec: TaskSpec
        var status = TaskStatus.queued
        var attempts: [Attempt] = []
        var retryAt: Timestamp?
        var isRestarting = false
        var hasPassed = false
        /// When it last began to wait, or what it depends on passed.
        var waitsSince = Timestamp(milliseconds: 0)
    }

    struct Request {
        let id: String
        let scope: EndScope
        let mode: FleetCore.EndMode
        /// When it was seen, by the true time.
        let time: Int64
        var targets: Set<String>
        var waiting: Set<TaskID>
    }

    struct Run {
        /// When its last manager began, by that one's clock.
        var takenOverAt = Timestamp(milliseconds: 0)
        /// Its place in the plan.
        let number: Int
        let plan: Plan.Run
        var tasks: [Task] = []
        var requests: [Request] = []
        /// The attempts that somebody ever wanted ended.
        var unwanted: Set<String> = []
        /// Whether a task ever failed; one write may begin it again and cancel the others.
        var hasFailed = false
        /// When somebody began it again, who may have wanted one task alone; the first failure ends it no more.
        var reopened: Timestamp?
        var status: RunStatus?
        /// The process that drives it.
        var manager = 0

        var words: String { status?.rawValue ?? "going on" }

        var counts: TaskCounts {
            var counts = TaskCounts()
            for task in tasks { counts[task.status] += 1 }
            return counts
        }

        /// Whether the whole run is to be ended.
        var isEnding: Bool { requests.contains { $0.scope == .run } }

        func place(_ task: TaskID) -> Int? { tasks.firstIndex { $0.spec.id == task } }
    }

    let plan: Plan
    var runs: [RunID: Run] = [:]
    /// The process that writes.
    var writer = 0
    var time: Int64 = 0
    /// Whether some of the ledger cannot be read.
    var hasDamage = false
    /// How many attempts each worker carries.
    private(set) var open: [String: Int] = [:]

    init(plan: Plan) { self.plan = plan }

    func attempt(_ key: AttemptKey) -> Attempt? {
        guard let run = runs[RunID(unchecked: key.run)], let place = run.place(TaskID(unchecked: key.task)) else {
            return nil
        }
        return run.tasks[place].attempts.last { $0.nonce == key.nonce }
    }

    func key(_ run: RunID, _ task: TaskID, _ attempt: Int) -> AttemptKey? {
        guard let known = runs[run], let place = known.place(task),
            let found = known.tasks[place].attempts.last(where: { $0.number == attempt })
        else { return nil }
        return AttemptKey(run: run.rawValue, task: task.rawValue, attempt: UInt32(attempt), nonce: found.nonce)
    }

    /// Takes a record.
    ///
    /// - Parameters:
    ///   - record: the record.
    ///   - time: the true time.
    /// - Returns: what must not be.
    mutating func apply(_ record: LedgerRecord, at time: Int64) -> [String] {
        var faults: [String] = []
        self.time = time
        apply(record) { faults.append($0) }
        return faults
    }

    private mutating func apply(_ record: LedgerRecord, _ breach: (String) -> Void) {
        guard let id = record.event.run else { return }
        if case .runCreated(let event) = record.event {
            guard runs[id] == nil, let number = Int(event.name), plan.runs.indices.contains(number) else { return }
            runs[id] = Run(number: number, plan: plan.runs[number])
            return
        }
        guard var run = runs[id] else { return }
        switch record.event {
        case .taskEnqueued(let event):
            guard let spec = run.plan.tasks.first(where: { $0.id == event.task }) else { break }
            run.tasks.append(Task(spec: spec, waitsSince: record.time))
        case .managerStarted(let event):
            run.manager = event.pid
            run.takenOverAt = record.time
        case .taskLeased(let event): lease(event, record, &run, breach)
        case .attemptStarted(let event): start(event, &run, breach)
        case .attemptFinished(let event): finish(event, record, &run, breach)
        case .taskCancelled(let event): cancel(event, &run, breach)
        case .taskRequeued(let event): requeue(event, record, &run, breach)
        case .endRequested(let event): request(event, &run)
        case .endConfirmed(let event): confirm(event, &run)
        case .runFinished(let event): end(event, &run, breach)
        case .runReopened: (run.status, run.reopened) = (nil, record.time)
        case .runCreated, .unknown: break
        }
        run.requests.removeAll { $0.scope != .run && $0.targets.isEmpty && $0.waiting.isEmpty }
        runs[id] = run
    }

    private mutating func lease(
        _ event: Event.TaskLeased,
        _ record: LedgerRecord,
        _ run: inout Run,
        _ breach: (String) -> Void
    ) {
        let name = "the lease of \(event.task) \(event.attempt)"
        guard let place = run.place(event.task) else { return breach("\(name): there is no such task") }
        let task = run.tasks[place]
        let worker = event.worker.rawValue
        if run.status != nil { breach("\(name): the run has ended") }
        if task.status != .queued { breach("\(name): the task is \(task.status)") }
        if event.attempt != (task.attempts.last?.number ?? 0) + 1 { breach("\(name): it is not the next number") }
        if run.isEnding { breach("\(name): the run is being ended") }
        if run.requests.contains(where: { $0.mode != .restart && $0.waiting.contains(event.task) }) {
            breach("\(name): the task is to be ended")
        }
        // Where a clock was set back between two managers, no task waits longer than its policy's longest wait.
        let latest = run.takenOverAt.adding(seconds: task.spec.retryPolicy.maxBackoff - 1)
        if let time = task.retryAt, record.time < min(time, latest) { breach("\(name): its time has not come") }
        if run.plan.failFast, run.reopened == nil, run.counts.failed > 0 {
            breach("\(name): the run was to end at the first failure")
        }
        for id in task.spec.dependsOn where !(run.tasks.first { $0.spec.id == id }?.hasPassed ?? false) {
            breach("\(name): \(id) has not passed")
        }
        if let spec = run.plan.workers.first(where: { $0.id == event.worker }),
            !task.spec.requires.isSubset(of: spec.capabilities)
        {
            breach("\(name): \(worker) cannot do what it requires")
        }
        open[worker, default: 0] += 1
        if let slots = plan.slots[worker] {
            if open[worker, default: 0] > slots { breach("\(name): \(worker) has \(slots) slots") }
        } else {
            breach("\(name): there is no worker \(worker)")
        }
        checkOrder(of: place, event, record, in: run, breach)
        run.tasks[place].attempts
            .append(
                Attempt(
                    number: event.attempt,
                    nonce: event.nonce,
                    worker: worker,
                    leaseSeq: record.seq,
                    lessor: writer
                )
            )
        run.tasks[place].status = .leased
        run.tasks[place].retryAt = nil
        cover(event, &run)
    }

    private mutating func start(_ event: Event.AttemptStarted, _ run: inout Run, _ breach: (String) -> Void) {
        guard let place = run.place(event.task), let last = run.tasks[place].attempts.indices.last,
            run.tasks[place].attempts[last].number == event.attempt, run.tasks[place].attempts[last].isOpen,
            !run.tasks[place].attempts[last].isStarted
        else { return breach("the start of \(event.task) \(event.attempt) was recorded, which was not leased") }
        run.tasks[place].attempts[last].isStarted = true
        run.tasks[place].status = .running
    }

    private mutating func finish(
        _ event: Event.AttemptFinished,
        _ record: LedgerRecord,
        _ run: inout Run,
        _ breach: (String) -> Void
    ) {
        let name = "\(event.task) \(event.attempt)"
        guard let place = run.place(event.task), let last = run.tasks[place].attempts.indices.last,
            run.tasks[place].attempts[last].number == event.attempt, run.tasks[place].attempts[last].isOpen
        else { return breach("the end of \(name) was recorded, which is not open: a result applied twice") }
        checkRetry(event, record, run, place, breach)
        let worker = run.tasks[place].attempts[last].worker
        if event.worker.rawValue != worker { breach("the end of \(name) names another worker") }
        open[worker] = open[worker].flatMap { $0 > 1 ? $0 - 1 : nil }
        run.tasks[place].attempts[last].finishSeq = record.seq
        run.tasks[place].attempts[last].finishTime = time
        run.tasks[place].attempts[last].failure = event.failure?.class
        run.tasks[place].attempts[last].isTry = event.isTry
        run.tasks[place].waitsSince = record.time
        if event.outcome == .failed { run.hasFailed = true }
        if run.tasks[place].isRestarting || event.retryAt != nil {
            run.tasks[place].isRestarting = false
            run.tasks[place].retryAt = event.retryAt
            run.tasks[place].status = .queued
        } else {
            run.tasks[place].status = TaskStatus(event.outcome)
            if event.outcome == .passed {
                run.tasks[place].hasPassed = true
                for index in run.tasks.indices where run.tasks[index].spec.dependsOn.contains(event.task) {
                    run.tasks[index].waitsSince = record.time
                }
            }
        }
        guard event.failure?.class != .lost else { return }
        for index in run.requests.indices { run.requests[index].targets.remove(name) }
    }
}
