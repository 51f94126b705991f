import FleetCore
import FleetManager

/// A run in short, with what only its lock tells: whether somebody drives it.
struct RunView {
    /// The run.
    let summary: RunSummary
    /// The process that drives it, or last did.
    let managerPID: Int?
    /// Whether it does still.
    let isDriven: Bool

    /// The status of a run that goes on while nobody drives it.
    static let unattended = "unattended"

    /// The run's status in a word: how it ended, `running`, or ``unattended``.
    var status: String { summary.status?.rawValue ?? (isDriven ? "running" : Self.unattended) }

    /// How long it took, or takes by now, in seconds.
    func seconds(at now: Timestamp) -> Double { (summary.finishedAt ?? now).seconds(since: summary.createdAt) }

    /// For programs.
    var json: JSONObject {
        [
            "run_id": .string(summary.id.rawValue),
            "name": .string(summary.name),
            "status": .string(status),
            "created_at": .optional(summary.createdAt),
            "finished_at": .optional(summary.finishedAt),
            "tasks": .counts(summary.counts),
            "manager": .object(["pid": .optional(managerPID), "alive": .bool(isDriven)]),
            "labels": .map(summary.labels),
        ]
    }

    /// Several runs in a table; `STOPPED` are the tasks that were cancelled or interrupted.
    static func table(_ runs: [RunView], now: Timestamp) -> TextTable {
        var table = TextTable([
            ("RUN", .left), ("NAME", .left), ("STATUS", .left), ("TASKS", .right), ("PASSED", .right),
            ("FAILED", .right), ("STOPPED", .right), ("RUNNING", .right), ("QUEUED", .right), ("STARTED", .left),
            ("TIME", .right),
        ])
        for run in runs {
            let counts = run.summary.counts
            table.add([
                run.summary.id.rawValue, run.summary.name, run.status, "\(counts.total)", "\(counts.passed)",
                "\(counts.failed)", "\(counts.cancelled + counts.interrupted)", "\(counts.open)", "\(counts.queued)",
                Wording.time(run.summary.createdAt), Wording.duration(run.seconds(at: now)),
            ])
        }
        return table
    }
}

/// A worker of the live runs, and what it carries.
struct WorkerView {
    /// An attempt that it carries.
    struct Open {
        /// The run.
        let run: RunID
        /// The task.
        let task: TaskID
        /// The attempt.
        let attempt: AttemptRecord
    }

    /// The worker.
    let definition: WorkerSummary
    /// What it carries, oldest run first.
    var open: [Open] = []
    /// What is known of its host; nil for this machine, or where nothing is.
    var host: HostHealth?
    /// Whether it is to be given nothing more.
    var isDrained = false

    /// The workers of runs, in the order of the runs, each once.
    static func all(of runs: [RunState], health: FleetHealth = FleetHealth()) -> [WorkerView] {
        var views: [WorkerView] = []
        var places: [WorkerID: Int] = [:]
        for run in runs {
            for worker in run.workers where places[worker.definition.id] == nil {
                places[worker.definition.id] = views.count
                views.append(WorkerView(definition: worker.definition))
            }
            guard run.counts.open > 0 else { continue }
            for task in run.tasks {
                guard let attempt = task.openAttempt, let place = places[attempt.worker] else { continue }
                views[place].open.append(Open(run: run.id, task: task.id, attempt: attempt))
            }
        }
        return views.map { $0.with(health) }
    }

    /// The worker with what is known beside the ledger.
    func with(_ health: FleetHealth) -> WorkerView {
        var view = self
        view.host = health.host(of: definition.id)
        view.isDrained = health.isDrained(definition.id)
        return view
    }

    /// What carries the connection to its host.
    var transport: String { host?.transport ?? (definition.host == "local" ? "local" : "system") }

    /// How it stands, in a word.
    var state: String {
        switch host?.breaker.state {
        case .quarantined: return "quarantined"
        case .open, .halfOpen: return "unreachable"
        case .closed, nil: break
        }
        if isDrained { return "draining" }
        return open.isEmpty ? "idle" : "busy"
    }

    /// For programs.
    var json: JSONObject {
        [
            "id": .string(definition.id.rawValue),
            "host": .string(definition.host),
            "transport": .string(transport),
            "state": .string(state),
            "slots": .int(Int64(definition.slots)),
            "running": .array(
                open.map {
                    .object([
                        "run_id": .string($0.run.rawValue), "task_id": .string($0.task.rawValue),
                        "attempt": .int(Int64($0.attempt.number)), "started_at": .optional($0.attempt.startedAt),
                    ])
                }
            ),
        ]
    }

    /// Several workers in a table, with a line for each attempt.
    static func table(_ workers: [WorkerView], now: Timestamp) -> TextTable {
        var table = TextTable([
            ("WORKER", .left), ("HOST", .left), ("STATE", .left), ("SLOTS", .right), ("RUNNING", .left),
            ("TIME", .right),
        ])
        for worker in workers {
            let definition = worker.definition
            var cells = [definition.id.rawValue, definition.host, worker.state, "\(definition.slots)"]
            if worker.open.isEmpty { table.add(cells + ["", ""]) }
            for open in worker.open {
                let time = open.attempt.seconds(at: now).map(Wording.duration) ?? ""
                table.add(cells + ["\(open.run)/\(open.task) #\(open.attempt.number)", time])
                cells = ["", "", "", ""]
            }
        }
        return table
    }
}
