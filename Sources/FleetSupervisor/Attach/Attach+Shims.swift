import CFleetSupervisor
import FleetWire

extension Attach {
    /// Takes notice of what a shim or a salvage tells.
    func take(_ message: ShimMessage, from number: UInt32) {
        switch message {
        case .started(let report): noteStarted(report, number)
        case .failed(let failure): noteFailed(failure, number)
        case .notice(let report):
            attempts[number]?.report = report
            push(report)
            noteEndOf(report)
        case .ended(let report): noteEnded(report, number)
        }
    }

    private func noteStarted(_ report: AttemptReport, _ number: UInt32) {
        guard let own = attempts[number], own.isStarting else { return }
        attempts[number]?.report = report
        attempts[number]?.isStarting = false
        attempts[number]?.waiting = []
        told[report.key] = max(told[report.key] ?? 0, report.revision)
        for id in own.waiting { reply(.reports(Reports([report])), to: id) }
    }

    private func noteFailed(_ failure: WireFailure, _ number: UInt32) {
        guard let own = forget(number) else { return }
        for id in own.waiting { reply(.failure(failure), to: id) }
        answerEnds(of: own.start.key) { _ in
            EndReply(outcome: .alreadyExited, report: AttemptReport(key: own.start.key, state: .unknown))
        }
    }

    private func noteEnded(_ report: AttemptReport, _ number: UInt32) {
        if let own = forget(number) {
            // Whoever still waits for the start has missed it: the end says all.
            for id in own.waiting { reply(.reports(Reports([report])), to: id) }
        }
        push(report)
        noteEndOf(report)
    }

    @discardableResult
    private func forget(_ number: UInt32) -> OwnAttempt? {
        guard let own = attempts.removeValue(forKey: number) else { return nil }
        numbers[own.start.key] = nil
        return own
    }

    /// Takes the ends of our own children: shims, salvages, collectors, and orphans that came here.
    func reapChildren() {
        var ended: Set<pid_t> = []
        while true {
            let pid = waitpid(-1, nil, WNOHANG)
            if pid > 0 {
                ended.insert(pid)
            } else if pid == 0 || cfleet_errno() != EINTR {
                break
            }
        }
        guard !ended.isEmpty else { return }
        // What they said before they ended counts first.
        takeMessages()
        for (number, own) in attempts where ended.contains(own.shim) {
            forget(number)
            shimDied(own)
        }
        for pid in ended {
            guard let key = salvages.removeValue(forKey: pid) else { continue }
            salvageEnded(key)
        }
    }

    /// A shim ended without an end: somebody killed it.
    private func shimDied(_ own: OwnAttempt) {
        let report = (try? report(of: own.start.key)) ?? own.report
        for id in own.waiting { reply(.reports(Reports([report])), to: id) }
        push(report)
        if report.state == .exited || report.state == .lost { noteEndOf(report) }
    }

    /// Another process may have had the attempt's lock: then its word is in the record by now, or it is tried again.
    private func salvageEnded(_ key: AttemptKey) {
        guard let report = try? report(of: key) else { return }
        push(report)
        if report.state == .exited || report.state == .lost { noteEndOf(report) }
    }

    /// Forks the process that ends what is left of an attempt whose shim died, unless one is at it.
    func salvage(_ key: AttemptKey, in run: RunDirectory) throws(WireFailure) {
        guard !salvages.values.contains(key) else { return }
        let order = Salvage(
            key: key,
            number: nextNumber(),
            directory: run.descriptor,
            pipe: messagePipe,
            null: null,
            host: host,
            orphans: orphans()
        )
        let child = cfleet_fork()
        if child == 0 { order.run() }
        guard child > 0 else {
            throw WireFailure(
                .inputOutput,
                "The host refused another process (\(SystemFault.current.words)); "
                    + "what is left of attempt \(key.attempt) of task \(key.task) is ended at the next try."
            )
        }
        salvages[child] = key
    }

    /// Children of ours that we did not fork: they were below shims that died.
    private func orphans() -> [ProcessStat] {
        let ours = Set(attempts.values.map(\.shim) + salvages.keys + collections.map(\.process))
        let children =
            ProcessTree.listedChildren(of: getpid())
            ?? ProcessStat.all().filter { $0.parent == getpid() }.map(\.pid)
        return children.filter { !ours.contains($0) }.compactMap { ProcessStat.read($0) }
    }
}
