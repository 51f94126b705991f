import FleetCore
import FleetLedger

/// How a workspace, or one of its runs, stands at a moment.
struct Status {
    /// How many runs that have ended are shown beside those that go on.
    static let shownEndedRuns = 20

    /// The runs, oldest first.
    let runs: [RunView]
    /// How many more runs there are.
    let omittedRuns: Int
    /// The workers of the runs that go on, or of the one.
    let workers: [WorkerView]
    /// The tasks, where it is about one run.
    let tasks: [TaskState]?
    /// How old the word of the ledger is, in seconds.
    let age: Double?
    /// The moment.
    let now: Timestamp

    /// The status of all runs, or of one.
    init(_ workspace: OpenWorkspace, run: RunID?, now: Timestamp) throws(CommandError) {
        self.now = now
        age = workspace.age(at: now)
        if let run {
            let state = try workspace.run(run)
            runs = [workspace.view(state.summary)]
            omittedRuns = 0
            tasks = state.tasks
            workers = WorkerView.all(of: [state], health: workspace.health)
            return
        }
        let all = workspace.state.summaries
        var shown = all.filter { $0.status == nil }
        let ended = all.lazy.filter { $0.status != nil }.suffix(Self.shownEndedRuns)
        shown = ended + shown
        runs = shown.map { workspace.view($0) }
        omittedRuns = all.count - shown.count
        tasks = nil
        workers = WorkerView.all(of: workspace.state.liveRuns, health: workspace.health)
    }

    /// For programs.
    var json: JSONObject {
        var answer = JSONObject.answer(
            "status",
            [
                "runs": .array(runs.map { .object($0.json) }),
                "workers": .array(workers.map { .object($0.json) }),
            ]
        )
        if let tasks { answer.add("tasks", .array(tasks.map { .object($0.json) })) }
        answer.add("omitted_runs", .int(Int64(omittedRuns)))
        answer.add("ledger_age_seconds", age.map { .seconds($0) } ?? .null)
        return answer
    }

    /// For people.
    var text: String {
        guard !runs.isEmpty else { return Wording.noRuns }
        var parts = [RunView.table(runs, now: now).text]
        if omittedRuns > 0 { parts[0] += "… and \(Wording.count(omittedRuns, "earlier run")): codewhale fleet runs\n" }
        if let tasks { parts.append(TaskTable.table(tasks, now: now).text) }
        if !workers.isEmpty { parts.append(WorkerView.table(workers, now: now).text) }
        parts.append(word)
        return parts.joined(separator: "\n")
    }

    /// How old the word is, and what it does not know.
    private var word: String {
        var text = age.map { "the ledger's last word is \(Wording.duration($0)) old\n" } ?? ""
        for run in runs where run.status == RunView.unattended {
            let counts = run.summary.counts
            text += "run \(run.summary.id) has no manager now"
            if counts.open > 0 {
                text += ": what it started runs on, and codewhale fleet status --refresh records what has ended"
            }
            let id = run.summary.id
            text += "; codewhale fleet resume \(id) goes on with it, codewhale fleet stop \(id) ends it\n"
        }
        return text
    }
}
