import FleetCore
import FleetHost
import FleetLedger
import Logging
import FleetWire
import NIOCore

extension RunManager {
    /// Sends the start of an attempt whose lease is durable.
    func start(_ lease: Event.TaskLeased, _ group: inout TaskGroup<Void>) {
        let key = AttemptKey(lease)
        guard let flight = flights[key], let worker = workers[lease.worker], let host = hosts[lease.worker] else {
            return
        }
        let request = StartRequest(
            key: key,
            task: spec.tasks[flight.task],
            worker: worker,
            exec: spec.exec,
            usedSeconds: state?.tasks[flight.task].usedSeconds ?? 0,
            context: context
        )
        group.addTask { [mailbox] in
            mailbox.post(.started(key, await Result.of(host: host.name) { try await host.start(request) }))
        }
    }

    /// Takes over what an earlier manager of the run left open, and asks what became of it.
    func adoptOpenAttempts(_ group: inout TaskGroup<Void>) {
        guard let state, state.counts.open > 0 else { return }
        for (index, task) in state.tasks.enumerated() {
            guard let attempt = task.openAttempt else { continue }
            let key = AttemptKey(run: runID, task: task.id, attempt: attempt)
            flights[key] = Flight(task: index, worker: attempt.worker, isKnown: attempt.phase == .running)
        }
        resync(&group)
    }

    /// Asks what became of every attempt in flight.
    func resync(_ group: inout TaskGroup<Void>) {
        guard let host = hosts.any else { return }
        let keys = flights.filter { !$0.value.isClosing }.map(\.key)
        guard !keys.isEmpty, !isResyncing else { return }
        isResyncing = true
        group.addTask { [mailbox] in
            var reports: [AttemptReport] = []
            var failure: HostError?
            for start in stride(from: 0, to: keys.count, by: 1_000) where failure == nil {
                let part = Array(keys[start..<min(start + 1_000, keys.count)])
                switch await Result.of(host: host.name, { try await host.status(of: part) }) {
                case .success(let more): reports += more
                case .failure(let error): failure = error
                }
            }
            mailbox.post(.resynced(failure.map { .failure($0) } ?? .success(reports)))
        }
    }

    func noteDisconnected(_ error: HostError, _ group: inout TaskGroup<Void>) {
        context.logger.info("the control channel was lost", metadata: ["error": "\(error)"])
        adapterLog.write(host: "local", event: "disconnected", detail: error.description)
        if disconnectedSince == nil { disconnectedSince = now }
        resync(&group)
    }

    /// A lost channel says nothing of an attempt; only silence beyond `lost_after` gives one up.
    func noteResync(_ result: Result<[AttemptReport], HostError>, _ group: inout TaskGroup<Void>) {
        isResyncing = false
        switch result {
        case .success(let reports):
            disconnectedSince = nil
            for report in reports { noteReport(report, answering: nil, &group) }
        case .failure(let error):
            let since = disconnectedSince ?? now
            disconnectedSince = since
            guard now.seconds(since: since) < spec.lostAfter, error.code != .configuration else {
                for key in flights.keys where flights[key]?.isClosing == false {
                    let failure = FailureClass(rawValue: error.code.rawValue) ?? .lost
                    finishWithoutReport(key, Failure(class: failure, message: error.description))
                }
                return
            }
            scheduleResync(after: .milliseconds(500))
        }
    }

    /// Asks again a little later.
    func scheduleResync(after wait: TimeAmount) {
        if disconnectedSince == nil { disconnectedSince = now }
        let lost = HostError(.transport, "local: an answer was lost")
        eventLoop.scheduleTask(in: wait) { [mailbox] in mailbox.post(.disconnected(lost)) }
    }

    /// Records the end of an attempt of another run whose manager is gone, so that its slot is free again.
    func collectForeign(_ key: AttemptKey, _ group: inout TaskGroup<Void>) {
        let run = RunID(unchecked: key.run)
        guard ledger.state.live(run)?.counts.open ?? 0 > 0, foreignRuns.insert(run).inserted else { return }
        let context = context
        group.addTask { [mailbox] in
            try? await Operations(context: context).refresh(only: run)
            mailbox.post(.ledgerChanged)
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
