import FleetCore
import FleetHost
import FleetWire
import Logging

/// Attempts that were given up: they may still run, and are ended when their host answers again.
extension RunManager {
    /// Remembers attempts that earlier managers gave up: they may still run.
    func findGhosts(in state: RunState) {
        for task in state.tasks {
            for attempt in task.attempts where attempt.failure?.class == .lost {
                guard let place = hosts.place(of: attempt.worker) else { continue }
                hostStates[place].ghosts.insert(AttemptKey(run: runID, task: task.id, attempt: attempt))
            }
        }
    }

    /// Ends what was given up on a host that answers again, and is wanted by nobody.
    func endGhosts(at place: Int) {
        let host = hosts.all[place]
        for key in hostStates[place].ghosts.sorted() where ghostCalls.insert(key).inserted {
            jobs.append { [mailbox] in
                let result = await host.ask { try await $0.stop(key) }
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
                detail: "\(key.task) \(key.attempt), which was given up before: \(reply.outcome)\(exit)"
            )
            guard reply.outcome != .survivors else { return }
            hostStates[place].ghosts.remove(key)
            hostStates[place].settled.append(key)
        case .failure(let error):
            context.logger.info("an attempt that was given up could not be ended", metadata: ["error": "\(error)"])
        }
    }
}
