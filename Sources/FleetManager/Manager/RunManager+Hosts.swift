import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging

extension RunManager {
    /// After how many milliseconds a host that could not be asked is asked again.
    static let askAgain: Int64 = 500

    /// Sends the start of an attempt whose lease is durable.
    func start(_ lease: Event.TaskLeased) {
        let key = AttemptKey(lease)
        guard let flight = flights[key], let worker = workers[lease.worker], let host = hosts[lease.worker],
            let state = state?.tasks[flight.task]
        else { return }
        let (task, exec, used, context) = (spec.tasks[flight.task], spec.exec, state.usedSeconds, context)
        let lost = lastLost(of: state)
        jobs.append { [mailbox] in
            let request = StartRequest(
                key: key,
                task: task,
                worker: worker,
                exec: exec,
                usedSeconds: used,
                context: context
            )
            let result = await Result.of(host: host.name) {
                guard let lost else { return try await host.start(request) }
                return try await host.restart(lost, as: request)
            }
            mailbox.post(.started(key, result))
        }
    }

    /// The attempt before, where that was given up: it may still run, and is ended before the next one begins.
    private func lastLost(of task: TaskState) -> AttemptKey? {
        guard let attempt = task.attempts.dropLast().last, attempt.failure?.class == .lost else { return nil }
        return AttemptKey(run: runID, task: task.id, attempt: attempt)
    }

    // MARK: - Asking

    /// Takes over what an earlier manager of the run left open, and asks what became of it.
    func adoptOpenAttempts(of state: RunState) {
        for (index, task) in state.tasks.enumerated() where state.counts.open > 0 {
            guard let attempt = task.openAttempt else { continue }
            let isRunning = attempt.phase == .running
            var flight = Flight(task: index, worker: attempt.worker, phase: isRunning ? .running : .unsure)
            flight.isStarted = isRunning
            flight.silentSince = now
            flights[AttemptKey(run: runID, task: task.id, attempt: attempt)] = flight
        }
        if isTakenOver { ask(isComplete: true) }
    }

    /// Asks what became of the attempts in flight.
    ///
    /// - Parameter isComplete: whether to ask for all that the host knows, so that what was left there is found.
    func ask(isComplete: Bool = false) {
        guard !isAsking, let host = hosts.any else { return }
        let keys = flights.filter { $0.value.isOpenQuestion }.map(\.key)
        guard isComplete || !keys.isEmpty else { return }
        isAsking = true
        jobs.append { [mailbox] in
            let result = await Result.of(host: host.name) {
                guard !isComplete else { return try await host.status(of: []) }
                var reports: [AttemptReport] = []
                for start in stride(from: 0, to: keys.count, by: 1_000) {
                    reports += try await host.status(of: Array(keys[start..<min(start + 1_000, keys.count)]))
                }
                return reports
            }
            mailbox.post(.answered(HostAnswer(keys: keys, isComplete: isComplete, result: result)))
        }
    }

    /// Asks in so many milliseconds, or before.
    func ask(within milliseconds: Int64) {
        let time = Timestamp(milliseconds: now.milliseconds + milliseconds)
        askAt = askAt.map { min($0, time) } ?? time
    }

    /// A push may be lost: what was silent for long is asked for.
    func planNextAsk() {
        guard askAt == nil, !isAsking, !flights.isEmpty || !isDraining else { return }
        askAt = now.adding(seconds: context.pollSeconds)
    }

    /// A lost channel says nothing of an attempt.
    func noteDisconnected(_ error: HostError) {
        context.logger.info("the control channel was lost", metadata: ["error": "\(error)"])
        adapterLog.write(host: "local", event: "disconnected", detail: error.description)
        for (key, flight) in flights where flight.isOpenQuestion {
            flights[key]?.silentSince = flight.silentSince ?? now
        }
        ask()
    }

    /// Takes the host's word of all that it was asked about.
    func noteAnswer(_ answer: HostAnswer) {
        isAsking = false
        switch answer.result {
        case .success(let reports):
            let known = Dictionary(reports.map { ($0.key, $0) }) { _, last in last }
            for key in answer.keys {
                noteReport(known[key] ?? AttemptReport(key: key, state: .unknown), isAnswer: true)
            }
            if answer.isComplete { noteLeftovers(reports) }
            endAgain()
            // What became doubtful since the question was put has not been asked for.
            if flights.contains(where: { $0.value.phase == .unsure }) { ask(within: 50) }
        case .failure(let error):
            context.logger.info("the host cannot be asked", metadata: ["error": "\(error)"])
            noteSilence(error)
            if flights.values.contains(where: \.isOpenQuestion) { ask(within: Self.askAgain) }
        }
    }

    /// Only silence beyond `lost_after` gives an attempt up.
    private func noteSilence(_ error: HostError) {
        for (key, flight) in flights where flight.isOpenQuestion {
            let since = flight.silentSince ?? now
            flights[key]?.silentSince = since
            guard now.seconds(since: since) >= spec.lostAfter else {
                confirmUnreachable(key)
                continue
            }
            if let exit = flight.exit {
                var closing = Closing(report: exit)
                closing.collectFailure = error.description
                close(key, closing)
            } else {
                let seconds = spec.lostAfter.inWords
                finish(key, Failure(class: .lost, message: "nothing was heard of it for \(seconds) s: \(error)"))
            }
        }
    }

    /// Records on the host whose end the ledger has: an earlier manager had no time to remove them.
    private func noteLeftovers(_ reports: [AttemptReport]) {
        guard let state else { return }
        for report in reports where report.key.run == runID.rawValue && flights[report.key] == nil {
            let attempts = state.task(TaskID(unchecked: report.key.task))?.attempts ?? []
            guard attempts.contains(where: { !$0.isOpen && $0.nonce == report.key.nonce }),
                report.state == .exited || report.state == .lost
            else { continue }
            settled.append(report.key)
        }
    }

    // MARK: - Runs whose manager is gone

    /// Records what has ended of other runs whose managers are gone, so that their slots are free again.
    func collectOrphans() {
        guard !isDraining, scheduler.hasReadyTasks, ledger.state.liveRunCount > 1 else { return }
        for other in ledger.state.liveRuns where other.id != runID && other.counts.open > 0 {
            guard scheduler.workers.contains(where: { other.openAttempts($0.id) > 0 }) else { continue }
            collectOrphan(other.id)
        }
    }

    /// Records what has ended of another run, if nobody drives it.
    func collectOrphan(_ run: RunID) {
        guard !isDraining, let other = ledger.state.live(run), other.counts.open > 0, !context.isDriven(run),
            orphanRuns.insert(run).inserted
        else { return }
        let context = context
        jobs.append { [mailbox] in
            do {
                try await Operations(context: context).refresh(only: run)
            } catch {
                context.logger.info("a run without a manager could not be looked at", metadata: ["error": "\(error)"])
            }
            mailbox.post(.orphanDone(run))
        }
    }
}

extension Result where Failure == HostError {
    /// The result of asking a host.
    static func of(
        host: String,
        _ body: () async throws -> Success
    ) async -> Result<Success, HostError> where Success: Sendable {
        do {
            return .success(try await body())
        } catch {
            return .failure(HostError(wrapping: error, host: host))
        }
    }
}
