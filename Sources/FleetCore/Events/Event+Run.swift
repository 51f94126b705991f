/// How the tasks of an ended run ended.
public struct Tally: Sendable, Hashable {
    /// How many there are.
    public var total: Int
    /// How many passed.
    public var passed: Int
    /// How many failed.
    public var failed: Int
    /// How many were stopped, or never run.
    public var cancelled: Int
    /// How many were interrupted.
    public var interrupted: Int

    /// So many of each.
    public init(total: Int, passed: Int, failed: Int = 0, cancelled: Int = 0, interrupted: Int = 0) {
        self.total = total
        self.passed = passed
        self.failed = failed
        self.cancelled = cancelled
        self.interrupted = interrupted
    }
}

extension Event {
    /// A run was accepted.
    public struct RunCreated: Sendable, Equatable {
        /// The run.
        public var run: RunID
        /// Its name.
        public var name: String
        /// Its labels.
        public var labels: [String: String]
        /// The SHA-256 of its spec as stored, in hex.
        public var specDigest: String
        /// How many tasks it has.
        public var taskCount: Int
        /// How many automatic local workers it may have; nil where it names its workers.
        public var maxWorkers: Int?
        /// Its workers.
        public var workers: [WorkerSummary]
        /// Whether what waits is cancelled as soon as a task has failed.
        public var failFast: Bool

        /// An event of these fields.
        public init(
            run: RunID,
            name: String,
            labels: [String: String] = [:],
            specDigest: String,
            taskCount: Int,
            maxWorkers: Int? = nil,
            workers: [WorkerSummary] = [],
            failFast: Bool = false
        ) {
            self.run = run
            self.name = name
            self.labels = labels
            self.specDigest = specDigest
            self.taskCount = taskCount
            self.maxWorkers = maxWorkers
            self.workers = workers
            self.failFast = failFast
        }
    }

    /// A process drives the run from here on.
    public struct ManagerStarted: Sendable, Equatable {
        /// The run.
        public var run: RunID
        /// The process.
        public var pid: Int
        /// What was accepted, once more, as the record of that may be damaged; nil in ledgers of older versions.
        public var created: RunCreated?

        /// An event of these fields.
        public init(
            run: RunID,
            pid: Int,
            created: RunCreated? = nil
        ) {
            self.run = run
            self.pid = pid
            self.created = created
        }
    }

    /// Nothing of the run is left to do.
    public struct RunFinished: Sendable, Equatable {
        /// The run.
        public var run: RunID
        /// How it ended.
        public var status: RunStatus
        /// How its tasks ended.
        public var tasks: Tally
        /// How long it took.
        public var seconds: Double

        /// An event of these fields.
        public init(
            run: RunID,
            status: RunStatus,
            tasks: Tally,
            seconds: Double
        ) {
            self.run = run
            self.status = status
            self.tasks = tasks
            self.seconds = seconds
        }
    }

    /// An ended run goes on.
    public struct RunReopened: Sendable, Equatable {
        /// The run.
        public var run: RunID

        /// An event of these fields.
        public init(
            run: RunID
        ) {
            self.run = run
        }
    }
}
