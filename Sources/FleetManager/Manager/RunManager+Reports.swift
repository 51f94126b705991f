import FleetCore
import FleetHost
import FleetLedger
import FleetWire

extension RunManager {
    /// Takes the host's word of an attempt.
    ///
    /// - Parameters:
    ///   - report: what it says.
    ///   - place: who says it: of another machine's attempts its word is nothing.
    ///   - isAnswer: whether it was asked about this very attempt: then it is known there even without a pid.
    func noteReport(_ report: AttemptReport, from place: Int, isAnswer: Bool) {
        guard report.key.run == runID.rawValue else {
            if report.state == .exited || report.state == .lost { collectOrphan(RunID(unchecked: report.key.run)) }
            return
        }
        guard var flight = flights[report.key], flight.phase != .closing, flight.phase != .over,
            let own = hosts.place(of: flight.worker), hosts.isSameMachine(own, place)
        else { return }
        if report.state != .unknown { flight.silentSince = nil }
        switch report.state {
        case .running, .unsupervised:
            guard flight.phase != .running, report.pid != 0 || isAnswer else { break }
            flight.phase = .running
            noteStarted(report, &flight)
            let ends = flight.wantedEnds
            flight.wantedEnds = []
            flights[report.key] = flight
            for end in ends { sendEnd(report.key, worker: flight.worker, end) }
            return
        case .exited, .lost:
            if report.state == .exited { noteStarted(report, &flight) }
            flight.phase = .closing
            flight.exit = report
            flight.exitAt = flight.exitAt ?? now
            flights[report.key] = flight
            collect(report, flight)
            return
        case .unknown:
            // A start that is under way may yet arrive, and a claim settles the rest.
            guard flight.isOpenQuestion else { break }
            flight.phase = .claiming
            flight.silentSince = flight.silentSince ?? now
            claim(report.key, worker: flight.worker)
        }
        flights[report.key] = flight
    }

    private func noteStarted(_ report: AttemptReport, _ flight: inout Flight) {
        guard !flight.isStarted else { return }
        flight.isStarted = true
        pending.append(
            .attemptStarted(
                .init(
                    run: runID,
                    task: spec.tasks[flight.task].id,
                    attempt: Int(report.key.attempt),
                    worker: flight.worker,
                    pid: Int(report.pid),
                    startedAt: Timestamp(milliseconds: Int64(clamping: report.startedAt))
                )
            )
        )
    }

    private func collect(_ report: AttemptReport, _ flight: Flight) {
        let task = spec.tasks[flight.task]
        let copy = copy(of: report.key)
        guard copy != nil || Closing.needsMore(report, task: task), let host = hosts[flight.worker] else {
            close(report.key, Closing(report: report))
            return
        }
        jobs.append { [mailbox] in
            let result = await Result.of(host: host.name) {
                try await Closing.complete(
                    report,
                    task: task,
                    host: host.adapter,
                    copy: copy,
                    within: host.answerSeconds,
                    runtime: host.runtime
                )
            }
            mailbox.post(.closed(report.key, result))
        }
    }

    private func claim(_ key: AttemptKey, worker: WorkerID) {
        guard let host = hosts[worker] else { return }
        jobs.append { [mailbox] in
            mailbox.post(.claimed(key, await host.ask { try await $0.claim(key) }))
        }
    }

    /// Ends an attempt with its receipt.
    func close(_ key: AttemptKey, _ closing: Closing) {
        confirmSurvivors(closing.report)
        end(key) { receipt, generator in
            receipt.event(for: closing, run: runID, now: now, using: &generator)
        }
    }

    /// Ends an attempt of which the host has no record.
    func finish(_ key: AttemptKey, _ failure: Failure, isTry: Bool = true) {
        var failure = failure
        failure.message = failure.message.bounded(to: HostError.messageLimit)
        end(key, isTry: isTry) { receipt, generator in
            receipt.event(without: failure, run: runID, now: now, using: &generator)
        }
    }

    private func end(
        _ key: AttemptKey,
        isTry: Bool = true,
        _ event: (Receipt, inout RuntimeGenerator) -> Event.AttemptFinished
    ) {
        guard let flight = flights[key], flight.phase != .over, let state else { return }
        let task = state.tasks[flight.task]
        guard let attempt = task.openAttempt, attempt.nonce == key.nonce else {
            // The ledger has its end already.
            flights[key] = nil
            return
        }
        flights[key]?.phase = .over
        let receipt = Receipt(
            task: spec.tasks[flight.task],
            attempt: attempt,
            usedBefore: task.usedSeconds,
            askedEnd: flight.askedEnd ?? flight.wantedEnds.last?.mode,
            mayRetry: mayRetry(task.id, attempt.number, in: state),
            workspace: context.workspace,
            lossSeconds: spec.lossSeconds,
            tries: task.tries,
            isTry: isTry
        )
        pending.append(.attemptFinished(event(receipt, &generator)))
    }

    /// Not where the run is being ended, nor where somebody wanted this very attempt ended.
    private func mayRetry(_ task: TaskID, _ attempt: Int, in state: RunState) -> Bool {
        guard state.requestedEnd == nil, !hasFailedFast(state) else { return false }
        return !state.pendingEnds.contains { request in
            request.mode != .restart && request.targets.contains { $0.task == task && $0.attempt == attempt }
        }
    }
}
