import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import NIOCore
import NIOPosix

/// Looks at one host for orphans.
struct OrphanVisit: Sendable {
    let search: OrphanSearch
    let host: HostSpec

    private var context: ManagerContext { search.context }
    private var options: OrphanSearch.Options { search.options }

    /// What there is, and what came of it.
    func run() async -> OrphanHost {
        let description = self.description
        var result = OrphanHost(name: description.name, transport: transport)
        // A supervisor that never ran here has nothing to tell.
        if isLocal, !Strays.mayRun(in: context.workspace) { return result }
        do {
            let own = try context.workspace.id()
            let adapter = connector(own).adapter(for: description, on: Self.loop()) { _ in }
            let found = await HostCall.result(of: adapter.name, within: seconds, runtime: context.runtime) {
                try await look(adapter, own: own)
            }
            await adapter.close()
            result = try found.get()
        } catch {
            result.failure = HostError(wrapping: error, host: description.name).description
        }
        return result
    }

    private func look(_ adapter: SupervisedHost, own: String) async throws -> OrphanHost {
        var result = OrphanHost(name: adapter.name, transport: transport)
        // First the host, then the ledger: a lease stands there before anything is started.
        let reports = try await adapter.status(of: [])
        let workspaces = try await adapter.workspaces()
        let (state, unknown) = try await judge(reports)
        let ownLease = workspaces.first(where: \.isOwn)
        var driven: [String: Bool] = [:]
        for report in reports {
            guard let cause = Self.cause(of: report, in: state), let run = RunID(report.key.run) else { continue }
            var orphan = Orphan(workspace: own, isOwn: true, report: report, cause: cause)
            // A live manager goes on by what it has read before the ledger was damaged.
            let isDriven = driven[run.rawValue] ?? context.isDriven(run)
            driven[run.rawValue] = isDriven
            // A copy of the workspace has its id, and may have a manager that began it since: its lease says so.
            let mayBeOthers = !isLocal && unknown.contains(report.key)
            if isDriven {
                orphan.result = .driven
            } else if mayBeOthers, ownLease?.leaseLeft ?? 0 > 0 {
                orphan.result = .owned
            } else if options.reaps {
                let isGuarded = mayBeOthers && ownLease?.hasLease ?? false
                orphan.result = await reap(report, on: adapter, isGuarded: isGuarded)
            }
            result.orphans.append(orphan)
        }
        for entry in workspaces where !entry.isOwn && entry.running + entry.ended > 0 {
            guard entry.leaseLeft == 0 else {
                result.othersRunning += Int(entry.running)
                continue
            }
            result.orphans += try await foreign(entry, adapter)
        }
        return result
    }

    /// What the ledger says, and which of a host's attempts no record of it names.
    private func judge(_ reports: [AttemptReport]) async throws -> (state: WorkspaceState, unknown: Set<AttemptKey>) {
        try await NIOThreadPool.singleton.runIfActive {
            let ledger = try Ledger(opening: context.workspace)
            var runs: [String: RunState?] = [:]
            let unknown = reports.map(\.key)
                .filter { key in
                    let known = runs[key.run] ?? RunID(key.run).flatMap { (try? ledger.loadRun($0)) ?? nil }
                    runs[key.run] = .some(known)
                    let attempts = TaskID(key.task).flatMap { known?.task($0)?.attempts } ?? []
                    return !attempts.contains { $0.nonce == key.nonce }
                }
            return (ledger.state, Set(unknown))
        }
    }

