package import FleetCore
package import FleetLedger

/// The file that keeps the hosts' health, and which workers are drained: `.codewhale/fleet/hosts.json`.
///
/// Several processes change it. What cannot be made out of it counts as nothing known: it is a help, not the truth.
package struct HealthFile: Sendable {
    private let file: SharedFile
    private let now: @Sendable () -> Timestamp

    /// The file of a workspace.
    package init(_ workspace: Workspace, now: @escaping @Sendable () -> Timestamp) {
        file = SharedFile(path: workspace.health, on: workspace.disk)
        self.now = now
    }

    /// What it holds.
    package func read() -> FleetHealth { FleetHealth(json: file.read(), now: now()) }

    /// Changes what it holds, while nobody else does.
    package func update(_ change: (inout FleetHealth) -> Void) throws {
        try file.update { bytes in
            var health = FleetHealth(json: bytes, now: now())
            let before = health
            change(&health)
            health.trim()
            return health == before ? nil : health.json
        }
    }

    /// Drains a worker: it is leased nothing more.
    package func drain(_ worker: WorkerID) throws {
        try update { $0.workers[worker, default: .init()].isDrained = true }
    }

    /// Ends that, and takes its host out of quarantine: somebody says that it is well.
    package func undrain(_ worker: WorkerID) throws {
        let time = now()
        try update { health in
            health.workers[worker]?.isDrained = false
            guard let key = health.workers[worker]?.host else { return }
            health.hosts[key]?.breaker = Breaker()
            health.hosts[key]?.clearedAt = time
        }
    }
}
