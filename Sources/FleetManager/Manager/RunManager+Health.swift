import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging

extension RunManager {
    /// Takes over what earlier managers learnt of the hosts, and makes these known.
    ///
    /// A manager begins because somebody wants something, as a rule: then a host that waits for its next probe, or for
    /// somebody to see to it, is tried at once.
    func loadHealth() {
        let known = health.read()
        drained = Set(known.workers.filter { $0.value.isDrained }.keys)
        for place in hosts.all.indices where !hosts.all[place].isLocal {
            let host = hosts.all[place]
            hostStates[place].judgedAt = now
            if let record = known.hosts[host.key] {
                hostStates[place].breaker = record.breaker
                if context.isInHurry { hostStates[place].breaker.makeDue(at: now) }
                hostStates[place].news.isNew = record.name != host.name || record.transport != host.transport
            } else {
                hostStates[place].news.isNew = true
            }
        }
        for worker in workers.values where !worker.isLocal {
            guard let host = hosts[worker.id], known.workers[worker.id]?.host != host.key,
                let place = hosts.place(of: worker.id)
            else { continue }
            hostStates[place].news.isNew = true
        }
    }

    /// Whether a worker may be leased tasks.
    func isUsable(_ worker: WorkerID) -> Bool {
        guard !drained.contains(worker) else { return false }
        guard let place = hosts.place(of: worker), !hosts.all[place].isLocal else { return true }
        return hostStates[place].isConnected && hostStates[place].breaker.mayTry(at: now)
    }

    /// Whether a worker's host waits for somebody to see to it.
    private func isQuarantined(_ worker: WorkerID) -> Bool {
        hosts.place(of: worker).map { !hosts.all[$0].isLocal && hostStates[$0].breaker.isQuarantined } ?? false
    }

    /// Whether nothing of what waits can go on before somebody has seen to a host.
    ///
    /// A drained worker is somebody's doing, who will end it: its tasks wait.
    var isStuck: Bool {
        guard purpose.leases, !isDraining, flights.isEmpty, pending.isEmpty, scheduler.nextDue == nil else {
            return false
        }
        let workers = scheduler.readyWorkers
        return !workers.isEmpty && workers.allSatisfy(isQuarantined)
    }

    /// A host has answered.
    func noteContact(_ place: Int) {
        hostStates[place].lastError = nil
        guard !hosts.all[place].isLocal, !hostStates[place].isConnected else { return }
        hostStates[place].isConnected = true
        // It has heard of nobody since, and is told at once.
        leases.hurry(place)
        noteJudgement(place)
        if hostStates[place].breaker != Breaker() {
            hostStates[place].breaker.noteSuccess()
            hostStates[place].news.hasMoved = true
        }
        hostStates[place].news.contactAt = now
        hasNews = true
    }

    /// A host could not be reached.
    func noteUnreachable(_ place: Int, _ error: HostError) {
        let host = hosts.all[place]
        guard !host.isLocal else {
            hostStates[place].lastError = error
            context.logger.info("the host cannot be asked", metadata: ["error": "\(error)"])
            return
        }
        let before = hostStates[place].breaker.state
        hostStates[place].isConnected = false
        hostStates[place].lastError = error
        hostStates[place].breaker.noteFailure(error.breakerKind, at: now)
        noteFailure(place, error)
        host.log.write(host: host.name, event: "unreachable", detail: "\(error.code.rawValue): \(error)")
        tell(host, before, hostStates[place].breaker, error)
    }

    /// Word that is older than this counts no more, nor does the same word twice where another process's clock is ahead.
    func noteJudgement(_ place: Int) {
        hostStates[place].judgedAt = max(hostStates[place].judgedAt ?? now, now)
    }

    /// Tells people what has changed for the worse: once.
    private func tell(_ host: Host, _ before: Breaker.State, _ breaker: Breaker, _ error: HostError) {
        switch (before, breaker.state) {
        case (.quarantined, .quarantined): break
        case (_, .quarantined):
            context.logger.warning(
                "\(host.name) is given nothing more until somebody has seen to it",
                metadata: ["error": "\(error)"]
            )
        case (.closed, .open):
            context.logger.warning("\(host.name) cannot be reached", metadata: ["error": "\(error)"])
        default: context.logger.info("\(host.name) cannot be reached", metadata: ["error": "\(error)"])
        }
    }

    /// Why hosts could not be asked when they last were.
    func unreachableHosts() -> [HostError] { hostStates.compactMap(\.lastError) }

    /// Another process, or somebody, has changed what is known of hosts and workers.
    func noteHealthFile() {
        let known = health.read()
        let drained = Set(known.workers.filter { $0.value.isDrained }.keys)
        if drained != self.drained {
            self.drained = drained
            hasNews = true
        }
        for place in hosts.all.indices where !hosts.all[place].isLocal && !hostStates[place].isConnected {
            // Newer word that the host is well; its failures are better found out by ourselves.
            guard let well = known.hosts[hosts.all[place].key]?.wellAt, let judged = hostStates[place].judgedAt,
                well >= judged, well != hostStates[place].heededAt, !hostStates[place].isAsking
            else { continue }
            (hostStates[place].judgedAt, hostStates[place].heededAt) = (well, well)
            hostStates[place].breaker = Breaker()
            ask(place)
        }
    }

    /// Writes what is new of the hosts' health; what cannot be written is tried again later, and at the end.
    func writeHealth(isLast: Bool = false) {
        guard hostStates.contains(where: { !$0.news.isEmpty }) else { return }
        if !isLast, let rest = healthRest, now < rest { return }
        var changes: [(host: Host, news: HealthNews, breaker: Breaker)] = []
        for place in hostStates.indices where !hostStates[place].news.isEmpty {
            changes.append((hosts.all[place], hostStates[place].news, hostStates[place].breaker))
        }
        let workers = workers.values.filter { !$0.isLocal }
        do {
            try health.update { known in
                for change in changes {
                    let host = change.host
                    var record = known.hosts[host.key] ?? HostHealth(name: host.name, transport: host.transport)
                    record.name = host.name
                    record.transport = host.transport
                    change.news.add(to: &record, breaker: change.breaker, of: runID)
                    // What a manager that was killed has left, where its run is over.
                    record.pool?.forget { ledger.state.live($0) == nil }
                    known.hosts[host.key] = record
                }
                for worker in workers {
                    guard let key = hosts[worker.id]?.key else { continue }
                    known.workers[worker.id, default: .init()].host = key
                }
            }
            healthRest = nil
            for place in hostStates.indices { hostStates[place].news = HealthNews() }
        } catch {
            if healthRest == nil {
                context.logger.warning("the hosts' health cannot be kept", metadata: ["error": "\(error)"])
            }
            healthRest = now.adding(seconds: 1)
        }
    }
}
