/// All runs of a workspace, as the fold of its ledger; pure, with no clock and no input of its own.
public struct WorkspaceState: Sendable, Equatable {
    /// A run, in full while it lives, in short once it has ended.
    public enum Run: Sendable, Equatable {
        /// It goes on.
        case live(RunState)
        /// It has ended.
        case ended(RunSummary)
    }

    /// One run's place; the state is changed where it stands, so that nothing is copied.
    struct Entry: Sendable, Equatable {
        let id: RunID
        var live: RunState?
        var ended: RunSummary?
    }

    var entries: [Entry] = []
    var index: [RunID: Int] = [:]
    var liveIndices: [Int] = []
    var openCounts: [WorkerID: Int] = [:]
    /// The entry of the last record, which most often is that of the next.
    var latest = 0
    /// How many records the runs had that ended: what a replay need not read again once they are in short.
    package internal(set) var endedRecords = 0

    /// Whether this version may drive runs here: not where a newer one left a record that says so.
    public package(set) var mayDrive = true

    /// The state of an empty ledger.
    public init() {}

    /// Whether two states tell the same of all runs.
    public static func == (left: Self, right: Self) -> Bool {
        left.entries == right.entries && left.index == right.index && left.liveIndices == right.liveIndices
            && left.openCounts == right.openCounts && left.mayDrive == right.mayDrive
    }
}
