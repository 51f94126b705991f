/// A wish that attempts be ended, and how far it is carried out.
public struct EndRequest: Sendable, Equatable {
    /// An attempt that the request covers.
    public struct Target: Sendable, Equatable {
        /// The task.
        public let task: TaskID
        /// The number of the attempt.
        public let attempt: Int
        /// Who carries it.
        public let worker: WorkerID
        /// What the host found; nil until it was asked.
        public internal(set) var result: EndResult?
        /// The processes that could not be ended.
        public internal(set) var survivors: [Int] = []
        /// How many these are.
        public internal(set) var survivorCount = 0
        /// Whether the attempt's end is in the ledger.
        public internal(set) var isOver = false

        /// Whether nothing is left to do: what was unreachable is, until next contact.
        public var isSettled: Bool {
            switch result {
            case .stopped, .alreadyExited, .survivors: true
            case .unreachable, nil: isOver
            }
        }
    }

    /// The request's name.
    public let id: String
    /// Which attempts.
    public let scope: EndScope
    /// How.
    public let mode: EndMode
    /// When it was made, by the clock of who made it.
    public let requestedAt: Timestamp
    /// The number of its record.
    public let seq: Int64
    /// The attempts that were open in its scope when it was made.
    public internal(set) var targets: [Target]
    /// The tasks which a restart has yet to queue again, or which wait in the scope of an interrupt or a stop
    /// of a task and have yet to be ended.
    public internal(set) var waiting: [TaskID]

    /// Whether something of it is left to do.
    ///
    /// A request for the whole run is pending until the run ends.
    public var isPending: Bool {
        if scope == .run { return true }
        return !waiting.isEmpty || targets.contains { !$0.isSettled }
    }
}
