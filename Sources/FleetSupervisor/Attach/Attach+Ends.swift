import CFleetSupervisor
import FleetWire

/// An end that was asked for, and whose outcome is not known yet.
struct PendingEnd {
    /// Whom to answer.
    let id: UInt32
    /// What was asked for.
    let request: EndRequest
    /// The number of the intent in the attempt's record; nothing before the shim was told.
    var intent: UInt64?

    /// Whether the attempt's shim was told, or what is left without one is being ended.
    var isDelivered: Bool { intent != nil }
}

extension Attach {
    /// Begins to end an attempt; the answer comes when that is verified, or was found impossible.
    func end(_ request: EndRequest, id: UInt32) throws(WireFailure) {
        try Identifier.check(request.key)
        if request.onlyUnowned { try checkUnowned() }
        let report = try report(of: request.key)
        switch report.state {
        case .unknown: reply(.ended(EndReply(outcome: .unknown, report: report)), to: id)
        case .exited, .lost: reply(.ended(endReply(report, wasAsked: false)), to: id)
        case .running where strangers.contains(request.key): reply(.ended(refusal(report)), to: id)
        case .running, .unsupervised:
            ends.append(PendingEnd(id: id, request: request))
            carryOutEnds()
        }
    }

    /// Tells the shims of attempts that are to be ended, as soon as these say who they are.
    func carryOutEnds() {
        var failed: Set<UInt32> = []
        for place in ends.indices where !ends[place].isDelivered {
            do throws(WireFailure) {
                ends[place].intent = try deliver(ends[place].request)
            } catch {
                reply(.failure(error), to: ends[place].id)
                failed.insert(ends[place].id)
            }
        }
        if !failed.isEmpty { ends.removeAll { failed.contains($0.id) } }
        settleEnds()
    }

    /// Writes the intent into the record and wakes the shim.
    ///
    /// - Returns: the intent's number, 0 where no shim needs to be told; nothing where the shim has not said who it is.
    private func deliver(_ request: EndRequest) throws(WireFailure) -> UInt64? {
        let key = request.key
        guard let run = try state.run(key.run, create: false), let record = try run.record(key, writing: true) else {
            // It could not be started after all, or was removed: the next look settles it.
            return 0
        }
        if salvages.values.contains(key) { return 0 }
        guard let life = record.read(.life, as: RecordLife.self) else { return nil }
        try run.marks.lock()
        defer { run.marks.unlock() }
        if request.onlyUnowned { try checkUnowned() }
        let number = (record.read(.intent, as: RecordIntent.self)?.number ?? 0) + 1
        do throws(SystemFault) {
            try record.write(.intent, RecordIntent(number: number, mode: request.mode, grace: request.grace))
        } catch {
            throw StateDirectory.failure("\(run.path)/\(key.recordName)", error)
        }
        // Where there is no such process any more, the look at the lock finds out what became of it.
        guard let seen = ProcessStat.read(pid_t(bitPattern: life.shim.pid)), life.shim.matches(seen),
            let shim = ProcessTree.Member(seen)
        else { return number }
        _ = shim.send(SIGUSR1)
        return number
    }

    /// Answers ends whose attempt turns out to be over, or gone.
    private func settleEnds() {
        for pending in ends where pending.isDelivered && numbers[pending.request.key] == nil {
            guard let report = try? report(of: pending.request.key) else { continue }
            switch report.state {
            case .exited, .lost: noteEndOf(report)
            case .unknown:
                answerEnds(of: report.key) { _ in EndReply(outcome: .alreadyExited, report: report) }
            case .running, .unsupervised:
                guard !report.survivors.isEmpty, report.revision >= Revision.notice(pending.intent ?? 0) else { break }
                noteEndOf(report)
            }
        }
    }

    /// Answers all that wait for the end of an attempt, of which this is the last word, or word of survivors.
    func noteEndOf(_ report: AttemptReport) {
        answerEnds(of: report.key) { [self] _ in endReply(report, wasAsked: true) }
    }

    func answerEnds(of key: AttemptKey, _ answer: (EndRequest) -> EndReply) {
        guard ends.contains(where: { $0.request.key == key }) else { return }
        for pending in ends where pending.request.key == key {
            reply(.ended(answer(pending.request)), to: pending.id)
        }
        ends.removeAll { $0.request.key == key }
    }

    private func endReply(_ report: AttemptReport, wasAsked: Bool) -> EndReply {
        guard report.survivors.isEmpty else {
            return EndReply(outcome: .survivors, report: report, reason: reason(for: report.survivors))
        }
        let endedByRequest = report.state == .lost || report.cause == .stop || report.cause == .interrupt
        return EndReply(outcome: wasAsked && endedByRequest ? .stopped : .alreadyExited, report: report)
    }

    private func reason(for survivors: [UInt32]) -> String {
        let words = survivors.prefix(8)
            .map { pid in
                var status = stat()
                guard stat("/proc/\(pid)", &status) == 0 else { return "process \(pid) is gone by now" }
                return status.st_uid == geteuid()
                    ? "process \(pid) does not end" : "process \(pid) belongs to account \(status.st_uid)"
            }
        return words.joined(separator: ", ")
    }
}
