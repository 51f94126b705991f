/// What happened, as the ledger records it: one case per record type.
///
/// The state of a workspace is the fold of its events, in the order of their sequence numbers.
public enum Event: Sendable, Equatable {
    /// `run_created`: a run was accepted.
    case runCreated(RunCreated)
    /// `task_enqueued`: one task of it; one such event per task, in the order of the file.
    case taskEnqueued(TaskEnqueued)
    /// `manager_started`: a process drives the run from here on.
    case managerStarted(ManagerStarted)
    /// `task_leased`: an attempt is about to be started on a worker; durable before it is.
    case taskLeased(TaskLeased)
    /// `attempt_started`: the host says that it runs.
    case attemptStarted(AttemptStarted)
    /// `attempt_finished`: the attempt's end and its receipt.
    case attemptFinished(AttemptFinished)
    /// `task_cancelled`: a task without an open attempt will not be run.
    case taskCancelled(TaskCancelled)
    /// `task_requeued`: the ended or running task is to be leased again.
    case taskRequeued(TaskRequeued)
    /// `end_requested`: somebody wants attempts ended; who drives the run carries it out.
    case endRequested(EndRequested)
    /// `end_confirmed`: what became of an attempt that was to be ended.
    case endConfirmed(EndConfirmed)
    /// `run_finished`: nothing of the run is left to do.
    case runFinished(RunFinished)
    /// `run_reopened`: an ended run goes on, as a task of it is to be leased again.
    case runReopened(RunReopened)
    /// A record of a type that this version does not know; kept as it is, and skipped.
    case unknown(UnknownEvent)
}

/// An event with its place in the ledger.
public struct LedgerRecord: Sendable, Equatable {
    /// Its number: one more than that of the record before.
    public var seq: Int64
    /// When it was written, by the writer's clock.
    public var time: Timestamp
    /// What happened.
    public var event: Event
    /// Where its line begins in the ledger, in bytes.
    public var offset: Int64
    /// How many bytes its line has, with the newline.
    public var length: Int

    /// An event at a place.
    public init(seq: Int64, time: Timestamp, event: Event, offset: Int64 = 0, length: Int = 0) {
        self.seq = seq
        self.time = time
        self.event = event
        self.offset = offset
        self.length = length
    }
}

extension Event {
    /// The run it belongs to; nil for an unknown event that names none.
    public var run: RunID? {
        switch self {
        case .runCreated(let event): event.run
        case .taskEnqueued(let event): event.run
        case .managerStarted(let event): event.run
        case .taskLeased(let event): event.run
        case .attemptStarted(let event): event.run
        case .attemptFinished(let event): event.run
        case .taskCancelled(let event): event.run
        case .taskRequeued(let event): event.run
        case .endRequested(let event): event.run
        case .endConfirmed(let event): event.run
        case .runFinished(let event): event.run
        case .runReopened(let event): event.run
        case .unknown(let event): event.run
        }
    }

    /// The task it belongs to, where it is about one.
    public var task: TaskID? {
        switch self {
        case .taskEnqueued(let event): event.task
        case .taskLeased(let event): event.task
        case .attemptStarted(let event): event.task
        case .attemptFinished(let event): event.task
        case .taskCancelled(let event): event.task
        case .taskRequeued(let event): event.task
        case .endConfirmed(let event): event.task
        case .endRequested(let event):
            if case .task(let task) = event.scope { task } else { nil }
        case .runCreated, .managerStarted, .runFinished, .runReopened, .unknown: nil
        }
    }

    /// The name of its record type.
    public var type: String {
        switch self {
        case .runCreated: "run_created"
        case .taskEnqueued: "task_enqueued"
        case .managerStarted: "manager_started"
        case .taskLeased: "task_leased"
        case .attemptStarted: "attempt_started"
        case .attemptFinished: "attempt_finished"
        case .taskCancelled: "task_cancelled"
        case .taskRequeued: "task_requeued"
        case .endRequested: "end_requested"
        case .endConfirmed: "end_confirmed"
        case .runFinished: "run_finished"
        case .runReopened: "run_reopened"
        case .unknown(let event): event.type
        }
    }
}
