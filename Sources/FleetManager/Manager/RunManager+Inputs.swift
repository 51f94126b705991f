import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging

extension RunManager {
    /// Takes one input: changes what is known of attempts, and puts records on the list of those to be written.
    func handle(_ input: Input) throws {
        switch input {
        case .started(let key, .success(let report)):
            guard let place = flights[key].flatMap({ hosts.place(of: $0.worker) }) else { break }
            noteFit(place)
            noteReport(report, from: place, isAnswer: report.key == key)
        case .notSent(let key, let error): noteNotSent(key, error)
        case .started(let key, .failure(let error)): noteStartFailure(key, error)
        case .reported(let place, let reports):
            for report in reports { noteReport(report, from: place, isAnswer: false) }
        case .reportsDropped:
            for place in hostStates.indices { hostStates[place].askAt = now }
        case .pollRefused(let place, let error):
            context.logger.info("a host did not answer a poll", metadata: ["error": "\(error)"])
            ask(place)
        case .copied(let key, let result): noteCopied(key, result)
        case .ghostEnded(let place, let key, let result): noteGhost(place, key, result)
        case .healthChanged: noteHealthFile()
        case .closed(let key, let closing): noteClosing(key, closing)
        case .claimed(let key, let result): noteClaim(key, result)
        case .ended(let call, let result): noteEndReply(call, result)
        case .connected(let place, let greeting): noteConnected(place, greeting)
        case .disconnected(let place, let error): noteDisconnected(place, error)
        case .fellBack(let place, let error): noteFallback(place, error)
        case .counted(let place, let counts): hostStates[place].note(counts)
        case .answered(let answer):
            // What others leased before the host was asked is known when its answer is looked at.
            if answer.isComplete { try noteLedger() }
            noteAnswer(answer)
        case .orphanDone(let run): noteOrphan(run)
        case .ledgerChanged: try noteLedger()
        case .due: noteDue()
        case .drain: isDraining = true
        case .interrupt:
            isDraining = true
            interruptOpenAttempts()
        }
    }

    /// This process's own appends come here as well, and tell nothing new.
    private func noteLedger() throws {
        let records = try ledger.refresh()
        if records.isEmpty, ledger.generation == generation { return }
        hasNews = true
        try note(records)
    }

    private func noteDue() {
        noteTimer()
        hasNews = true
        askDueHosts()
        releaseLongHeld()
        // Where nothing can be leased any more, nobody else would take it back, and the timer would fire for ever.
        if let time = yieldEnd, time <= now { yieldEnd = nil }
        if let time = copyAt, time <= now {
            copyAt = nil
            copyOn()
        }
        if let time = lookAt, time <= now {
            lookAt = nil
            collectOrphans()
        }
    }

    private func noteConnected(_ place: Int, _ greeting: HelloReply) {
        let host = hosts.all[place]
        if !greeting.bootID.isEmpty { hostStates[place].bootID = greeting.bootID.bounded(to: 64) }
        let detail = "\(greeting.hostName) (\(greeting.platform)), supervisor \(greeting.pid)"
        host.log.write(host: host.name, event: "connected", detail: detail)
        guard !host.isLocal else { return }
        hostStates[place].news.connects += 1
        noteContact(place)
    }

    /// Nothing is known of a start whose answer was lost: it is asked for, never sent again.
    private func noteStartFailure(_ key: AttemptKey, _ error: HostError) {
        guard var flight = flights[key], flight.phase == .starting else { return }
        writeLog(flight.worker, "start_failed", "\(key.task) \(key.attempt): \(error)")
        if error.code == .refused || error.code == .conflict { return noteUsedNumber(key, flight, error) }
        guard error.code == .transport || error.code == .malformed else {
            if error.isHostUnfit { noteUnfit(flight.worker, error) }
            finish(key, Failure(class: error.startFailureClass, message: error.description))
            return
        }
        flight.phase = .unsure
        flight.silentSince = now
        flights[key] = flight
        ask(flight.worker, within: 50)
    }

    /// The number is the task's mark now: what never began cannot begin any more.
    private func noteClaim(_ key: AttemptKey, _ result: Result<[AttemptReport], HostError>) {
        guard var flight = flights[key], flight.phase == .claiming else { return }
        switch result {
        case .success(let reports):
            // Its start may have arrived before the claim did: then it runs, and is not given up.
            if let known = reports.first(where: { $0.key == key && $0.state != .unknown }) {
                flight.phase = .unsure
                flights[key] = flight
                if let place = hosts.place(of: flight.worker) { noteReport(known, from: place, isAnswer: true) }
                return
            }
            writeLog(flight.worker, "given_up", "\(key.task) \(key.attempt)")
            noteUnknown(key, flight)
        case .failure(let error):
            context.logger.info("an attempt could not be given up yet", metadata: ["error": "\(error)"])
            flight.phase = .unsure
            let since = flight.silentSince ?? now
            flight.silentSince = since
            flights[key] = flight
            // A host that answers and cannot write its marks says no more of the attempt than a silent one. It may begin
            // there yet: that is seen to as with whatever was given up.
            guard now.seconds(since: since) < spec.lostAfter else {
                return finish(key, Failure(class: .lost, message: "it could not be given up: \(error)"))
            }
            confirmUnreachable(key)
            ask(flight.worker, within: Self.askAgain)
        }
    }

    /// The host knows nothing of an attempt, and never will.
    private func noteUnknown(_ key: AttemptKey, _ flight: Flight) {
        let mayHaveEnded = flight.isAdopted && mayHaveLostEnd(of: flight.task)
        if flight.isStarted {
            let failure = Failure(class: .lost, message: "the host knows nothing of the attempt any more")
            finish(key, failure, isTry: !mayHaveEnded)
        } else if hasRestarted(since: key, flight) {
            // A loss of power takes the record of what has just begun, as neither end waits for a disk over a start.
            let message = "its host was started anew since it was leased, and knows nothing of it: it may have run"
            finish(key, Failure(class: .lost, message: message), isTry: !mayHaveEnded)
        } else {
            let failure = Failure(class: .transport, message: "the start never reached the host")
            finish(key, failure, isTry: !flight.isAdopted)
        }
    }

    /// Whether the host of an attempt is known to have been started anew since the attempt was leased.
    private func hasRestarted(since key: AttemptKey, _ flight: Flight) -> Bool {
        guard let attempt = state?.tasks[flight.task].openAttempt, attempt.nonce == key.nonce,
            let before = attempt.hostBoot, let now = bootID(of: flight.worker)
        else { return false }
        return before != now
    }

    private func ask(_ worker: WorkerID, within milliseconds: Int64) {
        if let place = hosts.place(of: worker) { ask(place, within: milliseconds) }
    }
}
