/// One task of a run, as far as the ledger tells.
public struct TaskState: Sendable, Equatable {
    /// The task.
    public let id: TaskID
    /// Where it stands.
    public internal(set) var status: TaskStatus = .queued
    /// Its attempts, oldest first; their numbers rise, but need not be without gaps.
    public internal(set) var attempts: [AttemptRecord] = []
    /// Queued, and not to be leased before.
    public internal(set) var retryAt: Timestamp?
    /// Queued again by a restart as soon as its open attempt has ended, however that ends.
    public internal(set) var isRestarting = false
    /// Why it was cancelled without an attempt.
    public internal(set) var cancellation: Failure?

    init(id: TaskID) { self.id = id }

    /// The attempt that is leased or runs.
    public var openAttempt: AttemptRecord? {
        guard let last = attempts.last, last.isOpen else { return nil }
        return last
    }

    /// The number for the next attempt.
    public var nextAttempt: Int { (attempts.last?.number ?? 0) + 1 }

    /// How many of its attempts count by the retry policy.
    public var tries: Int { attempts.count { $0.isTry } }

    /// Why it did not pass: of its cancellation, else of its last attempt.
    public var failure: Failure? { cancellation ?? attempts.last?.failure }
}
