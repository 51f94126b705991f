/// Which attempts of a run are to be ended.
public enum EndScope: Sendable, Hashable {
    /// All of the run, and its queued tasks with them.
    case run
    /// Those that a worker carries.
    case worker(WorkerID)
    /// Those of one task.
    case task(TaskID)
}

/// How attempts are ended, and what becomes of their tasks.
public enum EndMode: String, Sendable, Hashable, CaseIterable {
    /// INT first; the task ends `interrupted`.
    case interrupt
    /// TERM first; the task ends `cancelled`.
    case stop
    /// TERM first, where it runs; the task is leased again.
    case restart
}

/// What the host found when an attempt was to be ended.
public enum EndResult: String, Sendable, Hashable, CaseIterable {
    /// Everything of it is ended, verified.
    case stopped
    /// It had ended before.
    case alreadyExited = "already_exited"
    /// Something of it could not be ended.
    case survivors
    /// The host cannot be asked; it is carried out at next contact.
    case unreachable
}

extension Event {
    /// Somebody wants attempts ended.
    public struct EndRequested: Sendable, Equatable {
        /// The run.
        public var run: RunID
        /// Which attempts.
        public var scope: EndScope
        /// How, and what is to become of the tasks.
        public var mode: EndMode
        /// Names the request, so that its answers are told from others.
        public var requestID: String

        /// An event of these fields.
        public init(
            run: RunID,
            scope: EndScope,
            mode: EndMode,
            requestID: String
        ) {
            self.run = run
            self.scope = scope
            self.mode = mode
            self.requestID = requestID
        }
    }

    /// What became of an attempt that was to be ended.
    public struct EndConfirmed: Sendable, Equatable {
        /// The run.
        public var run: RunID
        /// The task.
        public var task: TaskID
        /// The number of the attempt.
        public var attempt: Int
        /// The request; nil where the manager itself wanted the end.
        public var requestID: String?
        /// What the host found.
        public var result: EndResult
        /// The processes that could not be ended, the first of them.
        public private(set) var survivors: [Int]
        /// How many these are.
        public private(set) var survivorCount: Int
        /// How the program of an attempt that was given up ended after all: recorded, not applied.
        public var exit: ExitStatus?

        /// An event of these fields.
        public init(
            run: RunID,
            task: TaskID,
            attempt: Int,
            requestID: String? = nil,
            result: EndResult,
            survivors: [Int] = [],
            exit: ExitStatus? = nil
        ) {
            self.run = run
            self.task = task
            self.attempt = attempt
            self.requestID = requestID
            self.result = result
            self.survivors = Array(survivors.prefix(Self.survivorLimit))
            survivorCount = survivors.count
            self.exit = exit
        }

        /// How many survivors are named at most: a host may tell of any number.
        public static let survivorLimit = 32

        /// Sets the processes that could not be ended.
        ///
        /// - Parameters:
        ///   - survivors: those that are known by their numbers.
        ///   - count: how many there are, where that is more.
        public mutating func set(survivors: [Int], of count: Int = 0) {
            self.survivors = Array(survivors.prefix(Self.survivorLimit))
            survivorCount = max(count, survivors.count)
        }
    }
}
