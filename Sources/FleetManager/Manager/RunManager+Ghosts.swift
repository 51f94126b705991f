import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging

/// Attempts that were given up: they may still run, and are ended when their host answers again.
extension RunManager {
    /// Remembers attempts that earlier managers gave up: they may still run.
    func findGhosts(in state: RunState) {
        for task in state.tasks {
            for attempt in task.attempts where attempt.mayHaunt {
                guard let place = hosts.place(of: attempt.worker) else { continue }
                hostStates[place].ghosts.insert(AttemptKey(run: runID, task: task.id, attempt: attempt))
            }
        }
    }

    /// Finds what other runs have left on a host that tells all that it knows.
    ///
    /// A run that ends while a host is away leaves nobody who would end what it gave up there, or remove its records:
    /// whoever works with that host next does. What the ledger does not name as given up is nobody's to end here.
    func findForeignGhosts(in reports: [AttemptReport], at place: Int) {
        let foreign = Dictionary(grouping: reports.filter { $0.key.run != runID.rawValue }) { $0.key.run }
        for (name, reports) in foreign {
            guard let run = RunID(name), let state = (try? ledger.loadRun(run)) ?? nil else { continue }
            for report in reports {
                let attempts = TaskID(report.key.task).flatMap { state.task($0) }?.attempts ?? []
                guard let attempt = attempts.first(where: { !$0.isOpen && $0.nonce == report.key.nonce }) else {
                    continue
                }
                switch report.state {
                case .running, .unsupervised:
                    if attempt.failure?.class == .lost { hostStates[place].ghosts.insert(report.key) }
                case .exited, .lost:
                    if state.status != nil { hostStates[place].settled.append(report.key) }
                case .unknown: break
                }
            }
        }
    }

    /// Ends what was given up on a host that answers again, and is wanted by nobody.
    ///
    /// Where its host does not know it, its key is given up there: should its start still be under way, that is refused
    /// when it arrives.
    func endGhosts(at place: Int) {
        let host = hosts.all[place]
        for key in hostStates[place].ghosts.sorted() where ghostCalls.insert(key).inserted {
            jobs.append { [mailbox] in
                mailbox.post(.ghostEnded(place, key, await host.ask { try await $0.stopForGood(key) }))
            }
        }
    }

    /// What became of an attempt that was given up is written down, and not applied: the task went on without it.
    func noteGhost(_ place: Int, _ key: AttemptKey, _ result: Result<EndReply, HostError>) {
        ghostCalls.remove(key)
        triedGhosts.insert(key)
        let host = hosts.all[place]
        switch result {
        case .success(let reply):
            let exit = reply.report.exit.map { ", \($0)" } ?? ""
            let why = lost.strays[key] == nil ? "which was given up before" : "which the ledger does not know"
            host.log.write(
                host: host.name,
                event: "ended",
                detail: "\(key.run)/\(key.task) \(key.attempt), \(why): \(reply.outcome)\(exit)"
            )
            record(reply, of: key)
            // Where it once ran and is not known any more, nobody can tell.
            guard reply.outcome != .survivors, reply.outcome != .unknown || !hasStarted(key) else { return }
            hostStates[place].ghosts.remove(key)
            release(key)
            hostStates[place].settled.append(key)
        case .failure(let error):
            context.logger.info("an attempt that was given up could not be ended", metadata: ["error": "\(error)"])
        }
    }

    private func record(_ reply: EndReply, of key: AttemptKey) {
        let task = TaskID(unchecked: key.task)
        guard key.run == runID.rawValue,
            let attempt = state?.task(task)?.attempts.last(where: { $0.nonce == key.nonce }), attempt.mayHaunt
        else { return }
        let found: EndResult
        switch reply.outcome {
        case .stopped: found = .stopped
        case .survivors: found = .survivors
        case .alreadyExited where reply.report.state == .exited: found = .alreadyExited
        // Nothing is known of it there: nothing is to be told.
        case .alreadyExited, .unknown: return
        }
        let event = Event.endConfirmed(
            .init(
                run: runID,
                task: task,
                attempt: attempt.number,
                result: found,
                survivors: reply.report.survivors.map(Int.init),
                exit: reply.report.exit.map(ExitStatus.init)
            )
        )
        guard attempt.lateEnd?.result != found, !pending.contains(event) else { return }
        pending.append(event)
    }
}

extension AttemptRecord {
    /// Whether something of it may still run, as it was given up and nobody has seen its end.
    fileprivate var mayHaunt: Bool {
        guard failure?.class == .lost, exit == nil, !nonce.isEmpty else { return false }
        return lateEnd.map { $0.result == .survivors } ?? true
    }
}
