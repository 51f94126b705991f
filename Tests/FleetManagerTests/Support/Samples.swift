import FleetCore
import FleetWire

extension TaskSpec {
    /// A command.
    static func sample(
        _ id: String,
        priority: Int = 0,
        requires: Set<String> = [],
        after: [String] = [],
        retry: RetryPolicy = RetryPolicy(maxAttempts: 1)
    ) -> TaskSpec {
        var task = TaskSpec(id: TaskID(unchecked: id), work: .command(["true"]))
        task.priority = priority
        task.requires = requires
        task.dependsOn = after.map { TaskID(unchecked: $0) }
        task.retryPolicy = retry
        return task
    }
}

extension [TaskSpec] {
    /// So many commands.
    static func samples(
        _ count: Int,
        _ prefix: String = "t",
        retry: RetryPolicy = RetryPolicy(maxAttempts: 1)
    ) -> [TaskSpec] {
        (0..<count).map { .sample("\(prefix)\($0)", retry: retry) }
    }
}

extension RetryPolicy {
    /// At once, for every class of failure.
    static func atOnce(_ maxAttempts: Int, on classes: Set<FailureClass> = Set(FailureClass.allCases)) -> RetryPolicy {
        RetryPolicy(maxAttempts: maxAttempts, initialBackoff: 0, maxBackoff: 0, multiplier: 1, on: classes)
    }
}

extension WorkerSpec {
    static func sample(_ id: String, slots: Int = 1, capabilities: Set<String> = []) -> WorkerSpec {
        WorkerSpec(
            id: WorkerID(unchecked: id),
            host: .local(LocalHostSpec()),
            capabilities: capabilities,
            maxConcurrentTasks: slots
        )
    }
}

extension WorkerSpec {
    /// A worker of a host that is reached through SSH.
    static func remote(_ id: String, host: String? = nil, slots: Int = 1, capabilities: Set<String> = []) -> WorkerSpec
    {
        var spec = SSHHostSpec(host: host ?? id, workingDirectory: "/work", codewhaleBinary: "/opt/codewhale")
        spec.connectTimeoutSeconds = 1
        return WorkerSpec(
            id: WorkerID(unchecked: id),
            host: .ssh(spec),
            capabilities: capabilities,
            maxConcurrentTasks: slots
        )
    }
}

extension RunState {
    /// A task by its name.
    subscript(_ task: String) -> TaskState? { self.task(TaskID(unchecked: task)) }
}
