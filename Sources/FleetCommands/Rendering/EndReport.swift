import FleetCore
import FleetManager

/// What came of attempts, and of runs, that were to be ended.
struct EndReport {
    /// Which verb it is of.
    let verb: String
    /// What came of each attempt.
    let attempts: [Operations.Confirmation]
    /// How the runs stand that were to be ended as a whole.
    var runs: [RunView] = []
    /// What to say where there was nothing to end.
    let nothing: String

    /// Whether everything is ended, verified.
    var isConfirmed: Bool {
        attempts.allSatisfy { $0.result == .stopped || $0.result == .alreadyExited }
            && runs.allSatisfy { $0.summary.status != nil }
    }

    /// For people.
    var text: String {
        var text = ""
        if !attempts.isEmpty {
            var table = TextTable("TASK", "ATTEMPT", "RESULT")
            for end in attempts {
                let pids = Wording.survivors(of: end)
                table.add([
                    "\(end.run)/\(end.task)", "\(end.attempt)",
                    Wording.end(end.result) + (pids.isEmpty ? "" : ": \(pids)"),
                ])
            }
            text = table.text
        }
        for run in runs {
            text += "run \(run.summary.id): \(run.status), \(Wording.counts(run.summary.counts))\n"
        }
        return text.isEmpty ? nothing + "\n" : text
    }

    /// For programs.
    var json: JSONObject {
        var answer = JSONObject.answer(verb, ["attempts": .array(attempts.map(Self.json))])
        answer.add("runs", .array(runs.map { .object($0.json) }))
        answer.add("confirmed", .bool(isConfirmed))
        return answer
    }

    private static func json(_ end: Operations.Confirmation) -> JSONValue {
        var object: JSONObject = [
            "run_id": .string(end.run.rawValue), "task_id": .string(end.task.rawValue),
            "attempt": .int(Int64(end.attempt)), "result": .string(end.result.rawValue),
            "survivors": .array(end.survivors.map { .int(Int64($0)) }),
        ]
        if end.survivorCount > end.survivors.count { object.add("survivor_count", .int(Int64(end.survivorCount))) }
        return .object(object)
    }
}
