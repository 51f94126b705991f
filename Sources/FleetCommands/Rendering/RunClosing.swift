import FleetCore
import FleetManager

/// What is said of a run when it is driven no more.
struct RunClosing {
    /// How many failed tasks are listed.
    static let listedTasks = 20

    /// The run.
    let run: RunState
    /// How driving it ended.
    let end: RunEnd
    /// How long it was driven, or took in all where it has ended, in seconds.
    let seconds: Double

    /// For people: the counts, the seconds, and the tasks that did not pass, with how to see their logs.
    var text: String {
        let time = Wording.duration(seconds)
        var text =
            switch end {
            case .finished(let finished):
                "run \(run.id) \(finished.status.rawValue) in \(time): \(Wording.tally(finished.tasks))\n"
            case .stopped(let counts): "run \(run.id) is not over after \(time): \(Wording.counts(counts))\n"
            }
        let failed = run.tasks.filter { $0.status == .failed || $0.status == .interrupted }
        for task in failed.prefix(Self.listedTasks) {
            let failure = task.failure.map { "\($0.class.rawValue): \($0.message)" } ?? task.status.rawValue
            text += "  \(task.id)  \(TerminalText.line(failure))\n"
            if let log = task.attempts.last?.log, log.bytes > 0 {
                text += "    codewhale fleet logs \(run.id)/\(task.id)\n"
            }
        }
        if failed.count > Self.listedTasks {
            text += "  … and \(failed.count - Self.listedTasks) more: codewhale fleet status \(run.id)\n"
        }
        if case .finished(let finished) = end, finished.status == .incomplete {
            text += "  what is queued waits for hosts that somebody has to see to: codewhale fleet workers\n"
        }
        if case .stopped = end { text += "  codewhale fleet resume \(run.id) goes on with it\n" }
        return text
    }

    /// For programs, where the ledger has no such line as the run goes on.
    var json: JSONObject? {
        guard case .stopped(let counts) = end else { return nil }
        return EventJSON.end(run: run.id, status: .incomplete, tasks: counts.tally, seconds: seconds)
    }
}
