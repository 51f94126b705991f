import FleetCore

/// Everything that is known of a task.
struct TaskInspection: Inspection {
    let run: RunID
    let task: TaskState
    let now: Timestamp

    init(_ id: TaskID, of run: RunState, now: Timestamp) throws(CommandError) {
        guard let task = run.task(id) else { throw CommandError(.noTask, "run \(run.id) has no task \(id)") }
        self.run = run.id
        self.task = task
        self.now = now
    }

    var json: JSONObject {
        var task = self.task.json
        task.add("run_id", .string(run.rawValue))
        return .answer("inspect", ["task": .object(task)])
    }

    var text: String {
        var fields = FieldList()
        fields.add("status", task.status.rawValue)
        fields.add("failure", task.failure.map { "\($0.class.rawValue): \($0.message)" })
        fields.add("again", task.retryAt.map { "in \(Wording.duration(max($0.seconds(since: now), 0)))" })
        let attempts = task.attempts.map { Self.text($0, of: run, task.id, now: now) }
        return (["task \(run)/\(task.id)\n" + fields.text()] + attempts).joined(separator: "\n")
    }

    /// An attempt with its receipt.
    private static func text(_ attempt: AttemptRecord, of run: RunID, _ task: TaskID, now: Timestamp) -> String {
        var fields = FieldList()
        fields.add("leased", Wording.time(attempt.leasedAt))
        fields.add("started", attempt.startedAt.map(Wording.time))
        fields.add("ended", attempt.finishedAt.map(Wording.time))
        fields.add("took", attempt.seconds(at: now).map(Wording.duration))
        fields.add("pid", attempt.pid.map { "\($0)" })
        fields.add("exit", attempt.exit.map(Wording.exit))
        fields.add("failure", attempt.failure.map { "\($0.class.rawValue): \($0.message)" })
        fields.add("late", attempt.lateEnd.map(late))
        fields.add("usage", attempt.usage.map(usage))
        fields.add("log", attempt.log.map { log($0, "\(run)/\(task) --attempt \(attempt.number)") })
        for artifact in attempt.artifacts {
            fields.add("artifact", "\(artifact.kind)  \(artifact.place)  \(Wording.bytes(artifact.bytes))")
        }
        if attempt.leftBehind > 0 {
            fields.add("left behind", Wording.count(attempt.leftBehind, "process", "processes") + ", ended")
        }
        return "attempt \(attempt.number) on \(attempt.worker): \(attempt.shortResult)\n" + fields.text()
    }

    private static func late(_ end: AttemptRecord.LateEnd) -> String {
        Wording.end(end.result) + (end.exit.map { ", \(Wording.exit($0))" } ?? "") + "; it counts for nothing"
    }

    private static func usage(_ usage: Usage) -> String {
        "user \(Wording.fixed(usage.userSeconds, digits: 3)) s, system \(Wording.fixed(usage.systemSeconds, digits: 3)) s, "
            + "peak memory \(Wording.bytes(usage.peakMemoryBytes))"
    }

    private static func log(_ log: LogSummary, _ arguments: String) -> String {
        guard log.bytes > 0 else { return "empty" }
        let dropped = log.dropped > 0 ? ", \(Wording.bytes(log.dropped)) of them not kept" : ""
        return "\(Wording.bytes(log.bytes))\(dropped): codewhale fleet logs \(arguments)"
    }
}
