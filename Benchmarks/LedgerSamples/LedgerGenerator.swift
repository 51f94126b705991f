package import FleetCore
import FleetLedger

/// Makes ledgers of any size, such as a busy workspace leaves.
package struct LedgerGenerator {
    /// How many runs have ended.
    var endedRuns: Int
    /// How many runs go on, with a quarter of their tasks running.
    var liveRuns = 1
    /// How many tasks each run has; each leaves four records.
    var tasksPerRun: Int
    /// How many workers each run has.
    var workers = 8

    private let start: Int64 = 1_760_000_000_000

    /// A generator of its numbers.
    package init(endedRuns: Int, liveRuns: Int = 1, tasksPerRun: Int, workers: Int = 8) {
        self.endedRuns = endedRuns
        self.liveRuns = liveRuns
        self.tasksPerRun = tasksPerRun
        self.workers = workers
    }

    /// Writes the lines in pieces of about a megabyte, so that the largest ledger needs no more memory.
    package func write(_ sink: ([UInt8]) throws -> Void) rethrows {
        var writer = RecordWriter()
        var seq: Int64 = 0
        func add(_ event: Event) throws {
            seq += 1
            writer.append(LedgerRecord(seq: seq, time: Timestamp(milliseconds: start + seq), event: event))
            guard writer.bytes.count > 1 << 20 else { return }
            try sink(writer.bytes)
            writer.removeAll()
        }
        for run in 0..<endedRuns + liveRuns { try events(run: run, isLive: run >= endedRuns, add) }
        try sink(writer.bytes)
    }

    /// The id of a run.
    package func runID(_ number: Int) -> RunID { RunID(unchecked: "nightly-\(20_250_000 + number)") }

    private func events(run number: Int, isLive: Bool, _ add: (Event) throws -> Void) rethrows {
        let run = runID(number)
        try add(.runCreated(created(run)))
        for task in 0..<tasksPerRun { try add(.taskEnqueued(.init(run: run, task: taskID(task)))) }
        try add(.managerStarted(.init(run: run, pid: 4_000 + number)))
        for task in 0..<tasksPerRun {
            let worker = WorkerID(unchecked: "local-\(task % workers + 1)")
            let nonce = String(number * 1_000_003 + task, radix: 16)
            try add(.taskLeased(.init(run: run, task: taskID(task), attempt: 1, worker: worker, nonce: nonce)))
            let began = Timestamp(milliseconds: start + Int64(task))
            try add(
                .attemptStarted(
                    .init(run: run, task: taskID(task), attempt: 1, worker: worker, pid: 5_000 + task, startedAt: began)
                )
            )
            if isLive, task % 4 == 3 { continue }
            try add(.attemptFinished(finished(run, taskID(task), worker, began)))
        }
        guard !isLive else { return }
        let tally = Tally(total: tasksPerRun, passed: tasksPerRun)
        try add(.runFinished(.init(run: run, status: .completed, tasks: tally, seconds: 12.5)))
    }

    private func taskID(_ number: Int) -> TaskID { TaskID(unchecked: "unit-tests-\(number)") }

    private func created(_ run: RunID) -> Event.RunCreated {
        Event.RunCreated(
            run: run,
            name: "nightly",
            labels: ["branch": "main"],
            specDigest: String(repeating: "5e", count: 32),
            taskCount: tasksPerRun,
            maxWorkers: workers,
            workers: (1...workers)
                .map {
                    WorkerSummary(
                        id: WorkerID(unchecked: "local-\($0)"),
                        host: "local",
                        slots: 1,
                        digest: String(repeating: "d1", count: 32)
                    )
                }
        )
    }

    private func finished(
        _ run: RunID,
        _ task: TaskID,
        _ worker: WorkerID,
        _ began: Timestamp
    ) -> Event.AttemptFinished {
        Event.AttemptFinished(
            run: run,
            task: task,
            attempt: 1,
            worker: worker,
            outcome: .passed,
            exit: .code(0),
            usage: Usage(userSeconds: 0.0123, systemSeconds: 0.0045, peakMemoryBytes: 3_145_728),
            log: LogSummary(bytes: 1_234, dropped: 0, sha256: String(repeating: "a9", count: 32)),
            startedAt: began,
            finishedAt: began.adding(seconds: 0.5)
        )
    }
}
