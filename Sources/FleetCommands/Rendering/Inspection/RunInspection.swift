import FleetCore
import FleetLedger

/// Everything that is known of a run.
struct RunInspection: Inspection {
    let run: RunState
    let view: RunView
    let specPath: String
    let workers: [WorkerView]
    let now: Timestamp

    init(_ run: RunState, in workspace: OpenWorkspace, now: Timestamp) {
        self.run = run
        view = workspace.view(run.summary)
        specPath = workspace.place.spec(run.id)
        workers = WorkerView.all(of: [run], health: workspace.health)
        self.now = now
    }

    var json: JSONObject {
        var run = view.json
        run.add("max_workers", .optional(self.run.created.maxWorkers))
        run.add("spec", .string(specPath))
        run.add("spec_sha256", .string(self.run.created.specDigest))
        run.add("manager_started_at", .optional(self.run.managerStartedAt))
        run.add("pending_ends", .array(self.run.pendingEnds.map(Self.json)))
        return .answer(
            "inspect",
            [
                "run": .object(run),
                "workers": .array(workers.map { .object($0.json) }),
                "tasks": .array(self.run.tasks.map { .object($0.json) }),
            ]
        )
    }

    var text: String {
        var fields = FieldList()
        fields.add("name", run.created.name)
        fields.add("status", view.status)
        for label in run.created.labels.sorted(by: { $0.key < $1.key }) {
            fields.add("label", "\(label.key)=\(label.value)")
        }
        fields.add("created", Wording.time(run.createdAt))
        fields.add("finished", run.finishedAt.map(Wording.time))
        fields.add("took", Wording.duration(view.seconds(at: now)))
        fields.add("tasks", Wording.counts(run.counts))
        fields.add("manager", view.managerPID.map { "process \($0), \(view.isDriven ? "alive" : "gone")" })
        fields.add("spec", "\(specPath)  sha256 \(run.created.specDigest)")
        for request in run.pendingEnds { fields.add("to be ended", Self.text(request)) }
        return [
            "run \(run.id)\n" + fields.text(),
            TaskTable.table(run.tasks, now: now).text,
            WorkerView.table(workers, now: now).text,
        ]
        .joined(separator: "\n")
    }

    private static func text(_ request: EndRequest) -> String {
        let open =
            request.targets.filter { !$0.isSettled }.map { "\($0.task) #\($0.attempt)" }
            + request.waiting.map(\.rawValue)
        return "\(request.mode.rawValue) since \(Wording.time(request.requestedAt)): "
            + (open.isEmpty ? "all is ended" : open.joined(separator: ", "))
    }

    private static func json(_ request: EndRequest) -> JSONValue {
        .object([
            "request_id": .string(request.id), "mode": .string(request.mode.rawValue),
            "requested_at": .string(request.requestedAt.rfc3339),
            "attempts": .array(
                request.targets.map {
                    .object([
                        "task_id": .string($0.task.rawValue), "attempt": .int(Int64($0.attempt)),
                        "result": .optional($0.result?.rawValue),
                    ])
                }
            ),
            "waiting": .array(request.waiting.map { .string($0.rawValue) }),
        ])
    }
}
