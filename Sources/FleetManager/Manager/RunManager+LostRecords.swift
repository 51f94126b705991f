import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging

/// The ledger's records of attempts may be lost, by damage or with its tail.
///
/// The hosts know more then, and nothing is leased on the strength of a ledger that knows less.
extension RunManager {
    /// How often in a row a start may be refused for its number before that counts as a try.
    private static let refusalLimit = 8

    /// Leases nothing before a host has told all that it knows.
    ///
    /// This machine always answers. Builders are waited for where records are damaged for certain, each for as long as its
    /// first contact takes.
    func awaitWord(of place: Int) {
        guard isTakenOver, purpose.leases, hostStates[place].wantsAll, hosts.all[place].isLocal || hasLostRecords,
            hostStates[place].isAsking || hostsInLine.contains(place)
        else { return }
        lost.awaited.insert(place)
    }

    /// Whether records are missing that somebody may have acted on: what is no whole line never was one.
    private var hasLostRecords: Bool {
        ledger.damage.contains { damage in
            if case .tornTail = damage.kind { false } else { true }
        }
    }

    /// Records on the host whose end the ledger has: an earlier manager had no time to remove them.
    func noteLeftovers(_ reports: [AttemptReport], at place: Int) {
        guard let state else { return }
        for report in reports where report.key.run == runID.rawValue && flights[report.key] == nil {
            let attempts = state.task(TaskID(unchecked: report.key.task))?.attempts ?? []
            guard let attempt = attempts.first(where: { $0.nonce == report.key.nonce }) else {
                noteStray(report, at: place)
                continue
            }
            guard !attempt.isOpen, hosts.place(of: attempt.worker).map({ hosts.isSameMachine($0, place) }) ?? false,
                report.state == .exited || report.state == .lost
            else { continue }
            hostStates[place].settled.append(report.key)
        }
    }

    /// A host tells of an attempt of this run that the ledger does not know.
    ///
    /// Its lease stood in the ledger before it began, and is lost: it is ended before its task is leased again.
    private func noteStray(_ report: AttemptReport, at place: Int) {
        let key = report.key
        // Who only ends a run ends and tells what runs on this machine by itself: see ``Strays``.
        let isOurs = purpose.leases || state?.requestedEnd != nil && !hosts.all[place].isLocal
        guard isOurs, report.state != .unknown, lost.strays[key] == nil else { return }
        if let state, let task = state.index(of: TaskID(unchecked: key.task)) {
            lost.note(key.attempt, of: task, next: state.tasks[task].nextAttempt)
        }
        let host = hosts.all[place]
        host.log.write(host: host.name, event: "stray", detail: "\(key.task) \(key.attempt), \(report.state)")
        context.logger.warning(
            "an attempt is not in the ledger, whose record of it is lost",
            metadata: ["task": "\(key.task)", "attempt": "\(key.attempt)", "state": "\(report.state)"]
        )
        switch report.state {
        case .running, .unsupervised:
            lost.strays[key] = now
            hostStates[place].ghosts.insert(key)
        case .exited, .lost, .unknown:
            hostStates[place].settled.append(key)
        }
    }

    /// A host refuses a start as its number was used before: by an attempt whose records are lost.
    ///
    /// Nothing of this one began, so it is no try; the next number is above all that the host knows. What it knows besides
    /// is asked for first.
    func noteUsedNumber(_ key: AttemptKey, _ flight: Flight, _ error: HostError) {
        guard let state else { return }
        let refusals = (lost.refusals[flight.task] ?? 0) + 1
        lost.refusals[flight.task] = refusals
        let used = max(error.usedNumber ?? 0, key.attempt)
        lost.note(used, of: flight.task, next: state.tasks[flight.task].nextAttempt)
        let message = "its number was used before, by an attempt that the ledger has lost: \(error)"
        finish(key, Failure(class: .lost, message: message), isTry: refusals > Self.refusalLimit)
        guard let place = hosts.place(of: flight.worker) else { return }
        ask(place, isComplete: true)
        if hostStates[place].isAsking { lost.awaited.insert(place) }
    }

    /// Whether the end of an attempt, which began and of which its host has no record any more, may have been in the ledger.
    ///
    /// Then it is no try of the task's, where lost ones may be repeated at all.
    func mayHaveLostEnd(of task: Int) -> Bool {
        hasLostRecords && spec.tasks[task].retryPolicy.on.contains(.lost)
    }

    /// An attempt that the ledger does not know has ended: its task may be leased.
    func release(_ key: AttemptKey) {
        guard lost.strays.removeValue(forKey: key) != nil else { return }
        hasNews = true
        guard let state, let task = state.index(of: TaskID(unchecked: key.task)) else { return }
        if state.tasks[task].status == .queued { noteChange(of: task, in: state) }
    }

    /// What could not be ended for as long as a silent host is waited for holds its task back no longer.
    func releaseLongHeld() {
        for (key, since) in lost.strays where now.seconds(since: since) >= spec.lostAfter { release(key) }
    }
}
