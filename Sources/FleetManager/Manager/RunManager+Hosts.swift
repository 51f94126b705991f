import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging

extension RunManager {
    /// Sends the start of an attempt whose lease is durable.
    func start(_ lease: Event.TaskLeased) {
        let key = AttemptKey(lease)
        guard let flight = flights[key], let worker = workers[lease.worker], let host = hosts[lease.worker],
            let state = state?.tasks[flight.task]
        else { return }
        let (task, exec, used, context) = (spec.tasks[flight.task], spec.exec, state.usedSeconds, context)
        let lost = lostBefore(state, on: lease.worker)
        let (validity, limit) = (spec.leaseValidity(host), spec.lossLimit)
        jobs.append { [mailbox] in
            var request = StartRequest(
                key: key,
                task: task,
                worker: worker,
                exec: exec,
                usedSeconds: used,
                context: context
            )
            (request.leaseValidity, request.lossLimit) = (validity, limit)
            // What cannot be reached was sent nothing: that is known, and the task may go elsewhere at once.
            if !host.isLocal,
                case .failure(let error) = await host.ask(within: host.contactSeconds, { try await $0.connect() })
            {
                return mailbox.post(.notSent(key, error))
            }
            let start = request
            let result = await host.ask { adapter in
                guard let last = lost.last else { return try await adapter.start(start) }
                for key in lost.dropLast() { try await adapter.stopWholly(key) }
                return try await adapter.restart(last, as: start)
            }
            mailbox.post(.started(key, result))
        }
    }

    /// The attempts before that were given up on the same machine.
    ///
    /// They may still run, whatever came after them, and are ended before the next one begins. Those on another machine
    /// are ended at next contact.
    private func lostBefore(_ task: TaskState, on worker: WorkerID) -> [AttemptKey] {
        task.attempts.dropLast()
            .filter { attempt in
                guard attempt.failure?.class == .lost, !attempt.nonce.isEmpty,
                    let (before, here) = hosts.places(of: attempt.worker, worker)
                else { return false }
                return hosts.isSameMachine(before, here)
            }
            .map { AttemptKey(run: runID, task: task.id, attempt: $0) }
    }

    /// The host could not be reached before the start was sent: the attempt never was.
    func noteNotSent(_ key: AttemptKey, _ error: HostError) {
        guard let flight = flights[key], flight.phase == .starting else { return }
        writeLog(flight.worker, "start_failed", "\(key.task) \(key.attempt): \(error)")
        if let place = hosts.place(of: flight.worker) {
            hostStates[place].isConnected = false
            noteUnreachable(place, error)
        }
        finish(key, Failure(class: .transport, message: "the start never reached the host: \(error)"))
    }

    /// Takes over what an earlier manager of the run left open.
    func adoptOpenAttempts(of state: RunState) {
        for (index, task) in state.tasks.enumerated() where state.counts.open > 0 {
            guard let attempt = task.openAttempt else { continue }
            let isRunning = attempt.phase == .running
            var flight = Flight(task: index, worker: attempt.worker, phase: isRunning ? .running : .unsure)
            flight.isStarted = isRunning
            flight.isAdopted = true
            flight.silentSince = now
            flights[AttemptKey(run: runID, task: task.id, attempt: attempt)] = flight
        }
    }

    /// Tells the host's log what became of attempts of which nothing was heard, since a channel was lost or another
    /// process drove them.
    func tellFound(_ keys: [AttemptKey], at place: Int) {
        guard !keys.isEmpty else { return }
        let phases = keys.map { flights[$0]?.phase }
        let running = phases.count { $0 == .running }
        let unknown = phases.count { $0 == .claiming }
        hosts.all[place].log
            .write(
                host: hosts.all[place].name,
                event: "found",
                detail: "of \(keys.count) attempts \(running) run on, \(keys.count - running - unknown) have ended, "
                    + "\(unknown) are not known there"
            )
    }

    /// Writes a line into the log of a worker's host.
    func writeLog(_ worker: WorkerID, _ event: String, _ detail: String) {
        guard let host = hosts[worker] else { return }
        host.log.write(host: host.name, event: event, detail: detail)
    }

    // MARK: - Runs whose manager is gone

    /// Records what has ended of other runs whose managers are gone, so that their slots are free again.
    func collectOrphans() {
        guard !isDraining, scheduler.hasReadyTasks, ledger.state.liveRunCount > 1 else { return }
        for other in ledger.state.liveRuns where other.id != runID && other.counts.open > 0 {
            guard scheduler.workers.contains(where: { other.openAttempts($0.id) > 0 }) else { continue }
            if let rest = orphanRests[other.id], now < rest.until { continue }
            collectOrphan(other.id)
        }
    }

    /// It was looked at another run; where nothing has come of that, the next look comes later and later.
    func noteOrphan(_ run: RunID) {
        orphanRuns.remove(run)
        let seconds = min(orphanRests[run].map { $0.seconds * 2 } ?? context.lookSeconds, Self.longestOrphanRest)
        orphanRests[run] = (now.adding(seconds: seconds), seconds)
    }

    /// The longest time between two looks at a run without a manager, in seconds; what its hosts tell comes sooner.
    private static let longestOrphanRest = 60.0

    /// Records what has ended of another run, if nobody drives it.
    func collectOrphan(_ run: RunID) {
        guard !isDraining, let other = ledger.state.live(run), other.counts.open > 0, !context.isDriven(run),
            orphanRuns.insert(run).inserted
        else { return }
        var context = context
        context.isInHurry = false
        jobs.append { [mailbox, context] in
            do {
                try await Operations(context: context).refresh(only: run)
            } catch {
                context.logger.info("a run without a manager could not be looked at", metadata: ["error": "\(error)"])
            }
            mailbox.post(.orphanDone(run))
        }
    }
}
