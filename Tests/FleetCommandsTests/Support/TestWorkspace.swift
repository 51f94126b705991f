import ArgumentParser
import FleetCore
import FleetLedger

@testable import FleetCommands

/// A workspace in a directory of its own, whose ledger a test writes by hand.
final class TestWorkspace {
    /// The directory, removed with all that is in it.
    let directory: TemporaryDirectory
    /// The workspace.
    let place: Workspace
    private let ledger: Ledger
    private var time: Int64

    /// The moment of the first record.
    static let start = Timestamp(milliseconds: 1_767_225_600_000)

    init() throws {
        directory = try TemporaryDirectory("fleet workspace")
        place = Workspace(root: directory.path)
        try place.initialize()
        ledger = try Ledger(opening: place)
        time = Self.start.milliseconds
    }

    /// The moment of the next record: each is a second after the one before.
    var now: Timestamp { Timestamp(milliseconds: time) }

    /// Appends records.
    func append(_ events: Event...) throws {
        for event in events {
            _ = try ledger.append([event], durable: false, at: now)
            time += 1_000
        }
    }

    /// The workspace as a verb opens it.
    func open(console: Console = Console.current) throws -> OpenWorkspace {
        try OpenWorkspace(options(), console: console)
    }

    /// The options of a verb in this workspace.
    func options(_ more: String...) throws -> FleetOptions {
        try FleetOptions.parse(["--workspace", place.root] + more)
    }

    /// Runs a command line in this workspace.
    ///
    /// - Returns: the exit code.
    @MainActor
    func run(_ console: TestConsole, _ arguments: String...) async -> Int32 {
        await CommandLineEntry.run(["fleet"] + arguments + ["--workspace", place.root], console: console.console)
    }
}

extension TestWorkspace {
    /// The run that ``appendExample()`` writes.
    static let run = RunID(unchecked: "20260101-000000-ab12")
    static let worker = WorkerSummary(id: WorkerID(unchecked: "local-1"), host: "local", slots: 1, digest: "d1")
    static let other = WorkerSummary(id: WorkerID(unchecked: "local-2"), host: "local", slots: 1, digest: "d2")

    /// A run of four tasks: `good` has passed, `bad` has failed in its second attempt, `busy` runs, `later` waits.
    func appendExample(run: RunID = TestWorkspace.run, name: String = "example", labels: [String: String] = [:]) throws
    {
        try append(Self.created(run, name: name, labels: labels, tasks: 4))
        for task in ["good", "bad", "busy", "later"] {
            try append(.taskEnqueued(.init(run: run, task: TaskID(unchecked: task))))
        }
        try append(.managerStarted(.init(run: run, pid: 4_711)))
        try append(
            Self.leased(run, "good", 1),
            started(run, "good", 1),
            finished(run, "good", 1, .passed, exit: .code(0))
        )
        try append(
            Self.leased(run, "bad", 1),
            started(run, "bad", 1),
            finished(run, "bad", 1, .failed, exit: .code(3), retryAt: now)
        )
        try append(Self.leased(run, "bad", 2), started(run, "bad", 2))
        try append(finished(run, "bad", 2, .failed, exit: .signal(9)))
        try append(Self.leased(run, "busy", 1, Self.other.id), started(run, "busy", 1, Self.other.id))
    }

    /// The end of that run.
    func finishExample(run: RunID = TestWorkspace.run) throws {
        try append(
            finished(run, "busy", 1, .interrupted, exit: .signal(2), worker: Self.other.id),
            .taskCancelled(
                .init(run: run, task: TaskID(unchecked: "later"), reason: "it depends on bad", class: .cancelled)
            ),
            .runFinished(
                .init(
                    run: run,
                    status: .failed,
                    tasks: Tally(total: 4, passed: 1, failed: 1, cancelled: 1, interrupted: 1),
                    seconds: 17.5
                )
            )
        )
    }

    static func created(_ run: RunID, name: String, labels: [String: String] = [:], tasks: Int) -> Event {
        .runCreated(
            .init(
                run: run,
                name: name,
                labels: labels,
                specDigest: "5e5e",
                taskCount: tasks,
                maxWorkers: 2,
                workers: [worker, other]
            )
        )
    }

    static func leased(_ run: RunID, _ task: String, _ attempt: Int, _ worker: WorkerID = worker.id) -> Event {
        .taskLeased(
            .init(
                run: run,
                task: TaskID(unchecked: task),
                attempt: attempt,
                worker: worker,
                nonce: "n\(task)\(attempt)"
            )
        )
    }

    func started(_ run: RunID, _ task: String, _ attempt: Int, _ worker: WorkerID = TestWorkspace.worker.id) -> Event {
        .attemptStarted(
            .init(run: run, task: TaskID(unchecked: task), attempt: attempt, worker: worker, pid: 99, startedAt: now)
        )
    }

    func finished(
        _ run: RunID,
        _ task: String,
        _ attempt: Int,
        _ outcome: Outcome,
        exit: ExitStatus,
        worker: WorkerID = TestWorkspace.worker.id,
        failure: Failure? = nil,
        log: LogSummary? = LogSummary(bytes: 12, dropped: 2, sha256: "a9"),
        artifacts: [ArtifactRecord] = [],
        retryAt: Timestamp? = nil
    ) -> Event {
        let reason = failure ?? (outcome == .failed ? Failure(class: .task, message: "exited with code 3") : nil)
        return .attemptFinished(
            .init(
                run: run,
                task: TaskID(unchecked: task),
                attempt: attempt,
                worker: worker,
                outcome: outcome,
                exit: exit,
                failure: reason,
                usage: Usage(userSeconds: 0.25, systemSeconds: 0.125, peakMemoryBytes: 2_097_152),
                log: log,
                artifacts: artifacts,
                startedAt: now.adding(seconds: -1),
                finishedAt: now,
                retryAt: retryAt
            )
        )
    }
}
