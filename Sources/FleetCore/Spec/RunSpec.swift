/// A run as its spec describes it: checked, with defaults filled in and every matrix expanded.
public struct RunSpec: Sendable, Equatable {
    /// What people call it.
    public var name: String
    /// Marks to find it by.
    public var labels: [String: String]
    /// Its tasks, in the file's order.
    public var tasks: [TaskSpec]
    /// Its workers; empty for local ones made as they are needed.
    public var workers: [WorkerSpec]
    /// The worker program's argument list, with `{instructions}` in it, for workers that name none; nil for the host's own.
    public var exec: [String]?
    /// After how many seconds of silence of a host an attempt on it is given up.
    public var lostAfter: Double
    /// What a host does with running attempts when it hears of no manager.
    public var onManagerLoss: ManagerLossPolicy

    /// The default of `lostAfter`, in seconds.
    public static let defaultLostAfter: Double = 300

    /// A run of its parts; nothing is checked here.
    public init(
        name: String,
        labels: [String: String] = [:],
        tasks: [TaskSpec],
        workers: [WorkerSpec] = [],
        exec: [String]? = nil,
        lostAfter: Double = Self.defaultLostAfter,
        onManagerLoss: ManagerLossPolicy = .finish
    ) {
        self.name = name
        self.labels = labels
        self.tasks = tasks
        self.workers = workers
        self.exec = exec
        self.lostAfter = lostAfter
        self.onManagerLoss = onManagerLoss
    }
}

/// What a host does with running attempts when it hears of no manager.
public enum ManagerLossPolicy: Sendable, Equatable {
    /// They go on to their end.
    case finish
    /// They are stopped after so many seconds without a manager.
    case stopAfter(seconds: Double)
}
