import FleetCore
import FleetLedger
import FleetManager

/// Which hosts are looked at: those of a spec, of a file of workers, of the workspace's latest runs, or this machine.
struct DoctorPlan: Sendable {
    /// The hosts.
    let targets: [DoctorTarget]

    /// Reads what was named.
    ///
    /// - Parameters:
    ///   - spec: the spec's file; nil for the workspace's latest runs.
    ///   - workers: a file of workers in place of the spec's.
    ///   - host: the one worker whose host is looked at; nil for all.
    ///   - transport: what carries connections, in place of what workers say.
    ///   - workspace: the workspace, whether or not it is there.
    /// - Throws: `noSpec`, `badSpec`, `noWorker`, `usage`.
    init(
        spec: String?,
        workers: String?,
        host: String?,
        transport: SSHHostSpec.Transport?,
        workspace: Workspace
    ) throws(CommandError) {
        guard spec != SpecSource.standardInput || workers != SpecSource.standardInput else {
            throw CommandError(.usage, "the spec and the workers cannot both be read from standard input")
        }
        let specs: [RunSpec] = if let spec { [try Self.spec(spec)] } else { Self.latest(in: workspace) }
        var pairs: [(worker: WorkerSpec, spec: RunSpec?)] = []
        if let workers {
            pairs = try Self.workers(workers).map { ($0, specs.first) }
        } else {
            for spec in specs { for worker in spec.workers { pairs.append((worker, spec)) } }
        }
        if pairs.isEmpty { pairs = AutomaticWorkers.make(1).map { ($0, specs.first) } }
        if let host {
            let known = pairs.map(\.worker.id.rawValue)
            pairs.removeAll { $0.worker.id.rawValue != host }
            guard !pairs.isEmpty else {
                throw CommandError(
                    .noWorker,
                    "there is no worker \(host)",
                    hint: NearestName.hint(host, in: known)
                        ?? "the workers: \(known.prefix(20).joined(separator: ", "))"
                )
            }
        }
        var seen: Set<String> = []
        var targets: [DoctorTarget] = []
        for (worker, spec) in pairs where seen.insert(worker.id.rawValue).inserted {
            var worker = worker
            if let transport, case .ssh(var host) = worker.host {
                host.transport = transport
                worker.host = .ssh(host)
            }
            let target = DoctorTarget(worker, for: spec, root: workspace.root)
            if let place = targets.firstIndex(where: { $0.ssh == target.ssh }) {
                targets[place].merge(target)
            } else {
                targets.append(target)
            }
        }
        self.targets = targets
    }

    private static func spec(_ path: String) throws(CommandError) -> RunSpec {
        let source = SpecSource(path: path, subject: "spec")
        let document = try source.document()
        do throws(SpecError) {
            return try RunSpec(document: document)
        } catch {
            throw source.fault(error)
        }
    }

    private static func workers(_ path: String) throws(CommandError) -> [WorkerSpec] {
        let source = SpecSource(path: path, subject: "file of workers")
        let document = try source.document()
        do throws(SpecError) {
            return try RunSpec.workers(document: document)
        } catch {
            throw source.fault(error)
        }
    }

    /// The specs of the runs that go on, newest first; of the newest one where none does.
    private static func latest(in workspace: Workspace) -> [RunSpec] {
        guard workspace.isInitialized, let ledger = try? Ledger(opening: workspace) else { return [] }
        let live = ledger.state.liveRuns.map(\.id).reversed()
        let runs = live.isEmpty ? ledger.state.runIDs.suffix(1).map(\.self) : Array(live)
        return runs.compactMap { run in
            let file = workspace.spec(run)
            guard let descriptor = try? System.open(file) else { return nil }
            defer { System.close(descriptor) }
            guard let bytes = try? System.readAll(descriptor, limit: 256 << 20) else { return nil }
            return try? RunSpec(acceptedJSON: bytes)
        }
    }
}
