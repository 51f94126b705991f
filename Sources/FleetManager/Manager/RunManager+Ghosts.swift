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

    /// Remembers what runs on a host for runs of the workspace that have ended: attempts that these gave up.
    func findGhosts(of reports: [AttemptReport], at place: Int) {
        guard purpose.leases else { return }
        for report in reports where report.state == .running || report.state == .unsupervised {
            // A lease stands in the ledger before anything is started, and the host was asked before the ledger was read.
            guard let run = RunID(report.key.run), run != runID, ledger.state.contains(run),
                ledger.state.live(run) == nil, !context.isDriven(run)
            else { continue }
            hostStates[place].ghosts.insert(report.key)
        }
    }

    /// Ends what was given up on a host that answers again, and is wanted by nobody.
    ///
    /// Its key is given up there first: where its start is still under way, that is refused when it arrives.
    func endGhosts(at place: Int) {
        let host = hosts.all[place]
        for key in hostStates[place].ghosts.sorted() where ghostCalls.insert(key).inserted {
            jobs.append { [mailbox] in
                let result = await host.ask { adapter in
                    _ = try await adapter.claim(key)
                    return try await adapter.stop(key)
                }
                mailbox.post(.ghostEnded(place, key, result))
            }
        }
    }

    /// What became of an attempt that was given up is written down, and not applied: the task went on without it.
    func noteGhost(_ place: Int, _ key: AttemptKey, _ result: Result<EndReply, HostError>) {
        ghostCalls.remove(key)
        let host = hosts.all[place]
        switch result {
        case .success(let reply):
            let exit = reply.report.exit.map { ", \($0)" } ?? ""
            host.log.write(
                host: host.name,
                event: "ended",
                detail: "\(key.run)/\(key.task) \(key.attempt), which was given up before: \(reply.outcome)\(exit)"
            )
            record(reply, of: key)
            guard reply.outcome != .survivors else { return }
            hostStates[place].ghosts.remove(key)
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
        guard failure?.class == .lost, exit == nil else { return false }
        return lateEnd.map { $0.result == .survivors } ?? true
    }
}
