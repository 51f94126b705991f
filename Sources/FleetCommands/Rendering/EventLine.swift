import FleetCore

/// Events as lines for people.
enum EventLine {
    /// An event's line, ended and harmless; nil for what people need not see.
    ///
    /// The run is named `withRun`, where events of several are shown.
    static func text(_ record: LedgerRecord, withRun: Bool = false) -> String? {
        guard let sentence = sentence(record.event) else { return nil }
        let run = withRun ? record.event.run.map { "\($0)  " } ?? "" : ""
        return TerminalText.line("\(time(record.time))  \(run)\(sentence)") + "\n"
    }

    /// The time of the day in UTC.
    private static func time(_ time: Timestamp) -> Substring { time.rfc3339.dropFirst(11).prefix(8) }

    private static func sentence(_ event: Event) -> String? {
        switch event {
        case .runCreated(let event):
            "run \(event.run) (\(event.name)): \(Wording.count(event.taskCount, "task")), "
                + Wording.count(event.workers.count, "worker")
        case .taskEnqueued, .unknown: nil
        case .managerStarted(let event): "driven by process \(event.pid)"
        case .taskLeased(let event): "\(event.task) #\(event.attempt): leased to \(event.worker)"
        case .attemptStarted(let event): "\(event.task) #\(event.attempt): running on \(event.worker)"
        case .attemptFinished(let event): finished(event)
        case .taskCancelled(let event): "\(event.task): \(event.class.rawValue), \(event.reason)"
        case .taskRequeued(let event): "\(event.task): queued again, \(event.reason)"
        case .endRequested(let event): "\(event.mode.rawValue) requested for \(name(event.scope))"
        case .endConfirmed(let event): confirmed(event)
        case .runFinished(let event):
            "run \(event.run) \(event.status.rawValue): \(Wording.tally(event.tasks)) in "
                + Wording.duration(event.seconds)
        case .runReopened(let event): "run \(event.run) goes on"
        }
    }

    private static func finished(_ event: Event.AttemptFinished) -> String {
        var text = "\(event.task) #\(event.attempt): \(event.outcome.rawValue)"
        if let start = event.startedAt, let end = event.finishedAt {
            text += " after \(Wording.duration(end.seconds(since: start)))"
        }
        if let failure = event.failure { text += ", \(failure.class.rawValue): \(failure.message)" }
        if event.leftBehind > 0 { text += ", \(Wording.count(event.leftBehind, "process", "processes")) left behind" }
        if event.retryAt != nil { text += "; to be tried again" }
        return text
    }

    private static func name(_ scope: EndScope) -> String {
        switch scope {
        case .run: "the run"
        case .worker(let worker): "worker \(worker)"
        case .task(let task): "task \(task)"
        }
    }

    private static func confirmed(_ event: Event.EndConfirmed) -> String {
        "\(event.task) #\(event.attempt): \(Wording.end(event.result))"
            + (event.survivors.isEmpty ? "" : " (\(Wording.survivors(of: event)))")
            + (event.exit.map { ", \(Wording.exit($0)), which counts for nothing" } ?? "")
    }
}
