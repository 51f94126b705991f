extension Event {
    /// The host says that an attempt runs.
    public struct AttemptStarted: Sendable, Equatable {
        /// The run.
        public var run: RunID
        /// The task.
        public var task: TaskID
        /// The number of the attempt.
        public var attempt: Int
        /// Who carries it.
        public var worker: WorkerID
        /// The process on the host.
        public var pid: Int
        /// When it started, by the host's clock.
        public var startedAt: Timestamp

        /// An event of these fields.
        public init(
            run: RunID,
            task: TaskID,
            attempt: Int,
            worker: WorkerID,
            pid: Int,
            startedAt: Timestamp
        ) {
            self.run = run
            self.task = task
            self.attempt = attempt
            self.worker = worker
            self.pid = pid
            self.startedAt = startedAt
        }
    }

    /// An attempt's end and its receipt.
    public struct AttemptFinished: Sendable, Equatable {
        /// The run.
        public var run: RunID
        /// The task.
        public var task: TaskID
        /// The number of the attempt.
        public var attempt: Int
        /// Who carried it.
        public var worker: WorkerID
        /// How it ended.
        public var outcome: Outcome
        /// How its program ended; nil where there is no record of it.
        public var exit: ExitStatus?
        /// Why it did not pass.
        public var failure: Failure?
        /// What it used.
        public var usage: Usage?
        /// Its log.
        public var log: LogSummary?
        /// The files that it left as its result.
        public var artifacts: [ArtifactRecord]
        /// When it started, by the host's clock.
        public var startedAt: Timestamp?
        /// When it ended, by the host's clock.
        public var finishedAt: Timestamp?
        /// How many processes it left, which were ended.
        public var leftBehind: Int
        /// The task is queued again, and not to be leased before; nil where this was its last attempt.
        public var retryAt: Timestamp?
        /// Whether it counts by the retry policy: not where nothing of it began, or its records were lost.
        public var isTry: Bool

        /// An event of these fields.
        public init(
            run: RunID,
            task: TaskID,
            attempt: Int,
            worker: WorkerID,
            outcome: Outcome,
            exit: ExitStatus? = nil,
            failure: Failure? = nil,
            usage: Usage? = nil,
            log: LogSummary? = nil,
            artifacts: [ArtifactRecord] = [],
            startedAt: Timestamp? = nil,
            finishedAt: Timestamp? = nil,
            leftBehind: Int = 0,
            retryAt: Timestamp? = nil,
            isTry: Bool = true
        ) {
            self.run = run
            self.task = task
            self.attempt = attempt
            self.worker = worker
            self.outcome = outcome
            self.exit = exit
            self.failure = failure
            self.usage = usage
            self.log = log
            self.artifacts = artifacts
            self.startedAt = startedAt
            self.finishedAt = finishedAt
            self.leftBehind = leftBehind
            self.retryAt = retryAt
            self.isTry = isTry
        }
    }
}
