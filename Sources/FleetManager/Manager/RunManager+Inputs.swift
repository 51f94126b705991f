import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging

extension RunManager {
    /// Takes one input: changes what is known of attempts, and puts records on the list of those to be written.
    func handle(_ input: Input) throws {
        switch input {
        case .started(let key, .success(let report)): noteReport(report, isAnswer: report.key == key)
        case .started(let key, .failure(let error)): noteStartFailure(key, error)
        case .reported(let reports):
            for report in reports { noteReport(report, isAnswer: false) }
        case .reportsDropped: askAt = now
        case .closed(let key, let closing): noteClosing(key, closing)
        case .claimed(let key, let result): noteClaim(key, result)
        case .ended(let call, let result): noteEndReply(call, result)
        case .connected(let greeting): noteConnected(greeting)
        case .disconnected(let error): noteDisconnected(error)
        case .answered(let answer): noteAnswer(answer)
        case .orphanDone(let run): orphanRuns.remove(run)
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
        guard let time = askAt, time <= now else { return }
        askAt = nil
        ask()
        collectOrphans()
    }

    private func noteConnected(_ greeting: HelloReply) {
        let detail = "\(greeting.hostName) (\(greeting.platform)), supervisor \(greeting.pid)"
        adapterLog.write(host: "local", event: "connected", detail: detail)
    }

    /// Nothing is known of a start whose answer was lost: it is asked for, never sent again.
    private func noteStartFailure(_ key: AttemptKey, _ error: HostError) {
        guard var flight = flights[key], flight.phase == .starting else { return }
        adapterLog.write(host: "local", event: "start_failed", detail: "\(key.task) \(key.attempt): \(error)")
        guard error.code == .transport || error.code == .malformed else {
            let failure =
                FailureClass(rawValue: error.code.rawValue) ?? (error.code == .running ? .lost : .configuration)
            finish(key, Failure(class: failure, message: error.description))
            return
        }
        flight.phase = .unsure
        flight.silentSince = now
        flights[key] = flight
        ask(within: 50)
    }

    /// Takes what a receipt needs; where the host was lost meanwhile, it is asked again later.
    private func noteClosing(_ key: AttemptKey, _ result: Result<Closing, HostError>) {
        guard var flight = flights[key], flight.phase == .closing else { return }
        switch result {
        case .success(let closing): close(key, closing)
        case .failure(let error):
            context.logger.info("what an attempt left could not be had yet", metadata: ["error": "\(error)"])
            flight.phase = .running
            flight.silentSince = flight.silentSince ?? now
            flights[key] = flight
            ask(within: Self.askAgain)
        }
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
                noteReport(known, isAnswer: true)
                return
            }
            adapterLog.write(host: "local", event: "given_up", detail: "\(key.task) \(key.attempt)")
            finish(
                key,
                flight.isStarted
                    ? Failure(class: .lost, message: "the host knows nothing of the attempt any more")
                    : Failure(class: .transport, message: "the start never reached the host")
            )
        case .failure(let error):
            context.logger.info("an attempt could not be given up yet", metadata: ["error": "\(error)"])
            flight.phase = .unsure
            flights[key] = flight
            ask(within: Self.askAgain)
        }
    }
}
