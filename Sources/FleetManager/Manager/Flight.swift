import FleetCore
import FleetWire

/// An attempt of a run that is not over, as its manager sees it.
struct Flight {
    /// What is known of it.
    enum Phase {
        /// Its start was sent and is not answered.
        case starting
        /// The answer to its start was lost, or an earlier manager's was: the host is asked.
        case unsure
        /// The host has said that it runs.
        case running
        /// The host knows nothing of it, and is told that it is given up.
        case claiming
        /// It has ended, and its receipt is being put together.
        case closing
        /// Its end is on the way into the ledger.
        case over
    }

    /// The task's place in the run.
    let task: Int
    /// Who carries it.
    let worker: WorkerID
    /// What is known of it.
    var phase: Phase
    /// Whether its start is in the ledger, or on the way there.
    var isStarted = false
    /// Whether an earlier manager started it.
    var isAdopted = false
    /// Since when the host could not be asked about it.
    var silentSince: Timestamp?
    /// What the host said of its end, where what it left could not be had yet.
    var exit: AttemptReport?
    /// When its end was first heard of.
    var exitAt: Timestamp?
    /// How often what it left could not be had since.
    var closingFailures = 0
    /// Ends that wait until the host is known to know it.
    var wantedEnds: [WantedEnd] = []
    /// The last end that the host was asked for.
    var askedEnd: FleetWire.EndMode?

    /// Whether the host is to be asked what became of it.
    var isOpenQuestion: Bool { phase == .unsure || phase == .running }
}

/// An end that is to be asked for.
struct WantedEnd {
    /// How.
    let mode: FleetWire.EndMode
    /// The request of the ledger that wants it.
    let requestID: String
}

/// An end that was asked for and is not answered.
struct EndCall: Hashable {
    /// The attempt.
    let key: AttemptKey
    /// The request of the ledger that wants it.
    let requestID: String
}

extension AttemptKey {
    /// The key of a lease.
    init(_ lease: Event.TaskLeased) {
        self.init(
            run: lease.run.rawValue,
            task: lease.task.rawValue,
            attempt: UInt32(clamping: lease.attempt),
            nonce: lease.nonce
        )
    }

    /// The key of an attempt that the ledger knows.
    init(run: RunID, task: TaskID, attempt: AttemptRecord) {
        self.init(
            run: run.rawValue,
            task: task.rawValue,
            attempt: UInt32(clamping: attempt.number),
            nonce: attempt.nonce
        )
    }
}
