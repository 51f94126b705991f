import CFleetSupervisor
import FleetWire

/// Ends the tree: INT, TERM, KILL, with a grace between, until nothing is left or what is left cannot be ended.
extension Shim {
    /// How long killed processes may take to vanish, in milliseconds.
    private static let killPatience: UInt64 = 5_000

    /// Reads what was asked for, and begins to carry it out.
    func takeIntent() {
        guard let intent = record.read(.intent, as: RecordIntent.self), intent.number > intentNumber else { return }
        intentNumber = intent.number
        switch intent.mode {
        case .interrupt: end(.interrupt, grace: intent.grace, cause: .interrupt)
        case .stop: end(.terminate, grace: intent.grace, cause: .stop)
        }
    }

    /// Begins to end the tree at `first`, or hastens an end that is under way.
    func end(_ first: Stage, grace: UInt64, cause: EndCause) {
        if status == nil, report.cause == .itself { report.cause = cause }
        self.grace = grace
        if stage == .exhausted {
            enter(.kill)
        } else if stage < first {
            enter(first)
        } else if stage < .kill {
            stageEnd = min(stageEnd, Clock.steady &+ grace)
        }
    }

    /// Does what is due by now.
    func advance() {
        let now = Clock.steady
        if stage == .none, status != nil, now >= drainEnd {
            // They had their time: a short grace, so that the attempt's slot is not held for long.
            grace = min(grace, 1_000)
            enter(.terminate)
        }
        if now >= stageEnd { enter(stage == .interrupt ? .terminate : .kill) }
        if stage == .kill { kill(now) }
    }

    private func enter(_ next: Stage) {
        stage = next
        drainEnd = .max
        stageEnd = .max
        switch next {
        case .interrupt:
            tellAll(SIGINT)
            stageEnd = Clock.steady &+ grace
        case .terminate:
            tellAll(SIGTERM)
            stageEnd = Clock.steady &+ grace
        case .kill:
            killer = TreeKiller()
            killEnd = Clock.steady &+ Shim.killPatience
        case .none, .exhausted: break
        }
    }

    /// Sends a signal to every process of the tree, and wakes those that are stopped so that they meet it.
    private func tellAll(_ signal: Int32) {
        for process in look() {
            guard let member = ProcessTree.Member(process) else { continue }
            if member.send(signal) == 0 { _ = member.send(SIGCONT) }
            noteLeftBehind(process.pid)
        }
    }

    private func kill(_ now: UInt64) {
        let alive = killer.round(look)
        for process in alive { noteLeftBehind(process.pid) }
        reap()
        guard hasChildren, killer.isDone || now >= killEnd else { return }
        report.survivors = alive.prefix(32).map { UInt32($0.pid) }
        killEnd = .max
        stage = .exhausted
        guard status == nil else { return }
        var notice = report
        notice.revision = Revision.notice(intentNumber)
        try? record.write(.notice, notice)
        ShimMessage.notice(notice).send(order.number, to: order.pipe)
    }

    /// Ends a program at once that has just been started, as its start has failed all the same.
    func endUnrecorded() {
        let end = Clock.steady &+ Shim.killPatience
        while !killer.isDone, Clock.steady < end {
            _ = killer.round(look)
            reap()
            poll(nil, 0, 1)
        }
    }

    private func look() -> [ProcessStat] { ProcessTree.descendants(of: [getpid()]) }

    private func noteLeftBehind(_ pid: pid_t) {
        if status != nil, report.cause == .itself { leftBehind.insert(pid) }
    }
}
