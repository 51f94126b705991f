/// One attempt of a task, with its receipt once it has ended.
public struct AttemptRecord: Sendable, Equatable {
    /// How far it is.
    public enum Phase: String, Sendable, Hashable {
        /// It is about to be started.
        case leased
        /// The host says that it runs.
        case running
        /// It has ended.
        case finished
    }

    /// Its number in its task, from 1.
    public let number: Int
    /// Who carries it.
    public let worker: WorkerID
    /// What makes it unique, part of its key on the host; empty where the record of its lease was lost.
    public let nonce: String
    /// Which life of the host it was leased in, where that was known: its kernel's boot id.
    public let hostBoot: String?
    /// How far it is.
    public internal(set) var phase: Phase = .leased
    /// How it ended.
    public internal(set) var outcome: Outcome?
    /// When it was leased, by the manager's clock.
    public let leasedAt: Timestamp
    /// When it started, by the host's clock.
    public internal(set) var startedAt: Timestamp?
    /// When it ended, by the host's clock where that is known.
    public internal(set) var finishedAt: Timestamp?
    /// The process on the host.
    public internal(set) var pid: Int?
    /// How its program ended; nil where there is no record of it.
    public internal(set) var exit: ExitStatus?
    /// Why it did not pass.
    public internal(set) var failure: Failure?
    /// What it used.
    public internal(set) var usage: Usage?
    /// Its log.
    public internal(set) var log: LogSummary?
    /// The files that it left as its result.
    public internal(set) var artifacts: [ArtifactRecord] = []
    /// How many processes it left, which were ended.
    public internal(set) var leftBehind = 0
    /// Whether it counts by the retry policy.
    public internal(set) var isTry = true
    /// What was found of it when its host was heard of again, after it had been given up; it counts for nothing.
    public internal(set) var lateEnd: LateEnd?

    /// What became of an attempt after it was given up.
    public struct LateEnd: Sendable, Equatable {
        /// What the host found.
        public let result: EndResult
        /// How its program ended; nil where that is not known.
        public let exit: ExitStatus?
    }

    init(_ event: Event.TaskLeased, at time: Timestamp) {
        number = event.attempt
        worker = event.worker
        nonce = event.nonce
        hostBoot = event.hostBoot
        leasedAt = time
    }

    /// Whether it takes a slot of its worker.
    public var isOpen: Bool { phase != .finished }
}
