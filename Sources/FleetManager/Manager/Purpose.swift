package import FleetCore

/// What a manager is there for.
package enum Purpose: Sendable, Equatable {
    /// The run, to its end.
    case drive
    /// One task of it, to its end, and what others are wanted again meanwhile.
    case task(TaskID)
    /// To carry out what was asked to be ended, and no more: the run's own manager is gone.
    case settle
    /// To record what has ended since the run's own manager went, and no more.
    case collect

    /// Whether tasks may be leased.
    var leases: Bool {
        switch self {
        case .drive, .task: true
        case .settle, .collect: false
        }
    }

    /// Whether this task may be.
    func mayLease(_ task: TaskID) -> Bool {
        switch self {
        case .drive: true
        case .task(let only): task == only
        case .settle, .collect: false
        }
    }

    /// The task that is to be leased again, where that is what it is for.
    var restarts: TaskID? { if case .task(let task) = self { task } else { nil } }
}
