extension Event {
    /// One task of a run, in the order of the file.
    public struct TaskEnqueued: Sendable, Equatable {
        /// The run.
        public var run: RunID
        /// The task.
        public var task: TaskID

        /// An event of these fields.
        public init(
            run: RunID,
            task: TaskID
        ) {
            self.run = run
            self.task = task
        }
    }

    /// An attempt is about to be started on a worker.
    public struct TaskLeased: Sendable, Equatable {
        /// The run.
        public var run: RunID
        /// The task.
        public var task: TaskID
        /// The number of the attempt, from 1.
        public var attempt: Int
        /// Who is to carry it.
        public var worker: WorkerID
        /// What makes the attempt unique; part of its key on the host.
        public var nonce: String
        /// Which life of the host it was leased in, where that was known: its kernel's boot id.
        public var hostBoot: String?

        /// An event of these fields.
        public init(
            run: RunID,
            task: TaskID,
            attempt: Int,
            worker: WorkerID,
            nonce: String,
            hostBoot: String? = nil
        ) {
            self.run = run
            self.task = task
            self.attempt = attempt
            self.worker = worker
            self.nonce = nonce
            self.hostBoot = hostBoot
        }
    }

    /// A task that has no open attempt will not be run.
    public struct TaskCancelled: Sendable, Equatable {
        /// The run.
        public var run: RunID
        /// The task.
        public var task: TaskID
        /// Why, in a sentence.
        public var reason: String
        /// Why, as a class.
        public var `class`: FailureClass

        /// An event of these fields.
        public init(
            run: RunID,
            task: TaskID,
            reason: String,
            class: FailureClass
        ) {
            self.run = run
            self.task = task
            self.reason = reason
            self.class = `class`
        }
    }

    /// The ended or running task is to be leased again.
    public struct TaskRequeued: Sendable, Equatable {
        /// The run.
        public var run: RunID
        /// The task.
        public var task: TaskID
        /// Why, in a sentence.
        public var reason: String

        /// An event of these fields.
        public init(
            run: RunID,
            task: TaskID,
            reason: String
        ) {
            self.run = run
            self.task = task
            self.reason = reason
        }
    }
}
