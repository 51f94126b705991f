/// A run in short: what is kept of it in memory once it has ended, and what lists show of any.
public struct RunSummary: Sendable, Equatable {
    /// A worker of the run, and the latest that it did in it.
    public struct Worker: Sendable, Equatable {
        /// The worker as the run knows it.
        public let definition: WorkerSummary
        /// The task that was leased to it last, in this run.
        public internal(set) var lastTask: TaskID?
        /// The number of that attempt.
        public internal(set) var lastAttempt = 0
        /// The number of the record that leased it: the greater, the later.
        public internal(set) var lastSeq: Int64 = 0

        package init(
            definition: WorkerSummary,
            lastTask: TaskID? = nil,
            lastAttempt: Int = 0,
            lastSeq: Int64 = 0
        ) {
            self.definition = definition
            self.lastTask = lastTask
            self.lastAttempt = lastAttempt
            self.lastSeq = lastSeq
        }
    }

    /// The run.
    public let id: RunID
    /// Its name.
    public let name: String
    /// Its labels.
    public let labels: [String: String]
    /// How it ended; nil while it has not.
    public let status: RunStatus?
    /// When it was accepted.
    public let createdAt: Timestamp
    /// When it ended.
    public let finishedAt: Timestamp?
    /// How many of its tasks stand where.
    public let counts: TaskCounts
    /// Its workers, in the order of the spec.
    public let workers: [Worker]
    /// Which bytes of the ledger hold all its records, between those of other runs.
    public package(set) var extent: Range<Int64>
    /// Whether its first records stand in an archive of its own, and only what came later in the ledger.
    public package(set) var isArchived: Bool
    /// What was written there; nil where an earlier version wrote it.
    package var seal: ArchiveSeal?

    package init(
        id: RunID,
        name: String,
        labels: [String: String],
        status: RunStatus?,
        createdAt: Timestamp,
        finishedAt: Timestamp?,
        counts: TaskCounts,
        workers: [Worker],
        extent: Range<Int64>,
        isArchived: Bool = false,
        seal: ArchiveSeal? = nil
    ) {
        self.id = id
        self.name = name
        self.labels = labels
        self.status = status
        self.createdAt = createdAt
        self.finishedAt = finishedAt
        self.counts = counts
        self.workers = workers
        self.extent = extent
        self.isArchived = isArchived
        self.seal = seal
    }
}
