import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging

extension RunManager {
    /// After how many milliseconds a host that could not be asked is asked again.
    static let askAgain: Int64 = 500
    /// How many hosts are contacted for the first time at once: a handshake is work for a processor, and what the first
    /// hosts can do while the others are contacted is won.
    static let contactLimit = 4
    /// For how many milliseconds a first contact keeps others waiting: a dead host's lasts longer.
    static let contactTurn: Int64 = 400

    /// Contacts the run's hosts, as far as this manager needs them.
    func contactHosts() {
        for place in hosts.all.indices {
            let host = hosts.all[place]
            // What other runs gave up while a machine was away is found when it is met.
            let wantsAll = host.isFirst && (isTakenOver || !host.isLocal)
            guard host.isLocal || purpose.leases || concerns(place) else { continue }
            guard wantsAll || !host.isLocal || hasOpenQuestion(place) else { continue }
            // A builder may hold what a run that has ended gave up there.
            ask(place, isComplete: wantsAll || (!host.isLocal && host.isFirst && purpose.leases))
            awaitWord(of: place)
        }
    }

    /// Whether something of the run is, or may be, on a host.
    func concerns(_ place: Int) -> Bool {
        if !hostStates[place].ghosts.isEmpty { return true }
        if flights.values.contains(where: { hosts.place(of: $0.worker) == place }) { return true }
        return state?.pendingEnds
            .contains { request in
                request.targets.contains { !$0.isSettled && hosts.place(of: $0.worker) == place }
            } ?? false
    }

    private func hasOpenQuestion(_ place: Int) -> Bool {
        flights.values.contains { $0.isOpenQuestion && hosts.place(of: $0.worker) == place }
    }

    /// Asks a host what became of the attempts in flight there; where it is not connected, that is a contact.
    ///
    /// - Parameters:
    ///   - place: the host's place.
    ///   - isComplete: whether to ask for all that the host knows, so that what was left there is found.
    func ask(_ place: Int, isComplete: Bool = false) {
        let host = hosts.all[place]
        hostsInLine.remove(place)
        if isComplete { hostStates[place].wantsAll = true }
        guard !hostStates[place].isAsking else { return }
        let keys = flights.filter { $0.value.isOpenQuestion && hosts.place(of: $0.value.worker) == place }.map(\.key)
            .sorted()
        let isContact = !host.isLocal && !hostStates[place].isConnected
        let wantsAll = hostStates[place].wantsAll
        guard wantsAll || !keys.isEmpty || isContact else { return }
        if isContact {
            guard purpose.leases && !isDraining || concerns(place) else { return }
            guard mayContact(place) else { return }
            guard hostStates[place].breaker.begin(at: now) else { return planAsk(place) }
            hostStates[place].contactSince = now
        }
        hostStates[place].isAsking = true
        hostStates[place].askAt = nil
        jobs.append { [mailbox] in
            let result = await host.ask(within: isContact ? host.contactSeconds : nil) { adapter in
                if isContact, wantsAll || keys.isEmpty { _ = try await adapter.connect() }
                guard !wantsAll else { return try await adapter.status(of: []) }
                var reports: [AttemptReport] = []
                for start in stride(from: 0, to: keys.count, by: 1_000) {
                    reports += try await adapter.status(of: Array(keys[start..<min(start + 1_000, keys.count)]))
                }
                return reports
            }
            if let counts = await host.adapter.connections { mailbox.post(.counted(place, counts)) }
            mailbox.post(.answered(HostAnswer(place: place, keys: keys, isComplete: wantsAll, result: result)))
        }
    }

    /// Whether it is this host's turn to be contacted; otherwise it comes later.
    private func mayContact(_ place: Int) -> Bool {
        let turn = now.milliseconds - Self.contactTurn
        let others = hostStates.compactMap(\.contactSince).filter { $0.milliseconds > turn }
        guard others.count >= Self.contactLimit, let first = others.min() else { return true }
        let time = Timestamp(milliseconds: first.milliseconds + Self.contactTurn)
        hostStates[place].askAt = time
        hostsInLine.insert(place)
        return false
    }

    /// Asks in so many milliseconds, or before.
    func ask(_ place: Int, within milliseconds: Int64) {
        let time = Timestamp(milliseconds: now.milliseconds + milliseconds)
        hostStates[place].askAt = hostStates[place].askAt.map { min($0, time) } ?? time
    }

    /// Sets when hosts are asked next.
    ///
    /// What runs on a host that answers is polled by its channel; what the channel does not know of are attempts that
    /// were given up, and ends that could not be confirmed.
    func planNextAsks() {
        let hasEnds = state?.pendingEnds.isEmpty == false
        for place in hostStates.indices where hostStates[place].askAt == nil && !hostStates[place].isAsking {
            if hosts.all[place].isLocal || hostStates[place].isConnected {
                guard hasEnds || !hostStates[place].ghosts.isEmpty, !flights.isEmpty || !isDraining else { continue }
                hostStates[place].askAt = now.adding(seconds: context.lookSeconds)
            } else {
                planAsk(place)
            }
        }
    }

