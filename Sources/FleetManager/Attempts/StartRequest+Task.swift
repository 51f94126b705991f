import FleetCore
import FleetLedger
import FleetWire

extension StartRequest {
    /// The start of an attempt of a task on a worker.
    ///
    /// - Parameters:
    ///   - key: the attempt.
    ///   - task: what is to be done.
    ///   - worker: who does it.
    ///   - exec: the run's template of the worker program's arguments, for workers without one.
    ///   - usedSeconds: what earlier attempts took of the task's budget.
    ///   - context: where the files are, and the worker program.
    init(
        key: AttemptKey,
        task: TaskSpec,
        worker: WorkerSpec,
        exec: [String]?,
        usedSeconds: Double,
        context: ManagerContext
    ) {
        let directory: String
        switch worker.host {
        case .local(let host): directory = host.workingDirectory ?? context.workspace.root
        case .ssh(let host): directory = host.workingDirectory
        }
        self.init(
            key: key,
            arguments: worker.arguments(for: task, exec: exec, workerProgram: context.workerProgram),
            workingDirectory: directory
        )
        var variables = task.environment
        variables["CODEWHALE_RUN_ID"] = key.run
        variables["CODEWHALE_TASK_ID"] = key.task
        variables["CODEWHALE_WORKER_ID"] = worker.id.rawValue
        variables["CODEWHALE_ATTEMPT"] = String(key.attempt)
        environment = variables.sorted { $0.key < $1.key }.map { WireVariable(name: $0.key, value: $0.value) }
        if let limit = task.limitSeconds(used: usedSeconds) {
            timeout = UInt64(max(1, (limit * 1_000).rounded(.up)))
        }
        (logLimit, logHead) = task.logLimits
        wantsLogDigest = task.wantsLogDigest
        switch worker.host {
        case .local(let host):
            forward(host.environmentAllowlist + LocalEnvironment.agentNames, path: host.path, context)
            let (run, taskID) = (RunID(unchecked: key.run), TaskID(unchecked: key.task))
            logPath = context.workspace.log(run, taskID, attempt: Int(key.attempt))
            artifactsDirectory = context.workspace.artifacts(run, taskID, attempt: Int(key.attempt))
        case .ssh(let host):
            // Log and artifacts lie beside the host's record, and are copied here.
            forward(host.environmentAllowlist, path: host.path, context)
        }
    }

    /// Names what the control channel carries and the attempt may see, and what stands before its `PATH`.
    private mutating func forward(_ names: [String], path: [String], _ context: ManagerContext) {
        forwardedNames = names.filter { context.environment[$0] != nil }
        pathPrefix = path.isEmpty ? nil : path.joined(separator: ":")
    }
}

extension TaskSpec {
    /// How many seconds an attempt may take: its own limit, or what is left of the budget; nil for any number.
    func limitSeconds(used: Double) -> Double? {
        let left = budgetSeconds.map { max(0.001, $0 - used) }
        return [timeoutSeconds, left].compactMap(\.self).min()
    }
}

extension WorkerSpec {
    /// The program that gets instructions; `local` where a local worker names none.
    private func program(_ local: String) -> String {
        switch host {
        case .local(let host): host.codewhaleBinary ?? local
        case .ssh(let host): host.codewhaleBinary
        }
    }

    /// What is run for a task: its command, or the worker program with its prompt.
    func arguments(for task: TaskSpec, exec runExec: [String]?, workerProgram: String) -> [String] {
        switch task.work {
        case .command(let arguments): return arguments
        case .shell(let text): return ["/bin/sh", "-c", text]
        case .instructions(let instructions):
            let prompt = task.prompt ?? instructions
            if let exec = exec ?? runExec {
                return exec.map { $0.replacingOccurrences(of: "{instructions}", with: prompt) }
            }
            return [program(workerProgram), "exec", "--output-format", "stream-json", "--", prompt]
        }
    }
}

extension String {
    /// The text with every occurrence of `target` replaced, in one pass over the text.
    func replacingOccurrences(of target: String, with replacement: String) -> String {
        split(separator: target, omittingEmptySubsequences: false).joined(separator: replacement)
    }
}

/// Which variables of this process reach tasks on this machine.
enum LocalEnvironment {
    /// What every task finds, where it is set here.
    static let baseNames = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR"]
    /// What `codewhale exec` needs to find its agent; none of them is secret.
    static let agentNames = ["CODEWHALE_AGENT", "XDG_CONFIG_HOME"]

    /// The variables of a control channel: the base, the agent's, and those of an allowlist.
    static func values(allowlist: [String], from environment: [String: String]) -> [String: String] {
        environment.filter { baseNames.contains($0.key) || agentNames.contains($0.key) || allowlist.contains($0.key) }
    }
}
