import FleetCore
import FleetManager

/// Which task could go to which worker, in both forms.
struct DryRunReport {
    /// How many workers of a task are named.
    static let namedWorkers = 4

    private let plan: DryRun
    private let name: String

    /// The report of a plan.
    init(_ plan: DryRun, name: String) {
        self.plan = plan
        self.name = name
    }

    /// Whether every task could go to some worker.
    var isRunnable: Bool { plan.rows.allSatisfy { !$0.workers.isEmpty } }

    /// For people.
    var text: String {
        var workers = TextTable([("WORKER", .left), ("HOST", .left), ("SLOTS", .right), ("CAPABILITIES", .left)])
        for worker in plan.workers {
            workers.add([
                worker.id.rawValue, worker.place, "\(worker.maxConcurrentTasks)",
                worker.capabilities.sorted().joined(separator: ", "),
            ])
        }
        var tasks = TextTable("TASK", "WORKERS", "AFTER")
        for row in plan.rows {
            tasks.add([row.task.rawValue, Self.workers(row), Self.list(row.waitsFor.map(\.rawValue))])
        }
        return "\(TerminalText.line(name)): \(Wording.count(plan.rows.count, "task")); nothing is run\n\n"
            + workers.text + "\n" + tasks.text
    }

    /// For programs.
    var json: JSONObject {
        .answer(
            "run",
            [
                "dry_run": .bool(true), "name": .string(name), "runnable": .bool(isRunnable),
                "workers": .array(plan.workers.map(Self.json)),
                "tasks": .array(plan.rows.map(Self.json)),
            ]
        )
    }

    private static func workers(_ row: DryRun.Row) -> String {
        guard row.workers.isEmpty else { return list(row.workers.map(\.rawValue)) }
        let missing = row.missing.map { "\($0.worker) lacks \($0.capabilities.joined(separator: ", "))" }
        return "none: " + list(missing, separator: "; ")
    }

    private static func list(_ names: [String], separator: String = ", ") -> String {
        let more = names.count - namedWorkers
        return names.prefix(namedWorkers).joined(separator: separator) + (more > 0 ? " and \(more) more" : "")
    }

    private static func json(_ worker: WorkerSpec) -> JSONValue {
        .object([
            "id": .string(worker.id.rawValue), "host": .string(worker.place),
            "slots": .int(Int64(worker.maxConcurrentTasks)),
            "capabilities": .array(worker.capabilities.sorted().map { .string($0) }),
        ])
    }

    private static func json(_ row: DryRun.Row) -> JSONValue {
        .object([
            "task_id": .string(row.task.rawValue),
            "workers": .array(row.workers.map { .string($0.rawValue) }),
            "missing": .array(
                row.missing.map {
                    .object([
                        "worker_id": .string($0.worker.rawValue),
                        "capabilities": .array($0.capabilities.map { .string($0) }),
                    ])
                }
            ),
            "waits_for": .array(row.waitsFor.map { .string($0.rawValue) }),
        ])
    }
}

extension WorkerSpec {
    /// Where it works, in a word.
    fileprivate var place: String {
        switch host {
        case .local: "local"
        case .ssh(let host): host.endpoint
        }
    }
}
