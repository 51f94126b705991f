import FleetCore
import FleetHost
import FleetLedger
import FleetWire

extension RunManager {
    /// Carries out what was asked to be ended, by this process or another.
    func carryOut(_ requestID: String, _ group: inout TaskGroup<Void>) {
        guard let state, let request = state.pendingEnds.first(where: { $0.id == requestID }) else { return }
        for target in request.targets {
            guard let attempt = state.task(target.task)?.openAttempt, attempt.number == target.attempt else { continue }
            let key = AttemptKey(run: runID, task: target.task, attempt: attempt)
            end(key, mode: request.mode == .interrupt ? .interrupt : .stop, requestID: requestID, &group)
        }
        switch (request.mode, request.scope) {
        case (.restart, _):
            for task in request.waiting {
                pending.append(.taskRequeued(.init(run: runID, task: task, reason: "restarted on request")))
            }
        case (.stop, .run), (.stop, .task), (.interrupt, .task):
            let reason = request.mode == .stop ? "stopped on request" : "interrupted on request"
            let failure: FailureClass = request.mode == .stop ? .cancelled : .interrupted
            let tasks = request.scope == .run ? state.tasks.filter { $0.status == .queued }.map(\.id) : request.waiting
            for task in tasks {
                pending.append(.taskCancelled(.init(run: runID, task: task, reason: reason, class: failure)))
            }
        default: break
        }
    }

    /// Ends an attempt now, or as soon as the answer to its start is here.
    private func end(
        _ key: AttemptKey,
        mode: FleetWire.EndMode,
        requestID: String?,
        _ group: inout TaskGroup<Void>
    ) {
        guard var flight = flights[key], !flight.isClosing else { return }
        if flight.isKnown {
            sendEnd(key, mode, requestID: requestID, &group)
        } else {
            flight.pendingEnd = (mode, requestID)
            flights[key] = flight
        }
    }

    func sendEnd(_ key: AttemptKey, _ mode: FleetWire.EndMode, requestID: String?, _ group: inout TaskGroup<Void>) {
        guard let worker = flights[key]?.worker, let host = hosts[worker] else { return }
        flights[key]?.pendingEnd = nil
        flights[key]?.isEnding = true
        group.addTask { [mailbox] in
            let result = await Result.of(host: host.name) { try await host.end(key, mode: mode, grace: 5_000) }
            mailbox.post(.ended(key, requestID: requestID, result))
        }
    }

    /// Puts the wish to interrupt everything that runs into the ledger; it is carried out when it stands there.
    func interruptOpenAttempts() {
        guard let state else { return }
        for task in state.tasks where task.openAttempt != nil {
            pending.append(
                .endRequested(
                    .init(run: runID, scope: .task(task.id), mode: .interrupt, requestID: Nonce.make())
                )
            )
        }
    }
}
