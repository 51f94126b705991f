import FleetCore
import FleetLedger
import FleetWire

/// Turns what a host says of an attempt that is over into its receipt.
struct Receipt {
    /// The task.
    let task: TaskSpec
    /// The attempt as the ledger knows it.
    let attempt: AttemptRecord
    /// What all attempts of the task took together, this one among them, in seconds.
    let usedSeconds: Double
    /// Whether the task may be tried again: not where its run is being stopped.
    let mayRetry: Bool
    /// The workspace, for the places of files.
    let workspace: Workspace

    /// The event that ends the attempt.
    func event(
        for closing: Closing,
        run: RunID,
        now: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> Event.AttemptFinished {
        let report = closing.report
        let artifacts = artifactRecords(closing, run: run)
        let (outcome, failure) = verdict(closing, artifacts: artifacts)
        var event = Event.AttemptFinished(
            run: run,
            task: task.id,
            attempt: attempt.number,
            worker: attempt.worker,
            outcome: outcome,
            exit: report.exit.map(ExitStatus.init),
            failure: failure,
            log: LogSummary(bytes: Int64(clamping: report.logBytes), dropped: Int64(clamping: report.logDropped), sha256: report.logDigest),
            artifacts: artifacts,
            startedAt: report.startedAt > 0 ? Timestamp(milliseconds: Int64(clamping: report.startedAt)) : nil,
            finishedAt: report.finishedAt > 0 ? Timestamp(milliseconds: Int64(clamping: report.finishedAt)) : now,
            leftBehind: Int(report.leftBehind)
        )
        if report.state == .exited {
            event.usage = Usage(
                userSeconds: Double(report.userMicroseconds) / 1e6,
                systemSeconds: Double(report.systemMicroseconds) / 1e6,
                peakMemoryBytes: Int64(clamping: report.peakMemoryBytes)
            )
        }
        if let failure, outcome == .failed, isRetried(failure.class) {
            let policy = task.retryPolicy
            event.retryAt = now.adding(
                seconds: policy.jitteredBackoff(afterAttempt: attempt.number, using: &generator)
            )
        }
        return event
    }

    private func isRetried(_ failure: FailureClass) -> Bool {
        guard mayRetry, task.retryPolicy.on.contains(failure), attempt.number < task.retryPolicy.maxAttempts else {
            return false
        }
        return task.budgetSeconds.map { usedSeconds < $0 } ?? true
    }

    private func verdict(_ closing: Closing, artifacts: [ArtifactRecord]) -> (Outcome, Failure?) {
        let report = closing.report
        guard report.state == .exited else {
            let message = "what became of the attempt cannot be found out: its supervisor or its host ended before it"
            return (.failed, Failure(class: .lost, message: message))
        }
        switch report.cause {
        case .interrupt: return (.interrupted, Failure(class: .interrupted, message: "interrupted on request"))
        case .stop: return (.cancelled, Failure(class: .cancelled, message: "stopped on request"))
        case .timeout: return (.failed, Failure(class: .timeout, message: timeoutMessage))
        case .itself: break
        }
        switch report.exit {
        case .code(0):
            guard let message = missingArtifact(closing, artifacts: artifacts) else { return (.passed, nil) }
            return (.failed, Failure(class: .artifact, message: message))
        case .code(Closing.configurationExit) where task.isInstructions:
            let message = closing.configurationMessage ?? "the worker program is not set up (it exited with code 78)"
            return (.failed, Failure(class: .configuration, message: message))
        case .code(let code): return (.failed, Failure(class: .task, message: "exited with code \(code)"))
        case .signal(let number):
            return (.failed, Failure(class: .task, message: "ended by signal \(number) (\(SignalName.of(number)))"))
        case nil:
            return (.failed, Failure(class: .lost, message: "the host kept no record of how the program ended"))
        }
    }

    private var timeoutMessage: String {
        if let budget = task.budgetSeconds, usedSeconds >= budget * 0.999, task.timeoutSeconds.map({ $0 > budget }) ?? true {
            return "ended after its budget.max_seconds of \(budget) s"
        }
        return "ended after its limit of \(task.timeoutSeconds ?? task.budgetSeconds ?? 0) s"
    }

    private func missingArtifact(_ closing: Closing, artifacts: [ArtifactRecord]) -> String? {
        if let failure = closing.collectFailure { return "its artifacts could not be collected: \(failure)" }
        let patterns = task.expectedArtifacts.compactMap(\.path)
        let found = Set((closing.artifacts?.entries ?? []).map { Int($0.pattern) - 1 })
        let missing = patterns.indices.filter { !found.contains($0) }.map { patterns[$0] }
        guard let first = missing.first else { return nil }
        let problem = closing.artifacts?.problems.first.map { " (\($0))" } ?? ""
        return missing.count == 1
            ? "the expected artifact \(first) is not there\(problem)"
            : "\(missing.count) expected artifacts are not there, the first of them \(first)\(problem)"
    }

    private func artifactRecords(_ closing: Closing, run: RunID) -> [ArtifactRecord] {
        let root = workspace.root + "/"
        func relative(_ path: String) -> String { path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path }
        var records: [ArtifactRecord] = []
        if task.expectedArtifacts.contains(.log), let digest = closing.report.logDigest {
            let path = workspace.log(run, task.id, attempt: attempt.number)
            let kept = closing.report.logBytes - min(closing.report.logBytes, closing.report.logDropped)
            records.append(
                ArtifactRecord(kind: "log", path: relative(path), bytes: Int64(clamping: kept), sha256: digest)
            )
        }
        let directory = workspace.artifacts(run, task.id, attempt: attempt.number)
        let expected = task.expectedArtifacts.filter { $0.path != nil }
        for entry in closing.artifacts?.entries ?? [] {
            let index = Int(entry.pattern) - 1
            records.append(
                ArtifactRecord(
                    kind: expected.indices.contains(index) ? expected[index].kind : "file",
                    path: relative(directory) + "/" + entry.path,
                    bytes: Int64(clamping: entry.bytes),
                    sha256: entry.digest
                )
            )
        }
        return records
    }
}

extension ExitStatus {
    /// What a supervisor says, in the ledger's words.
    init(_ exit: AttemptExit) {
        switch exit {
        case .code(let code): self = .code(Int(code))
        case .signal(let signal): self = .signal(Int(signal))
        }
    }
}

/// Names of signals, for messages.
enum SignalName {
    private static let names: [UInt8: String] = [
        1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 11: "SEGV", 13: "PIPE",
        14: "ALRM", 15: "TERM", 24: "XCPU", 25: "XFSZ",
    ]

    /// `KILL` for 9, and so on by Linux's numbers.
    static func of(_ number: UInt8) -> String { names[number] ?? "unknown" }
}
