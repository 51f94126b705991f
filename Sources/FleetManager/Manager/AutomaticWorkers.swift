package import FleetCore
import FleetWire

/// The workers of a run that names none: slots on this machine, shared by all such runs of the workspace.
package enum AutomaticWorkers {
    #if os(Linux)
    private static let system = "linux"
    #else
    private static let system = "macos"
    #endif

    /// What tasks may require of them.
    package static let capabilities: Set<String> = ["local", system]

    /// `local-1` to `local-<count>`.
    package static func make(_ count: Int) -> [WorkerSpec] {
        (1...max(1, count))
            .map { number in
                WorkerSpec(
                    id: WorkerID(unchecked: "local-\(number)"),
                    host: .local(LocalHostSpec()),
                    capabilities: capabilities
                )
            }
    }
}

extension WorkerSpec {
    /// The worker as the ledger knows it.
    var summary: WorkerSummary {
        let place =
            switch host {
            case .local: "local"
            case .ssh(let host): host.endpoint
            }
        return WorkerSummary(
            id: id,
            host: place,
            slots: maxConcurrentTasks,
            digest: String(SHA256.hexDigest(of: specJSON).prefix(16))
        )
    }

    /// The worker as the scheduler knows it.
    var schedulerWorker: Scheduler.Worker {
        Scheduler.Worker(id: id, capabilities: capabilities, slots: maxConcurrentTasks)
    }
}
