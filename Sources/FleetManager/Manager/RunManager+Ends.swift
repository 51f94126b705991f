import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging

extension RunManager {
    /// Carries out what was asked to be ended, by this process or another.
    func carryOut(_ request: FleetCore.EndRequest, in state: RunState) {
        endTargets(of: request, in: state)
        switch (request.mode, request.scope) {
        case (.restart, _):
            for task in request.waiting {
                if purpose.leases { restarted.insert(task) }
                let event = Event.taskRequeued(.init(run: runID, task: task, reason: "restarted on request"))
                // One serves every request that waits for it.
                if !pending.contains(event) { pending.append(event) }
            }
        case (.stop, .task), (.interrupt, .task):
            let isStop = request.mode == .stop
            let reason = isStop ? "stopped on request" : "interrupted on request"
            for place in request.waiting.compactMap({ state.index(of: $0) }) {
                cancel(place, in: state, isStop ? .cancelled : .interrupted, reason)
            }
        default: break
        }
    }

    /// Carries out again what could not be confirmed, now that the host was heard of.
    func endAgain(at place: Int) {
        guard let state else { return }
        for request in state.pendingEnds { endTargets(of: request, in: state, at: place) }
    }

    /// Carries a request out; with a place, for the attempts of that host alone.
    private func endTargets(of request: FleetCore.EndRequest, in state: RunState, at place: Int? = nil) {
        let end = WantedEnd(mode: request.mode == .interrupt ? .interrupt : .stop, requestID: request.id)
        for target in request.targets where !target.isSettled {
            if let place, hosts.place(of: target.worker) != place { continue }
            guard let attempts = state.task(target.task)?.attempts,
                let attempt = attempts.last(where: { $0.number == target.attempt })
            else { continue }
            let key = AttemptKey(run: runID, task: target.task, attempt: attempt)
            if flights[key] != nil {
                want(end, of: key)
            } else if attempt.failure?.class == .lost {
                // It was given up, and may still run.
                if reach(attempt.worker) {
                    sendEnd(key, worker: attempt.worker, end)
                } else if !isAsking(attempt.worker) {
                    confirm(EndCall(key: key, requestID: end.requestID), .unreachable)
                }
            }
        }
    }

    /// Ends an attempt now, or as soon as the host is known to know it.
    private func want(_ end: WantedEnd, of key: AttemptKey) {
        guard let flight = flights[key] else { return }
        switch flight.phase {
        case .running where reach(flight.worker): sendEnd(key, worker: flight.worker, end)
        case .starting, .unsure, .claiming, .running:
            guard !flight.wantedEnds.contains(where: { $0.requestID == end.requestID }) else { return }
            flights[key]?.wantedEnds.append(end)
            // A host that may not be tried yet is not waited for.
            if !reach(flight.worker), !isAsking(flight.worker) { confirmUnreachable(key) }
        case .closing, .over: break
        }
    }

    /// Whether a worker's host can be asked now; where it is not connected, it is contacted, if it may be tried.
    private func reach(_ worker: WorkerID) -> Bool {
        guard let place = hosts.place(of: worker) else { return false }
        if hosts.all[place].isLocal || hostStates[place].isConnected { return true }
        ask(place)
        return false
    }

    private func isAsking(_ worker: WorkerID) -> Bool {
        hosts.place(of: worker).map { hostStates[$0].isAsking || hostsInLine.contains($0) } ?? false
    }

    func sendEnd(_ key: AttemptKey, worker: WorkerID, _ end: WantedEnd) {
        let call = EndCall(key: key, requestID: end.requestID)
        guard let host = hosts[worker], endCalls.insert(call).inserted else { return }
        flights[key]?.askedEnd = end.mode
        jobs.append { [mailbox] in
            let result = await host.ask { try await $0.end(key, mode: end.mode, grace: 5_000) }
            mailbox.post(.ended(call, result))
        }
    }

