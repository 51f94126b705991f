/// A run as the fold of its events; pure, with no clock of its own.
///
/// What does not fit the state is ignored, never trusted: the first end of an attempt wins, a lease of a task that has
/// ended, or of a number that was used, or in a run that has ended, is none. But a record tells of those that must have
/// been before it, which may be damaged: a lease, of the end of the attempt before; an end, of its lease.
public struct RunState: Sendable, Equatable {
    /// The run.
    public let id: RunID
    /// What was accepted.
    public let created: Event.RunCreated
    /// When it was accepted.
    public let createdAt: Timestamp
    /// The process that last began to drive it; whether it still does, only its lock tells.
    public internal(set) var managerPID: Int?
    /// When that began.
    public internal(set) var managerStartedAt: Timestamp?
    /// Its tasks, in the order of the file.
    public internal(set) var tasks: [TaskState] = []
    /// How many of them stand where.
    public internal(set) var counts = TaskCounts()
    /// Its workers and the latest that each did.
    public internal(set) var workers: [RunSummary.Worker]
    /// What was asked to be ended and is not yet, in the order of asking.
    public internal(set) var pendingEnds: [EndRequest] = []
    /// How it ended; nil while it has not, and again once it was reopened.
    public internal(set) var status: RunStatus?
    /// When it ended.
    public internal(set) var finishedAt: Timestamp?
    /// Which bytes of the ledger hold all its records so far.
    public package(set) var extent: Range<Int64>
    /// Whether its first records stand in an archive of its own, and only what came later in the ledger.
    public package(set) var isArchived = false
    /// What was written there; nil where an earlier version wrote it.
    package var seal: ArchiveSeal?

    /// How many records were folded into it.
    var recordCount = 1
    var taskIndex: [TaskID: Int] = [:]
    var workerIndex: [WorkerID: Int] = [:]
    var openCounts: [WorkerID: Int] = [:]

    /// A run that was just accepted.
    package init(_ created: Event.RunCreated, record: LedgerRecord) {
        id = created.run
        self.created = created
        createdAt = record.time
        workers = created.workers.map { RunSummary.Worker(definition: $0) }
        extent = record.offset..<record.offset + Int64(record.length)
        for (index, worker) in created.workers.enumerated() { workerIndex[worker.id] = index }
    }

    /// The run that a record makes, where none of its id is known; nil where it makes none.
    ///
    /// That it was accepted may not be told any more: who began to drive it tells that as well.
    package init?(beginningWith record: LedgerRecord) {
        switch record.event {
        case .runCreated(let event): self.init(event, record: record)
        case .managerStarted(let event):
            guard let created = event.created, created.run == event.run else { return nil }
            self.init(created, record: record)
            managerPID = event.pid
            managerStartedAt = record.time
        default: return nil
        }
    }

    /// The task of an id.
    public func task(_ id: TaskID) -> TaskState? { taskIndex[id].map { tasks[$0] } }

    /// The place of a task in ``tasks``.
    public func index(of id: TaskID) -> Int? { taskIndex[id] }

    /// How many attempts a worker carries for this run.
    public func openAttempts(_ worker: WorkerID) -> Int { openCounts[worker] ?? 0 }
}
