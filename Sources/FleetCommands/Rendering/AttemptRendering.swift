import FleetCore

extension JSONValue {
    /// A moment, or null.
    static func optional(_ time: Timestamp?) -> Self { time.map { .string($0.rfc3339) } ?? .null }

    /// How a program ended, or null.
    static func optional(_ exit: ExitStatus?) -> Self {
        switch exit {
        case .code(let code): .object(["code": .int(Int64(code))])
        case .signal(let number): .object(["signal": .int(Int64(number))])
        case nil: .null
        }
    }

    /// Why something did not pass, or null.
    static func optional(_ failure: Failure?) -> Self {
        guard let failure else { return .null }
        return .object(["class": .string(failure.class.rawValue), "message": .string(failure.message)])
    }

    /// How many tasks stand where.
    static func counts(_ counts: TaskCounts) -> Self {
        var object: JSONObject = ["total": .int(Int64(counts.total))]
        for status in [TaskStatus.queued, .leased, .running, .passed, .failed, .cancelled, .interrupted] {
            object.add(status.rawValue, .int(Int64(counts[status])))
        }
        return .object(object)
    }

    /// An attempt with its receipt.
    static func attempt(_ attempt: AttemptRecord) -> Self {
        let usage = attempt.usage.map { usage in
            JSONValue.object([
                "user_seconds": .number(usage.userSeconds),
                "system_seconds": .number(usage.systemSeconds),
                "peak_memory_bytes": .int(usage.peakMemoryBytes),
            ])
        }
        let log = attempt.log.map { log in
            JSONValue.object([
                "bytes": .int(log.bytes), "dropped": .int(log.dropped), "sha256": .optional(log.sha256),
            ])
        }
        var object: JSONObject = [
            "attempt": .int(Int64(attempt.number)),
            "worker_id": .string(attempt.worker.rawValue),
            "state": .string(attempt.phase.rawValue),
            "outcome": .optional(attempt.outcome?.rawValue),
            "leased_at": .optional(attempt.leasedAt),
            "started_at": .optional(attempt.startedAt),
            "finished_at": .optional(attempt.finishedAt),
            "pid": .optional(attempt.pid),
            "exit": .optional(attempt.exit),
            "usage": usage ?? .null,
            "failure": .optional(attempt.failure),
            "log": log ?? .null,
            "artifacts": .array(attempt.artifacts.map { .artifact($0) }),
            "left_behind": .int(Int64(attempt.leftBehind)),
        ]
        if let late = attempt.lateEnd {
            let fields: JSONObject = ["result": .string(late.result.rawValue), "exit": .optional(late.exit)]
            object.add("late_end", .object(fields))
        }
        return .object(object)
    }

    /// A file that an attempt left.
    static func artifact(_ artifact: ArtifactRecord) -> Self { .object(artifactObject(artifact)) }

    /// A file that an attempt left.
    static func artifactObject(_ artifact: ArtifactRecord) -> JSONObject {
        [
            "kind": .string(artifact.kind), "path": .optional(artifact.path), "bytes": .int(artifact.bytes),
            "sha256": .string(artifact.sha256),
        ]
    }
}

extension ArtifactRecord {
    /// Where it is, for people.
    var place: String { path ?? "no file, as it is empty" }
}

extension AttemptRecord {
    /// How long it took, or takes by now, in seconds.
    func seconds(at now: Timestamp) -> Double? {
        startedAt.map { (finishedAt ?? now).seconds(since: $0) }
    }

    /// How it stands, in a few words: `running`, `passed`, `exit 3`, `timeout: …`.
    var shortResult: String {
        switch (phase, outcome) {
        case (.leased, _): return "leased"
        case (.running, _): return "running"
        case (.finished, .passed?): return "passed"
        case (.finished, .interrupted?): return "interrupted"
        case (.finished, .cancelled?): return "cancelled"
        case (.finished, _):
            guard let failure else { return "failed" }
            if failure.class == .task, let exit { return Wording.exit(exit) }
            return failure.class.rawValue
        }
    }
}

extension TaskState {
    /// The task in full, for programs.
    var json: JSONObject {
        [
            "id": .string(id.rawValue),
            "status": .string(status.rawValue),
            "retry_at": .optional(retryAt),
            "failure": .optional(failure),
            "attempts": .array(attempts.map { .attempt($0) }),
        ]
    }
}