    private func foreign(_ entry: WorkspaceEntry, _ adapter: SupervisedHost) async throws -> [Orphan] {
        var cause = Orphan.Cause.silentOwner(seconds: Double(entry.leaseOver) / 1_000)
        if entry.leaseOver == 0 { cause = entry.hasLease ? .earlierBoot : .unknownOwner }
        var orphans = try await adapter.status(ofWorkspace: entry.id)
            .map { Orphan(workspace: entry.id, isOwn: false, report: $0, cause: cause) }
        guard options.reaps else { return orphans }
        guard options.takesForeign, cause != .unknownOwner else {
            for place in orphans.indices { orphans[place].result = .left }
            return orphans
        }
        let reaper = connector(entry.id).adapter(for: description, on: Self.loop()) { _ in }
        for place in orphans.indices {
            orphans[place].result = await reap(orphans[place].report, on: reaper, isGuarded: true)
        }
        await reaper.close()
        return orphans
    }

    /// Why an attempt of this workspace is nobody's; nil where it is a run's that goes on.
    static func cause(of report: AttemptReport, in state: WorkspaceState) -> Orphan.Cause? {
        let isOver = report.state == .exited || report.state == .lost
        guard let run = RunID(report.key.run), report.state != .unknown else { return nil }
        guard let live = state.live(run) else { return state.contains(run) ? .endedRun : .unknownRun }
        // What has ended is collected, or removed, by who drives the run.
        guard !isOver else { return nil }
        let attempts = TaskID(report.key.task).flatMap { live.task($0)?.attempts } ?? []
        guard let attempt = attempts.last(where: { $0.nonce == report.key.nonce }) else { return .unknownAttempt }
        if attempt.isOpen { return nil }
        return attempt.failure?.class == .lost ? .givenUp : .unknownAttempt
    }

    /// Ends an attempt, verified, and removes its records; where it is guarded, only while no lease covers it.
    private func reap(_ report: AttemptReport, on adapter: SupervisedHost, isGuarded: Bool) async -> Orphan.Result {
        let key = report.key
        do {
            let reply = isGuarded ? try await adapter.reap(key) : try await adapter.stop(key)
            log("\(key.run)/\(key.task) \(key.attempt), nobody's: \(reply.outcome)")
            guard reply.outcome != .survivors else {
                let pids = reply.report.survivors.prefix(Event.EndConfirmed.survivorLimit).map(Int.init)
                return .survivors(pids, reason: reply.reason)
            }
            // An owner who is back by now collects it.
            if isGuarded { try await adapter.cleanUpUnowned([key]) } else { try await adapter.cleanup([key]) }
            return reply.outcome == .stopped ? .stopped : .removed
        } catch {
            let error = HostError(wrapping: error, host: adapter.name)
            return error.code == .refused ? .owned : .failed(error.description)
        }
    }

    private func log(_ detail: String) {
        let name = description.name
        let path = isLocal ? context.workspace.localHostLog : context.workspace.hostLog(name)
        AdapterLog(path: path, now: context.now).write(host: name, event: "ended", detail: detail)
    }

    // MARK: - The host

    private static func loop() -> any EventLoop { MultiThreadedEventLoopGroup.singleton.next() }

    /// No variable is needed to look, or to end something.
    private var description: HostDescription {
        switch host {
        case .local:
            HostDescription(
                name: "local",
                reach: .local(supervisor: context.supervisorPath, state: context.workspace.localState),
                environment: LocalEnvironment.values(allowlist: [], from: context.environment)
            )
        case .ssh(let host): HostDescription(name: host.endpoint, reach: .ssh(host), environment: [:])
        }
    }

    private var isLocal: Bool { if case .local = host { true } else { false } }

    private var transport: String {
        switch host {
        case .local: "local"
        case .ssh(let host): host.transport.rawValue
        }
    }

    /// After how many seconds a host counts as silent; this machine always answers.
    private var seconds: Double? {
        switch host {
        case .local: nil
        case .ssh(let host): host.connectTimeoutSeconds + context.contactSeconds + context.answerSeconds
        }
    }

    private func connector(_ workspace: String) -> HostConnector {
        HostConnector(
            workspace: workspace,
            payloads: SupervisorPayloads(supervisor: context.supervisorPath),
            environment: context.environment
        )
    }
}