    /// When a host that is not connected is tried again, or when what runs there is to be given up.
    private func planAsk(_ place: Int) {
        guard hostStates[place].lastError != nil else { return }
        var times: [Timestamp] = []
        if purpose.leases && !isDraining || concerns(place) {
            switch hostStates[place].breaker.state {
            case .closed: times.append(Timestamp(milliseconds: now.milliseconds + Self.askAgain))
            case .open(let until): times.append(max(until, Timestamp(milliseconds: now.milliseconds + 1)))
            case .halfOpen, .quarantined: break
            }
        }
        for flight in flights.values where flight.isOpenQuestion && hosts.place(of: flight.worker) == place {
            guard let since = flight.silentSince else { continue }
            times.append(max(since.adding(seconds: spec.lostAfter), Timestamp(milliseconds: now.milliseconds + 10)))
        }
        hostStates[place].askAt = times.min()
    }

    /// Asks the hosts whose time has come.
    func askDueHosts() {
        for place in hostStates.indices {
            guard let time = hostStates[place].askAt, time <= now else { continue }
            hostStates[place].askAt = nil
            ask(place)
            guard !hostStates[place].isAsking, let error = hostStates[place].lastError else { continue }
            // It may not be tried yet; what was silent for too long is given up without that.
            noteSilence(place, error)
        }
    }

    // MARK: - Answers

    /// A lost channel says nothing of an attempt.
    func noteDisconnected(_ place: Int, _ error: HostError) {
        let host = hosts.all[place]
        context.logger.info("the control channel was lost", metadata: ["error": "\(error)"])
        host.log.write(host: host.name, event: "disconnected", detail: error.description)
        if !host.isLocal {
            hostStates[place].isConnected = false
            hostStates[place].lastError = error
        }
        for (key, flight) in flights where flight.isOpenQuestion && hosts.place(of: flight.worker) == place {
            flights[key]?.silentSince = flight.silentSince ?? now
        }
        ask(place)
    }

    /// What reaches a host is not what was wished for first: that is told once for each machine.
    func noteFallback(_ place: Int, _ error: HostError) {
        let host = hosts.all[place]
        let isNew = !hostStates.indices.contains { hostStates[$0].hasFallenBack && hosts.isSameMachine($0, place) }
        hostStates[place].hasFallenBack = true
        guard isNew else { return }
        host.log.write(host: host.name, event: "fallback", detail: "the system's ssh is used: \(error)")
        context.logger.warning("\(host.name) is reached by the system's ssh", metadata: ["reason": "\(error)"])
    }

    /// Takes the host's word of all that it was asked about.
    func noteAnswer(_ answer: HostAnswer) {
        let place = answer.place
        hostStates[place].isAsking = false
        hostStates[place].contactSince = nil
        switch answer.result {
        case .success(let reports):
            noteContact(place)
            let known = Dictionary(reports.map { ($0.key, $0) }) { _, last in last }
            let missed = answer.keys.filter { flights[$0]?.silentSince != nil }
            for key in answer.keys {
                noteReport(known[key] ?? AttemptReport(key: key, state: .unknown), from: place, isAnswer: true)
            }
            tellFound(missed, at: place)
            if answer.isComplete {
                hostStates[place].wantsAll = false
                lost.awaited.remove(place)
                hasNews = true
                noteLeftovers(reports, at: place)
                findForeignGhosts(in: reports, at: place)
            }
            endAgain(at: place)
            endGhosts(at: place)
            // What became doubtful since the question was put has not been asked for.
            if hostStates[place].wantsAll { ask(place) }
            if flights.contains(where: { $0.value.phase == .unsure && hosts.place(of: $0.value.worker) == place }) {
                ask(place, within: 50)
            }
            if purpose == .collect { copyOn(at: place) }
        case .failure(let error):
            if lost.awaited.remove(place) != nil { hasNews = true }
            noteUnreachable(place, error)
            noteSilence(place, error)
            if hosts.all[place].isLocal {
                if hasOpenQuestion(place) { ask(place, within: Self.askAgain) }
            } else {
                planAsk(place)
            }
        }
        // Others may have waited for their turn.
        let line = hostsInLine
        hostsInLine = []
        for place in line.sorted() { ask(place) }
    }

    /// Only silence beyond `lost_after` gives an attempt up.
    func noteSilence(_ place: Int, _ error: HostError) {
        let silent = flights.filter { $0.value.isOpenQuestion && hosts.place(of: $0.value.worker) == place }
        for (key, flight) in silent.sorted(by: { $0.key < $1.key }) {
            let since = flight.silentSince ?? now
            flights[key]?.silentSince = since
            guard now.seconds(since: since) >= spec.lostAfter else {
                confirmUnreachable(key)
                continue
            }
            if let exit = flight.exit {
                close(key, exit, without: error)
            } else {
                let seconds = spec.lostAfter.inWords
                finish(key, Failure(class: .lost, message: "nothing was heard of it for \(seconds) s: \(error)"))
            }
        }
        confirmUnreachableEnds(at: place)
    }
}
