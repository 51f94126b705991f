import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging

/// Hosts that answer, and take no starts: a full disk is their fault, and no task's.
extension RunManager {
    /// A host has answered a start with what is its own fault.
    ///
    /// Its channel stands, and what runs there runs on. After a few such answers in a row it is given nothing more for a
    /// while, and then one attempt at a time, until it takes one: it is free at once whenever it has refused one, and
    /// would have the whole queue while others work.
    func noteUnfit(_ worker: WorkerID, _ error: HostError) {
        guard let place = hosts.place(of: worker), !hosts.all[place].isLocal else { return }
        let before = hostStates[place].breaker.state
        hostStates[place].breaker.noteFailure(.passing, at: now)
        noteFailure(place, error)
        guard before == .closed, hostStates[place].breaker.state != .closed else { return }
        let host = hosts.all[place]
        host.log.write(host: host.name, event: "unfit", detail: "\(error.code.rawValue): \(error)")
        context.logger.warning("\(host.name) is given nothing more for a while", metadata: ["error": "\(error)"])
    }

    /// A host has taken a start.
    func noteFit(_ place: Int) {
        guard !hosts.all[place].isLocal, hostStates[place].isConnected, hostStates[place].breaker != Breaker() else {
            return
        }
        hostStates[place].breaker.noteSuccess()
        hostStates[place].news.hasMoved = true
        noteJudgement(place)
        hasNews = true
    }

    /// Adds a failure to what is kept of a host's health.
    func noteFailure(_ place: Int, _ error: HostError) {
        noteJudgement(place)
        hostStates[place].news.hasMoved = true
        hostStates[place].news.failures[error.healthClass, default: 0] += 1
        hostStates[place].news.lastFailure = HostHealth.LastFailure(
            class: error.healthClass,
            message: error.description.bounded(to: 500),
            time: now
        )
    }

    /// How many attempts a worker may be given at most: one where its host is being tried again.
    func startLimit(of worker: WorkerID) -> Int {
        guard let place = hosts.place(of: worker), !hosts.all[place].isLocal, hostStates[place].isConnected,
            hostStates[place].breaker.state != .closed
        else { return .max }
        return flights.values.contains { $0.phase == .starting && hosts.place(of: $0.worker) == place } ? 0 : 1
    }

    /// When hosts that are given nothing for a while are tried again.
    var nextFitness: [Timestamp] {
        let now = now
        return hostStates.compactMap { $0.isConnected ? $0.breaker.nextTry : nil }.filter { $0 > now }
    }
}
