import FleetCore

/// Everything that is known of a worker: its definition, and its attempts in the runs that go on and in its last one.
struct WorkerInspection: Inspection {
    /// An attempt of the worker.
    struct Attempt {
        let run: RunID
        let task: TaskID
        let attempt: AttemptRecord
    }

    let view: WorkerView
    let digest: String
    /// Its attempts, newest first.
    let attempts: [Attempt]
    let now: Timestamp

    init(_ id: WorkerID, in workspace: OpenWorkspace, now: Timestamp) throws(CommandError) {
        guard let latest = workspace.state.latest(of: id) else {
            throw CommandError(.noWorker, "there is no worker \(id)")
        }
        let definition = latest.worker.definition
        let live = workspace.state.liveRuns.filter { run in run.workers.contains { $0.definition.id == id } }
        let last = live.contains { $0.id == latest.run } ? [] : try Self.ended(latest.run, in: workspace)
        let health = workspace.health
        view =
            WorkerView.all(of: live, health: health).first { $0.definition.id == id }
            ?? WorkerView(definition: definition).with(health)
        digest = definition.digest
        attempts = (last + live)
            .flatMap { run in
                run.tasks.flatMap { task in
                    task.attempts.filter { $0.worker == id }.map { Attempt(run: run.id, task: task.id, attempt: $0) }
                }
            }
            .sorted { $0.attempt.leasedAt > $1.attempt.leasedAt }
        self.now = now
    }

    /// A run that has ended; nothing where its archive is gone, as the worker is known without it.
    private static func ended(_ run: RunID, in workspace: OpenWorkspace) throws(CommandError) -> [RunState] {
        do throws(CommandError) {
            return [try workspace.run(run)]
        } catch {
            guard error.code == .noRecords else { throw error }
            return []
        }
    }

    var json: JSONObject {
        var worker = view.json
        worker.add("digest", .string(digest))
        worker.add("health", WorkerHealthJSON.value(of: view))
        return .answer(
            "inspect",
            [
                "worker": .object(worker),
                "attempts": .array(
                    attempts.map {
                        .object([
                            "run_id": .string($0.run.rawValue), "task_id": .string($0.task.rawValue),
                            "attempt": .attempt($0.attempt),
                        ])
                    }
                ),
            ]
        )
    }

    var text: String {
        var fields = FieldList()
        fields.add("host", view.definition.host)
        fields.add("state", view.state)
        fields.add("slots", "\(view.definition.slots)")
        if view.transport != "local" { fields.add("transport", view.transport) }
        for (name, text) in WorkerHealthText.fields(of: view, now: now) { fields.add(name, text) }
        for open in view.open {
            let time = open.attempt.seconds(at: now).map { ", for \(Wording.duration($0))" } ?? ""
            fields.add("carries", "\(open.run)/\(open.task) #\(open.attempt.number)\(time)")
        }
        let header = "worker \(view.definition.id)\n" + fields.text()
        guard !attempts.isEmpty else { return header }
        var table = TextTable([
            ("TASK", .left), ("ATTEMPT", .right), ("LEASED", .left), ("TIME", .right), ("RESULT", .left),
        ])
        for entry in attempts {
            table.add([
                "\(entry.run)/\(entry.task)", "\(entry.attempt.number)", Wording.time(entry.attempt.leasedAt),
                entry.attempt.seconds(at: now).map(Wording.duration) ?? "", entry.attempt.shortResult,
            ])
        }
        return header + "\n" + table.text
    }
}
