import FleetCore
import FleetLedger

/// Events and ledgers to test with.
enum Samples {
    static let run = RunID(unchecked: "nightly-1")
    static let task = TaskID(unchecked: "lint")
    static let worker = WorkerID(unchecked: "local-1")
    static let time = Timestamp(milliseconds: 1_760_000_000_123)

    /// Texts with everything that JSON and UTF-8 have to say.
    static let text = "é\u{1f40b}\"\\/\u{8}\u{c}\n\r\t\u{1}\u{1f}\u{7f}\u{85}\u{2028}\u{fffd}\u{10ffff}{\"crc\":\"0\"}"

    /// An event of each type, with all fields and with the fewest.
    static let events: [Event] = runs + attempts + ends

    private static let runs: [Event] = [
        .runCreated(.init(run: run, name: "n", specDigest: "", taskCount: 0)),
        .runCreated(
            .init(
                run: run,
                name: text,
                labels: ["": "", text: text, "b": "c"],
                specDigest: "5e",
                taskCount: 100_000,
                maxWorkers: 8,
                workers: [
                    WorkerSummary(id: worker, host: text, slots: 4, digest: "d1"),
                    WorkerSummary(id: WorkerID(unchecked: "v"), host: "local", slots: 1, digest: ""),
                ],
                failFast: true
            )
        ),
        .taskEnqueued(.init(run: run, task: task)),
        .managerStarted(.init(run: run, pid: 4_194_304)),
        .managerStarted(
            .init(
                run: run,
                pid: 1,
                created: .init(run: run, name: text, labels: ["a": "b"], specDigest: "5e", taskCount: 3, failFast: true)
            )
        ),
        .runFinished(
            .init(
                run: run,
                status: .incomplete,
                tasks: Tally(total: 10, passed: 4, failed: 3, cancelled: 2, interrupted: 1),
                seconds: 12.345
            )
        ),
        .runReopened(.init(run: run)),
        .taskCancelled(.init(run: run, task: task, reason: text, class: .hostKey)),
        .taskRequeued(.init(run: run, task: task, reason: "")),
    ]

    private static let attempts: [Event] = [
        .taskLeased(.init(run: run, task: task, attempt: 1, worker: worker, nonce: text)),
        .taskLeased(.init(run: run, task: task, attempt: Int(Int32.max), worker: worker, nonce: "")),
        .taskLeased(.init(run: run, task: task, attempt: 1, worker: worker, nonce: "n", hostBoot: text)),
        .attemptStarted(.init(run: run, task: task, attempt: 1, worker: worker, pid: 17, startedAt: time)),
        .attemptFinished(.init(run: run, task: task, attempt: 1, worker: worker, outcome: .passed)),
        .attemptFinished(
            .init(
                run: run,
                task: task,
                attempt: 2,
                worker: worker,
                outcome: .failed,
                exit: .signal(9),
                failure: Failure(class: .timeout, message: text),
                usage: Usage(userSeconds: 0.000_123, systemSeconds: 1e9, peakMemoryBytes: 1 << 40),
                log: LogSummary(bytes: 1 << 40, dropped: 7, sha256: "a9"),
                artifacts: [
                    ArtifactRecord(kind: "log", path: text, bytes: 0, sha256: ""),
                    ArtifactRecord(kind: "log", path: nil, bytes: 0, sha256: "e3"),
                    ArtifactRecord(kind: "report", path: "a/b", bytes: 5, sha256: "ab"),
                ],
                startedAt: time,
                finishedAt: Timestamp(milliseconds: -1),
                leftBehind: 3,
                retryAt: Timestamp(milliseconds: 253_402_300_799_999)
            )
        ),
        .attemptFinished(
            .init(
                run: run,
                task: task,
                attempt: 3,
                worker: worker,
                outcome: .interrupted,
                exit: .code(137),
                log: LogSummary(bytes: 0, dropped: 0),
                isTry: false
            )
        ),
    ]

    private static let ends: [Event] = [
        .endRequested(.init(run: run, scope: .run, mode: .stop, requestID: text)),
        .endRequested(.init(run: run, scope: .worker(worker), mode: .restart, requestID: "e1")),
        .endRequested(.init(run: run, scope: .task(task), mode: .interrupt, requestID: "e2")),
        .endConfirmed(.init(run: run, task: task, attempt: 1, result: .unreachable)),
        .endConfirmed(.init(run: run, task: task, attempt: 1, result: .survivors, survivors: Array(1...1_000))),
        .endConfirmed(.init(run: run, task: task, attempt: 1, result: .alreadyExited, exit: .signal(15))),
        .endConfirmed(
            .init(run: run, task: task, attempt: 1, requestID: "e", result: .survivors, survivors: [1, 4_194_304])
        ),
    ]

    /// A run of two tasks, one of which is tried twice, in few records.
    static let smallRun: [Event] = [
        .runCreated(.init(run: run, name: "n", specDigest: "5e", taskCount: 2)),
        .taskEnqueued(.init(run: run, task: task)),
        .taskEnqueued(.init(run: run, task: TaskID(unchecked: "t2"))),
        .taskLeased(.init(run: run, task: task, attempt: 1, worker: worker, nonce: "n1")),
        .attemptStarted(.init(run: run, task: task, attempt: 1, worker: worker, pid: 17, startedAt: time)),
        .attemptFinished(
            .init(run: run, task: task, attempt: 1, worker: worker, outcome: .failed, exit: .code(1), retryAt: time)
        ),
        .taskLeased(.init(run: run, task: TaskID(unchecked: "t2"), attempt: 1, worker: worker, nonce: "n2")),
        .endRequested(.init(run: run, scope: .worker(worker), mode: .stop, requestID: "e")),
        .taskLeased(.init(run: run, task: task, attempt: 2, worker: worker, nonce: "n3")),
    ]

    /// The lines of a ledger with some events, numbered from 1.
    static func lines(_ events: [Event], from seq: Int64 = 1) -> [[UInt8]] {
        events.enumerated()
            .map { RecordWriter.line(LedgerRecord(seq: seq + Int64($0), time: time, event: $1)) }
    }
}
