/// A task as its run's spec describes it.
public struct TaskSpec: Sendable, Equatable {
    /// Names it in its run.
    public var id: TaskID
    /// What people call it; the id where the spec gives none.
    public var name: String
    /// What is to be done.
    public var work: TaskWork
    /// What it is about, for people.
    public var description: String?
    /// What it is to reach; part of the prompt.
    public var objective: String?
    /// What is to be known for it; part of the prompt.
    public var context: String?
    /// Variables of its environment; never secret ones.
    public var environment: [String: String] = [:]
    /// Capabilities that its worker must have.
    public var requires: Set<String> = []
    /// Tasks that must have passed before, in the file's order.
    public var dependsOn: [TaskID] = []
    /// The greater, the earlier it is leased.
    public var priority = 0
    /// Marks without a value.
    public var tags: [String] = []
    /// Marks with a value.
    public var labels: [String: String] = [:]
    /// How many seconds one attempt may take.
    public var timeoutSeconds: Double?
    /// How many seconds all its attempts may take together.
    public var budgetSeconds: Double?
    /// When it is tried again.
    public var retryPolicy = RetryPolicy()
    /// What each attempt is to leave.
    public var expectedArtifacts: [ExpectedArtifact] = []
    /// How many bytes of an attempt's log are kept.
    public var logLimitBytes = Self.defaultLogLimitBytes
    /// Files that are brought to the host first, as paths or globs below the workspace.
    public var inputFiles: [String] = []
    /// What judges the result in place of the exit code.
    public var scorer: Scorer?
    /// Who is told of what.
    public var alertPolicy: AlertPolicy?

    /// The default of `logLimitBytes`: 8 MiB.
    public static let defaultLogLimitBytes = 8 << 20

    /// A task with the defaults; nothing is checked here.
    public init(id: TaskID, name: String? = nil, work: TaskWork) {
        self.id = id
        self.name = name ?? id.rawValue
        self.work = work
    }

    /// What a worker program is told: the instructions with objective and context, or nil for a command.
    public var prompt: String? {
        guard case .instructions(let instructions) = work else { return nil }
        var parts: [String] = []
        if let objective { parts.append("Objective: \(objective)") }
        if let context { parts.append("Context: \(context)") }
        parts.append(instructions)
        return parts.joined(separator: "\n\n")
    }
}

/// What a task does.
public enum TaskWork: Sendable, Equatable {
    /// A program and its arguments, run as they are.
    case command([String])
    /// A text for `/bin/sh -c`.
    case shell(String)
    /// A text for the worker program.
    case instructions(String)
}

/// Something an attempt is to leave.
public struct ExpectedArtifact: Sendable, Hashable {
    /// What it is; `log` is the attempt's log.
    public var kind: String
    /// A path or glob, relative to the working directory; nil for what the kind says by itself.
    public var path: String?

    /// An artifact of its parts.
    public init(kind: String, path: String? = nil) {
        self.kind = kind
        self.path = path
    }

    /// The attempt's log.
    public static let log = Self(kind: "log")
}
