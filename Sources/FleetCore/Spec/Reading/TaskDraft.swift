/// A task while it is read: what was given, over what the run's defaults give.
struct TaskDraft {
    var name: String?
    var work: TaskWork?
    var description: String?
    var objective: String?
    var context: String?
    var environment: [String: String] = [:]
    var requires: [String] = []
    var dependsOn: [String] = []
    var matrix: [MatrixAxis] = []
    var priority: Int?
    var tags: [String] = []
    var labels: [String: String] = [:]
    var timeoutSeconds: Double?
    var budgetSeconds: Double?
    var retry = RetryDraft()
    var expectedArtifacts: [ExpectedArtifact] = []
    var logLimitBytes: Int?
    var inputFiles: [String] = []
    var scorer: Scorer?
    var alertPolicy: AlertPolicy?

    /// The task of an id.
    func task(id: String, work: TaskWork) -> TaskSpec {
        var task = TaskSpec(id: TaskID(unchecked: id), name: name, work: work)
        task.description = description
        task.objective = objective
        task.context = context
        task.environment = environment
        task.requires = Set(requires)
        task.dependsOn = dependsOn.map { TaskID(unchecked: $0) }
        task.priority = priority ?? 0
        task.tags = tags
        task.labels = labels
        task.timeoutSeconds = timeoutSeconds
        task.budgetSeconds = budgetSeconds
        task.retryPolicy = retry.policy
        task.expectedArtifacts = expectedArtifacts
        task.logLimitBytes = logLimitBytes ?? TaskSpec.defaultLogLimitBytes
        task.inputFiles = inputFiles
        task.scorer = scorer
        task.alertPolicy = alertPolicy
        return task
    }
}

/// The parts of a retry policy that were given.
struct RetryDraft {
    var maxAttempts: Int?
    var initialBackoff: Double?
    var maxBackoff: Double?
    var multiplier: Double?
    var on: Set<FailureClass>?

    /// The policy: who writes the number of attempts out wants a failed task tried again, too.
    var policy: RetryPolicy {
        var policy = RetryPolicy()
        if let maxAttempts {
            policy.maxAttempts = maxAttempts
            policy.on.insert(.task)
        }
        // The bound that is not given yields to the one that is.
        policy.initialBackoff = initialBackoff ?? min(policy.initialBackoff, maxBackoff ?? policy.initialBackoff)
        policy.maxBackoff = maxBackoff ?? max(policy.maxBackoff, policy.initialBackoff)
        policy.multiplier = multiplier ?? policy.multiplier
        policy.on = on ?? policy.on
        return policy
    }

    mutating func read(_ object: ObjectReader) {
        maxAttempts = object.integer("max_attempts", in: SpecBounds.attempts) ?? maxAttempts
        initialBackoff = object.number("initial_backoff_seconds", in: SpecBounds.backoff) ?? initialBackoff
        maxBackoff = object.number("max_backoff_seconds", in: SpecBounds.backoff) ?? maxBackoff
        multiplier = object.number("backoff_multiplier", in: SpecBounds.multiplier, unit: "") ?? multiplier
        let names = FailureClass.allCases.map(\.rawValue)
        let classes = object.strings("on", of: "failure classes") { name in
            guard FailureClass(rawValue: name) == nil else { return nil }
            return TextProblem(
                expected: "a failure class: \(names.joined(separator: ", "))",
                hint: object.faults.didYouMean(name, among: names)
            )
        }
        if let classes { on = Set(classes.compactMap(FailureClass.init(rawValue:))) }
        if let initialBackoff, let maxBackoff, initialBackoff > maxBackoff {
            object.report(
                "max_backoff_seconds",
                object["max_backoff_seconds"],
                found: maxBackoff.plainText,
                expected: "at least initial_backoff_seconds, \(initialBackoff.plainText)"
            )
        }
    }
}

/// What numbers and texts of a spec may be.
package enum SpecBounds {
    /// Tasks of a run, its matrices expanded.
    package static let tasks = 100_000
    /// Workers of a run.
    package static let workers = 10_000
    /// Dependencies in all, those on every task of a matrix counted each.
    package static let dependencies = 1_000_000
    /// Bytes of a text that travels as an argument.
    package static let argumentBytes = 96 << 10
    /// Bytes of all arguments and variables of a task, with what each takes beside its text in the frame of 1 MiB by
    /// which they travel; the rest of it is for what does not come from the spec.
    package static let allArgumentBytes = 768 << 10
    /// Bytes of all texts of a run, its matrices expanded.
    package static let expandedBytes = 256 << 20
    /// Seconds that something may take: up to ten years.
    static let duration = 0.001...315_360_000.0
    static let backoff = 0...315_360_000.0
    static let multiplier = 1...1_000.0
    static let connectTimeout = 0.1...3_600.0
    static let attempts = 1...1_000
    static let priority = -1_000_000_000...1_000_000_000
    static let slots = 1...10_000
    static let logBytes = 4_096...(1 << 40)
    static let port = 1...65_535
}
