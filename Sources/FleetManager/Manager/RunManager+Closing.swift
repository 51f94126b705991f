import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging

/// Attempts whose end is known, and of which a host still has what they left.
extension RunManager {
    /// How often an answer that cannot be understood is asked for.
    static let answerTries = 3
    /// How often a connection may be lost over it, once `lost_after` is over: large files take long, over poor lines.
    static let connectionTries = 5

    /// Takes what a receipt needs; where the host was lost meanwhile, it is asked again later.
    ///
    /// Not for ever: how it ended is known, and is worth more than what it left.
    func noteClosing(_ key: AttemptKey, _ result: Result<Closing, HostError>) {
        guard var flight = flights[key], flight.phase == .closing else { return }
        switch result {
        case .success(let closing): close(key, closing)
        case .failure(let error):
            context.logger.info("what an attempt left could not be had yet", metadata: ["error": "\(error)"])
            flight.closingFailures += 1
            if let exit = flight.exit, isVain(flight, error) { return close(key, exit, without: error) }
            flight.phase = .running
            flight.silentSince = flight.silentSince ?? now
            flights[key] = flight
            if let place = hosts.place(of: flight.worker) { ask(place, within: Self.askAgain) }
        }
    }

    /// Whether it is no use to ask for what an attempt left once more.
    private func isVain(_ flight: Flight, _ error: HostError) -> Bool {
        if error.code == .malformed, flight.closingFailures >= Self.answerTries { return true }
        guard flight.closingFailures >= Self.connectionTries, let time = flight.exitAt else { return false }
        return now.seconds(since: time) >= spec.lostAfter
    }

    /// Ends an attempt by its host's record of it, without what it left.
    func close(_ key: AttemptKey, _ exit: AttemptReport, without error: HostError) {
        var closing = Closing(report: exit)
        closing.collectFailure = error.description
        // What was copied so far is there, but nobody knows whether it is all.
        if let flight = flights[key], hosts[flight.worker]?.isLocal == false { closing.log = .missing(exit, error) }
        close(key, closing)
    }
}
