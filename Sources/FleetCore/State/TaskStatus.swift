/// Where a task stands.
public enum TaskStatus: String, Sendable, Hashable, CaseIterable {
    /// It waits for a worker, or for its time.
    case queued
    /// An attempt is about to be started.
    case leased
    /// An attempt runs.
    case running
    /// Its last attempt passed.
    case passed
    /// Its last attempt failed and is not to be repeated.
    case failed
    /// It was stopped, or will not be run.
    case cancelled
    /// It was interrupted.
    case interrupted

    /// Whether nothing more happens to it by itself.
    public var isTerminal: Bool {
        switch self {
        case .queued, .leased, .running: false
        case .passed, .failed, .cancelled, .interrupted: true
        }
    }
}

/// How many tasks stand where.
public struct TaskCounts: Sendable, Hashable {
    /// Waiting.
    public var queued = 0
    /// About to be started.
    public var leased = 0
    /// Running.
    public var running = 0
    /// Passed.
    public var passed = 0
    /// Failed.
    public var failed = 0
    /// Stopped, or never run.
    public var cancelled = 0
    /// Interrupted.
    public var interrupted = 0

    /// None of any.
    public init() {}

    /// All of them.
    public var total: Int { queued + leased + running + ended }
    /// Those to which nothing more happens by itself.
    public var ended: Int { passed + failed + cancelled + interrupted }
    /// Those with an open attempt.
    public var open: Int { leased + running }

    /// How many stand at `status`.
    public subscript(status: TaskStatus) -> Int {
        get {
            switch status {
            case .queued: queued
            case .leased: leased
            case .running: running
            case .passed: passed
            case .failed: failed
            case .cancelled: cancelled
            case .interrupted: interrupted
            }
        }
        set {
            switch status {
            case .queued: queued = newValue
            case .leased: leased = newValue
            case .running: running = newValue
            case .passed: passed = newValue
            case .failed: failed = newValue
            case .cancelled: cancelled = newValue
            case .interrupted: interrupted = newValue
            }
        }
    }

    /// The counts as they stand in `run_finished`.
    public var tally: Tally {
        Tally(total: total, passed: passed, failed: failed, cancelled: cancelled, interrupted: interrupted)
    }
}
