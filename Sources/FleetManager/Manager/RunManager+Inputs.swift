import FleetCore
import FleetHost
import FleetLedger
import Logging
import FleetWire
import NIOCore

extension RunManager {
    /// Takes one input: changes what is known of attempts, and puts records on the list of those to be written.
    func handle(_ input: Input, _ group: inout TaskGroup<Void>) throws {
        switch input {
        case .started(let key, .success(let report)): noteReport(report, answering: key, &group)
        case .started(let key, .failure(let error)): noteStartFailure(key, error, &group)
        case .reported(let reports):
            for report in reports { noteReport(report, answering: nil, &group) }
        case .closed(let key, let closing): close(key, closing)
        case .ended(let key, let requestID, let result): noteEndReply(key, requestID, result)
        case .disconnected(let error): noteDisconnected(error, &group)
        case .resynced(let result): noteResync(result, &group)
        case .ledgerChanged: try note(ledger.refresh(), &group)
        case .due: timer = nil
        case .drain: isDraining = true
        case .interrupt:
            isDraining = true
            interruptOpenAttempts()
        }
    }

    func noteReport(_ report: AttemptReport, answering key: AttemptKey?, _ group: inout TaskGroup<Void>) {
        guard report.key.run == runID.rawValue else {
            if report.state == .exited || report.state == .lost { collectForeign(report.key, &group) }
            return
        }
        guard var flight = flights[report.key], !flight.isClosing else { return }
        switch report.state {
        case .running, .unsupervised:
            if !flight.isKnown, report.pid != 0 || key != nil { noteRunning(report, &flight) }
            flights[report.key] = flight
            if let end = flight.pendingEnd { sendEnd(report.key, end.mode, requestID: end.requestID, &group) }
        case .exited, .lost:
            if !flight.isKnown, report.state == .exited { noteRunning(report, &flight) }
            flight.isClosing = true
            flights[report.key] = flight
            collect(report, task: spec.tasks[flight.task], worker: flight.worker, &group)
        case .unknown:
            // The host never began it, and a start still under way must not begin it now.
            flight.isClosing = true
            flights[report.key] = flight
            giveUp(report.key, worker: flight.worker, &group)
        }
    }

    private func noteRunning(_ report: AttemptReport, _ flight: inout Flight) {
        flight.isKnown = true
        guard let state, state.task(spec.tasks[flight.task].id)?.openAttempt?.phase == .leased else { return }
        pending.append(
            .attemptStarted(
                .init(
                    run: runID,
                    task: TaskID(unchecked: report.key.task),
                    attempt: Int(report.key.attempt),
                    worker: flight.worker,
                    pid: Int(report.pid),
                    startedAt: Timestamp(milliseconds: Int64(clamping: report.startedAt))
                )
            )
        )
    }

    private func collect(
        _ report: AttemptReport,
        task: TaskSpec,
        worker: WorkerID,
        _ group: inout TaskGroup<Void>
    ) {
        guard Closing.needsMore(report, task: task), let host = hosts[worker] else {
            close(report.key, Closing(report: report))
            return
        }
        group.addTask { [mailbox] in
            mailbox.post(.closed(report.key, await Closing.complete(report, task: task, host: host)))
        }
    }

    private func giveUp(_ key: AttemptKey, worker: WorkerID, _ group: inout TaskGroup<Void>) {
        guard let host = hosts[worker] else { return }
        group.addTask { [mailbox] in
            let reports = (try? await host.claim(key)) ?? []
            // Its start may have arrived before the claim did: then it runs, and is not given up.
            let known = reports.first { $0.key == key && $0.state != .unknown }
            guard let known else {
                mailbox.post(.closed(key, Closing(report: AttemptReport(key: key, state: .lost))))
                return
            }
            mailbox.post(.reported([known]))
        }
    }

    private func noteStartFailure(_ key: AttemptKey, _ error: HostError, _ group: inout TaskGroup<Void>) {
        guard let flight = flights[key], !flight.isClosing else { return }
        adapterLog.write(host: "local", event: "start_failed", detail: "\(key.task) \(key.attempt): \(error)")
        // Nothing is known of a start whose answer was lost: the question that follows a lost channel settles it.
        if error.code == .transport || error.code == .malformed {
            scheduleResync(after: .milliseconds(50))
            return
        }
        let failure = FailureClass(rawValue: error.code.rawValue) ?? .configuration
        finishWithoutReport(key, Failure(class: failure, message: error.description))
    }

