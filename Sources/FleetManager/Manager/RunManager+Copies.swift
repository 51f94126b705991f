import FleetCore
import FleetHost
import FleetWire
import Logging

extension RunManager {
    /// The copy of what an attempt on another machine leaves; nil where it lies here already.
    func copy(of key: AttemptKey) -> AttemptCopy? {
        if let copy = copies[key] { return copy }
        guard let flight = flights[key], let host = hosts[flight.worker], !host.isLocal else { return nil }
        let copy = AttemptCopy(
            key,
            of: spec.tasks[flight.task],
            host: host,
            workspace: context.workspace,
            hasRemains: flight.isAdopted
        )
        copies[key] = copy
        return copy
    }

    /// Copies the logs of what runs on other machines on, one part at a time for each attempt.
    func copyOn() {
        guard !hosts.areAllLocal else { return }
        for place in hosts.all.indices where hostStates[place].isConnected { copyOn(at: place) }
    }

    /// Copies those of one host on.
    func copyOn(at place: Int) {
        guard !hosts.all[place].isLocal, purpose != .settle else { return }
        let running = flights.filter { $0.value.phase == .running && hosts.place(of: $0.value.worker) == place }
        for key in running.keys.sorted() { copyOn(key) }
    }

    private func copyOn(_ key: AttemptKey) {
        guard let copy = copy(of: key), copying.insert(key).inserted else { return }
        let isOnce = !purpose.leases
        jobs.append { [mailbox] in
            let host = copy.host.name
            mailbox.post(.copied(key, await Result.of(host: host) { try await copy.catchUp(wholly: isOnce) }))
        }
    }

    /// A log was copied on; where there is more of it, that goes on.
    func noteCopied(_ key: AttemptKey, _ result: Result<Bool, HostError>) {
        copying.remove(key)
        switch result {
        case .success(let hasMore):
            if hasMore, purpose.leases, flights[key]?.phase == .running { copyOn(key) }
        case .failure(let error):
            // A host that is lost is told of by its channel; the log is copied on when it is back.
            context.logger.debug("a log could not be copied on", metadata: ["error": "\(error)"])
        }
    }

    /// Sets when logs are looked at next.
    func planNextCopy() {
        guard copyAt == nil, !hosts.areAllLocal, purpose.leases,
            flights.values.contains(where: { $0.phase == .running && !(hosts[$0.worker]?.isLocal ?? true) })
        else { return }
        copyAt = Timestamp(milliseconds: now.milliseconds + context.copyMilliseconds)
    }
}
