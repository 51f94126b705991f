package import FleetCore
import FleetHost
import FleetLedger
import FleetWire

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension RunManager {
    /// Makes a run: checks what only the workspace can tell, stores the spec, and writes the run into the ledger.
    ///
    /// When this returns the run is durable, and this process holds its lock.
    ///
    /// - Throws: ``ManagerError`` of code `specification` where the run cannot be; ``LedgerError``. Then nothing is left.
    package static func create(
        spec: RunSpec,
        options: RunOptions,
        context: ManagerContext
    ) async throws -> RunManager {
        let workers = spec.workers.isEmpty ? AutomaticWorkers.make(options.maxWorkers) : spec.workers
        try check(spec, workers: workers)
        let ledger = try Ledger(opening: context.workspace)
        let run = RunName.make(at: context.now())
        try context.workspace.makeRunDirectories(run)
        do {
            guard let lock = try RunLock.tryAcquire(context.workspace.managerLock(run)) else {
                throw ManagerError(.busy, "run \(run) is driven by another process")
            }
            let digest = try RunFiles.store(spec, of: run, in: context.workspace)
            let created = Event.RunCreated(
                run: run,
                name: spec.name,
                labels: spec.labels,
                specDigest: digest,
                taskCount: spec.tasks.count,
                maxWorkers: spec.workers.isEmpty ? workers.count : nil,
                workers: workers.map(\.summary)
            )
            var conflict: (run: RunID, definition: WorkerSummary)?
            _ = try ledger.append(durable: true, at: context.now()) { state in
                conflict = created.workers.lazy.compactMap { state.conflict(with: $0) }.first
                guard conflict == nil else { return nil }
                return [.runCreated(created)] + spec.tasks.map { .taskEnqueued(.init(run: run, task: $0.id)) }
            }
            if let conflict {
                throw ManagerError(
                    .specification,
                    "worker \(conflict.definition.id) is in use by run \(conflict.run) with another definition",
                    hint: "give this worker another id, or wait for that run's end"
                )
            }
            return try RunManager(
                runID: run,
                spec: spec,
                workers: workers,
                options: options,
                purpose: .drive,
                lock: lock,
                ledger: ledger,
                context: context
            )
        } catch {
            removeDirectories(of: run, in: context.workspace)
            throw error
        }
    }

    /// Takes over a run whose manager is gone, or reopens one that has ended.
    ///
    /// - Parameters:
    ///   - run: the run.
    ///   - purpose: what is to be done with it.
    ///   - failFast: whether the first task that does not pass cancels those that wait.
    ///   - context: what the manager works with.
    ///   - orEnded: whether a run that has ended is nothing to complain about.
    /// - Returns: nothing where another process drives the run, or where it has ended.
    /// - Throws: ``ManagerError`` of code `notFound`; ``LedgerError``.
    package static func takeOver(
        _ run: RunID,
        purpose: Purpose,
        failFast: Bool = false,
        context: ManagerContext,
        orEnded: Bool = false
    ) async throws -> RunManager? {
        let ledger = try Ledger(opening: context.workspace)
        guard let lock = try RunLock.tryAcquire(context.workspace.managerLock(run)) else { return nil }
        // Only now does nobody else write to the run.
        try ledger.refresh()
        if case .task(let task) = purpose, let summary = ledger.state.summary(run) {
            let isEnded = summary.status != nil
            let request = Event.EndRequested(run: run, scope: .task(task), mode: .restart, requestID: Nonce.make())
            let events: [Event] = (isEnded ? [.runReopened(.init(run: run))] : []) + [.endRequested(request)]
            _ = try ledger.append(events, durable: true, at: context.now())
        }
        guard let state = ledger.state.live(run) else {
            if orEnded { return nil }
            throw ManagerError(.notFound, "run \(run) has ended", hint: "codewhale fleet runs lists the runs")
        }
        let spec = try RunFiles.load(run, digest: state.created.specDigest, in: context.workspace)
        let workers = spec.workers.isEmpty ? AutomaticWorkers.make(state.created.maxWorkers ?? 1) : spec.workers
        return try RunManager(
            runID: run,
            spec: spec,
            workers: workers,
            options: RunOptions(maxWorkers: workers.count, failFast: failFast),
            purpose: purpose,
            lock: lock,
            ledger: ledger,
            context: context
        )
    }

    /// What can be told to be impossible before anything is written.
    private static func check(_ spec: RunSpec, workers: [WorkerSpec]) throws {
        for task in spec.tasks where !workers.contains(where: { task.requires.isSubset(of: $0.capabilities) }) {
            let names = task.requires.sorted().joined(separator: ", ")
            throw ManagerError(
                .specification,
                "task \(task.id) requires \(names), which no worker of the run has",
                hint: "give a worker these capabilities, or take them out of the task's requires"
            )
        }
    }

    /// A run that was not accepted leaves nothing; the directories are empty but for its lock and spec.
    private static func removeDirectories(of run: RunID, in workspace: Workspace) {
        unlink(workspace.managerLock(run))
        unlink(workspace.spec(run))
        rmdir(workspace.logs(run))
        rmdir(workspace.artifacts(run))
        rmdir(workspace.run(run))
    }
}

/// Names of runs: the time, so that they sort, and four random digits, so that two of one second differ.
enum RunName {
    static func make(at time: Timestamp) -> RunID {
        let digits = time.rfc3339.filter(\.isNumber)
        let date = digits.prefix(8)
        let clock = digits.dropFirst(8).prefix(6)
        return RunID(unchecked: "\(date)-\(clock)-\(Nonce.make().prefix(4))")
    }
}