    /// Ends an attempt that never ran.
    func finishWithoutReport(_ key: AttemptKey, _ failure: Failure) {
        guard var flight = flights[key], let (task, attempt) = ledgerAttempt(key) else { return }
        flight.isClosing = true
        flight.isOver = true
        flights[key] = flight
        var event = Event.AttemptFinished(
            run: runID,
            task: task.id,
            attempt: attempt.number,
            worker: attempt.worker,
            outcome: .failed,
            failure: failure
        )
        event.finishedAt = now
        let policy = spec.tasks[flight.task].retryPolicy
        if !isStopping, policy.on.contains(failure.class), attempt.number < policy.maxAttempts {
            event.retryAt = now.adding(
                seconds: policy.jitteredBackoff(afterAttempt: attempt.number, using: &generator)
            )
        }
        pending.append(.attemptFinished(event))
    }

    private func close(_ key: AttemptKey, _ closing: Closing) {
        guard var flight = flights[key], !flight.isOver, let (task, attempt) = ledgerAttempt(key) else { return }
        flight.isClosing = true
        flight.isOver = true
        flights[key] = flight
        let receipt = Receipt(
            task: spec.tasks[flight.task],
            attempt: attempt,
            usedSeconds: task.usedSeconds + closing.report.seconds,
            mayRetry: !isStopping,
            workspace: context.workspace
        )
        pending.append(.attemptFinished(receipt.event(for: closing, run: runID, now: now, using: &generator)))
    }

    private func noteEndReply(_ key: AttemptKey, _ requestID: String?, _ result: Result<EndReply, HostError>) {
        var event = Event.EndConfirmed(
            run: runID,
            task: TaskID(unchecked: key.task),
            attempt: Int(key.attempt),
            requestID: requestID,
            result: .unreachable
        )
        switch result {
        case .success(let reply):
            event.result = EndResult(reply.outcome)
            event.survivors = reply.report.survivors.map(Int.init)
            adapterLog.write(
                host: "local",
                event: "ended",
                detail: "\(key.task) \(key.attempt): \(event.result.rawValue)\(reply.reason.map { ", \($0)" } ?? "")"
            )
            // The push may still be on its way: what the answer says of the attempt counts as well.
            if reply.outcome == .stopped || reply.outcome == .alreadyExited { mailbox.post(.reported([reply.report])) }
            if reply.outcome == .unknown { mailbox.post(.reported([AttemptReport(key: key, state: .unknown)])) }
        case .failure(let error):
            context.logger.warning("an end could not be carried out", metadata: ["error": "\(error)"])
        }
        pending.append(.endConfirmed(event))
    }

    /// Whether the run is being stopped, so that nothing is tried again.
    var isStopping: Bool {
        state?.pendingEnds.contains { $0.scope == .run && $0.mode == .stop } ?? true
    }

    /// The attempt of a key as the ledger knows it.
    func ledgerAttempt(_ key: AttemptKey) -> (TaskState, AttemptRecord)? {
        guard let task = state?.task(TaskID(unchecked: key.task)), let attempt = task.openAttempt,
            attempt.number == Int(key.attempt)
        else { return nil }
        return (task, attempt)
    }
}

extension EndResult {
    /// What a supervisor says, in the ledger's words.
    init(_ outcome: EndOutcome) {
        self =
            switch outcome {
            case .stopped: .stopped
            case .alreadyExited, .unknown: .alreadyExited
            case .survivors: .survivors
            }
    }
}

extension TaskState {
    /// Seconds that its attempts took which are over.
    var usedSeconds: Double {
        attempts.reduce(0) { sum, attempt in
            guard let start = attempt.startedAt, let end = attempt.finishedAt else { return sum }
            return sum + max(0, end.seconds(since: start))
        }
    }
}

extension AttemptReport {
    /// How many seconds it took; 0 where that is not known.
    var seconds: Double { finishedAt > startedAt && startedAt > 0 ? Double(finishedAt - startedAt) / 1_000 : 0 }
}
