import FleetCore
import FleetLedger
import FleetWire

/// Turns what a host says of an attempt that is over into its receipt.
struct Receipt {
    /// The task.
    let task: TaskSpec
    /// The attempt as the ledger knows it.
    let attempt: AttemptRecord
    /// What the task's earlier attempts took together, in seconds.
    let usedBefore: Double
    /// How it was wanted to end, if it was.
    let askedEnd: FleetWire.EndMode?
    /// Whether the task may be tried again: not where its run is being stopped.
    let mayRetry: Bool
    /// The workspace, for the places of files.
    let workspace: Workspace
    /// After how many seconds without a manager its host ended it, if it did.
    var lossSeconds: Double?
    /// How many tries of the task there were, this one among them.
    var tries = 1
    /// Whether it is one; otherwise the task is tried again at once, whatever its policy.
    ///
    /// Not where a manager that is gone leased it and nothing of it began, nor where records, its own or an earlier
    /// attempt's, were lost.
    var isTry = true

    /// The event that ends an attempt by the host's record of it.
    func event(
        for closing: Closing,
        run: RunID,
        now: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> Event.AttemptFinished {
        let report = closing.report
        let artifacts = ArtifactReceipt(task: task, closing: closing, workspace: workspace)
        let (outcome, failure) = verdict(closing, artifacts)
        var event = started(run, outcome, failure)
        event.exit = report.exit.map(ExitStatus.init)
        event.log = closing.logSummary
        event.artifacts = artifacts.records(run: run, attempt: attempt.number)
        event.startedAt = report.startedAt > 0 ? Timestamp(milliseconds: Int64(clamping: report.startedAt)) : nil
        event.finishedAt = report.finishedAt > 0 ? Timestamp(milliseconds: Int64(clamping: report.finishedAt)) : now
        event.leftBehind = Int(report.leftBehind)
        if report.state == .exited {
            event.usage = Usage(
                userSeconds: Double(report.userMicroseconds) / 1e6,
                systemSeconds: Double(report.systemMicroseconds) / 1e6,
                peakMemoryBytes: Int64(clamping: report.peakMemoryBytes)
            )
        }
        event.retryAt = retryAt(event, used: usedBefore + report.seconds, now: now, using: &generator)
        return event
    }

    /// The event that ends an attempt of which the host has no record.
    func event(
        without failure: Failure,
        run: RunID,
        now: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> Event.AttemptFinished {
        var (outcome, failure) = (Outcome.failed, failure)
        // It never ran, and nobody wants it any more: that is how it ended.
        if let askedEnd, failure.class == .transport { (outcome, failure) = Self.asked(askedEnd) }
        var event = started(run, outcome, failure)
        event.finishedAt = now
        // Both by this machine's clock, as a host's may stand hours away from it: that counts against the task's budget.
        if attempt.startedAt != nil { event.startedAt = min(attempt.leasedAt, now) }
        let took = event.startedAt.map { now.seconds(since: $0) } ?? 0
        event.isTry = isTry || outcome != .failed
        event.retryAt = retryAt(event, used: usedBefore + took, now: now, using: &generator)
        return event
    }

    private func started(_ run: RunID, _ outcome: Outcome, _ failure: Failure?) -> Event.AttemptFinished {
        Event.AttemptFinished(
            run: run,
            task: task.id,
            attempt: attempt.number,
            worker: attempt.worker,
            outcome: outcome,
            failure: failure
        )
    }

    /// When the task is tried again; nil where it is not.
    private func retryAt(
        _ event: Event.AttemptFinished,
        used: Double,
        now: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> Timestamp? {
        if !event.isTry { return mayRetry ? now : nil }
        let policy = task.retryPolicy
        guard mayRetry, event.outcome == .failed, let failure = event.failure, policy.on.contains(failure.class),
            tries < policy.maxAttempts, task.budgetSeconds.map({ used < $0 }) ?? true
        else { return nil }
        return now.adding(seconds: policy.jitteredBackoff(afterAttempt: tries, using: &generator))
    }

    private static func asked(_ end: FleetWire.EndMode) -> (Outcome, Failure) {
        switch end {
        case .interrupt: (.interrupted, Failure(class: .interrupted, message: "interrupted on request"))
        case .stop: (.cancelled, Failure(class: .cancelled, message: "stopped on request"))
        }
    }

    private func verdict(_ closing: Closing, _ artifacts: ArtifactReceipt) -> (Outcome, Failure?) {
        let report = closing.report
        guard report.state == .exited else {
            // Its supervisor died, and what was left of it was ended: as somebody wanted.
            if let askedEnd { return Self.asked(askedEnd) }
            let message = "what became of the attempt cannot be found out: its supervisor or its host ended before it"
            return (.failed, Failure(class: .lost, message: message))
        }
        switch report.cause {
        case .interrupt: return Self.asked(.interrupt)
        case .stop: return Self.asked(.stop)
        case .timeout: return (.failed, Failure(class: .timeout, message: timeoutMessage))
        case .managerLoss: return (.failed, Failure(class: .lost, message: lossMessage))
        case .itself: break
        }
        switch report.exit {
        case .code(0):
            guard let message = artifacts.missing else { return (.passed, nil) }
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

    private var lossMessage: String {
        let time = lossSeconds.map { "for \($0.inWords) s" } ?? "for too long"
        return "ended by its host, which had heard of no manager \(time) (on_manager_loss)"
    }

    private var timeoutMessage: String {
        let limit = task.limitSeconds(used: usedBefore)
        if let budget = task.budgetSeconds, limit != task.timeoutSeconds {
            return "ended when its attempts had taken its budget.max_seconds of \(budget.inWords) s"
        }
        return "ended after its limit of \((limit ?? 0).inWords) s"
    }
}

extension Closing {
    /// The log as it is kept here.
    var logSummary: LogSummary {
        guard let log else {
            return LogSummary(
                bytes: Int64(clamping: report.logBytes),
                dropped: Int64(clamping: report.logDropped),
                sha256: report.logDigest
            )
        }
        return LogSummary(
            bytes: Int64(clamping: log.total),
            dropped: Int64(clamping: log.dropped),
            sha256: log.fault == nil ? report.logDigest : log.digest
        )
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

extension TaskState {
    /// Seconds that its attempts took which are over.
    var usedSeconds: Double {
        attempts.reduce(0) { sum, attempt in
            guard let start = attempt.startedAt, let end = attempt.finishedAt else { return sum }
            return sum + max(0, end.seconds(since: start))
        }
    }
}

extension AttemptReport {
    /// How many seconds it took; 0 where that is not known.
    var seconds: Double { finishedAt > startedAt && startedAt > 0 ? Double(finishedAt - startedAt) / 1_000 : 0 }
}

extension Double {
    /// A number of seconds as people write it: whole ones without a fraction.
    var inWords: String { self == rounded() && magnitude < 1e15 ? String(Int64(self)) : String(self) }
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