    /// Takes the answer to an end; what could not be confirmed is never recorded as done.
    func noteEndReply(_ call: EndCall, _ result: Result<EndReply, HostError>) {
        endCalls.remove(call)
        let key = call.key
        switch result {
        case .success(let reply):
            let found: EndResult =
                switch reply.outcome {
                case .stopped: .stopped
                case .alreadyExited: .alreadyExited
                case .survivors: .survivors
                // It was said to run, and the host has forgotten it: nobody knows.
                case .unknown: hasStarted(key) ? .unreachable : .alreadyExited
                }
            let reason = reply.reason.map { ", \($0)" } ?? ""
            if let worker = worker(of: key) {
                writeLog(worker, "ended", "\(key.task) \(key.attempt): \(found.rawValue)\(reason)")
            }
            confirm(call, found, survivors: reply.report.survivors.map(Int.init))
            // The push may still be on its way: what the answer says of the attempt counts as well.
            if reply.report.key == key, let place = worker(of: key).flatMap({ hosts.place(of: $0) }) {
                noteReport(reply.report, from: place, isAnswer: true)
            }
        case .failure(let error):
            context.logger.warning("an end could not be carried out", metadata: ["error": "\(error)"])
            confirm(call, .unreachable)
            if let place = worker(of: key).flatMap({ hosts.place(of: $0) }) { ask(place, within: Self.askAgain) }
        }
    }

    /// Who carries an attempt, or did.
    private func worker(of key: AttemptKey) -> WorkerID? { flights[key]?.worker ?? attempt(key)?.worker }

    /// Whether a host has said that an attempt runs.
    func hasStarted(_ key: AttemptKey) -> Bool { flights[key]?.isStarted ?? (attempt(key)?.startedAt != nil) }

    private func attempt(_ key: AttemptKey) -> AttemptRecord? {
        state?.task(TaskID(unchecked: key.task))?.attempts.last { $0.nonce == key.nonce }
    }

    /// The ends of what was given up on a host that cannot be asked.
    func confirmUnreachableEnds(at place: Int) {
        guard let state, !state.pendingEnds.isEmpty else { return }
        for request in state.pendingEnds {
            for target in request.targets where !target.isSettled && hosts.place(of: target.worker) == place {
                guard let attempts = state.task(target.task)?.attempts,
                    let attempt = attempts.last(where: { $0.number == target.attempt })
                else { continue }
                let call = EndCall(
                    key: AttemptKey(run: runID, task: target.task, attempt: attempt),
                    requestID: request.id
                )
                if !endCalls.contains(call) { confirm(call, .unreachable) }
            }
        }
    }

    /// The ends that wait for word of an attempt on a host that cannot be asked.
    func confirmUnreachable(_ key: AttemptKey) {
        for end in flights[key]?.wantedEnds ?? [] {
            confirm(EndCall(key: key, requestID: end.requestID), .unreachable)
        }
    }

    /// The host says that an attempt is over, and that an end has left processes: that is written with the attempt's end.
    ///
    /// The answer to the end says it as well, and may come after the run's own end.
    func confirmSurvivors(_ report: AttemptReport) {
        guard !report.survivors.isEmpty, let state else { return }
        for request in state.pendingEnds {
            let isTarget = request.targets.contains {
                $0.task.rawValue == report.key.task && $0.attempt == Int(report.key.attempt) && !$0.isSettled
            }
            guard isTarget else { continue }
            let call = EndCall(key: report.key, requestID: request.id)
            confirm(call, .survivors, survivors: report.survivors.map(Int.init))
        }
    }

    private func confirm(_ call: EndCall, _ result: EndResult, survivors: [Int] = []) {
        let (task, attempt) = (TaskID(unchecked: call.key.task), Int(call.key.attempt))
        let event = Event.endConfirmed(
            .init(
                run: runID,
                task: task,
                attempt: attempt,
                requestID: call.requestID,
                result: result,
                survivors: survivors
            )
        )
        // Said once; where it is unreachable, the wish stands until it is carried out.
        let targets = state?.pendingEnds.first { $0.id == call.requestID }?.targets ?? []
        let known = targets.first { $0.task == task && $0.attempt == attempt }?.result
        guard known == nil || (known == .unreachable && result != .unreachable), !pending.contains(event) else {
            return
        }
        pending.append(event)
    }

    /// Puts the wish to interrupt everything that runs into the ledger; it is carried out when it stands there.
    func interruptOpenAttempts() {
        for (task, _) in state?.openAttempts ?? [] {
            pending.append(
                .endRequested(
                    .init(run: runID, scope: .task(task), mode: .interrupt, requestID: context.runtime.nonce())
                )
            )
        }
    }
}
