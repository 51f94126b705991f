package import FleetCore
import FleetHost
import FleetLedger
import FleetWire

extension RunManager {
    /// Makes a run: checks what only the workspace can tell, stores the spec, and writes the run into the ledger.
    ///
    /// When this returns the run is durable, and this process holds its lock.
    ///
    /// - Parameters:
    ///   - spec: the run, checked.
    ///   - options: how it is driven.
    ///   - context: what the manager works with.
    /// - Returns: its manager, which waits to be run.
    /// - Throws: ``ManagerError`` of code `specification` where the run cannot be; ``LedgerError``. Then nothing is left.
    package static func create(
        spec: RunSpec,
        options: RunOptions,
        context: ManagerContext
    ) async throws -> RunManager {
        try await context.runtime.blocking { try make(spec, options, context) }
    }

    /// Takes over a run whose manager is gone, or reopens one that has ended.
    ///
    /// - Parameters:
    ///   - run: the run.
    ///   - purpose: what for; with a task, that is to be leased again, and the run is reopened where it has ended.
    ///   - failFast: whether the first task that does not pass cancels those that wait, also where the run did not say so.
    ///   - transport: what carries connections to ssh hosts, in place of what the run says.
    ///   - context: what the manager works with.
    ///   - orEnded: whether a run that has ended is nothing to complain about.
    /// - Returns: its manager, which waits to be run; nothing where another process drives it, or where it has ended.
    /// - Throws: ``ManagerError`` of code `notFound` or `configuration`; ``LedgerError``.
    package static func takeOver(
        _ run: RunID,
        purpose: Purpose,
        failFast: Bool = false,
        transport: SSHHostSpec.Transport? = nil,
        context: ManagerContext,
        orEnded: Bool = false
    ) async throws -> RunManager? {
        try await context.runtime.blocking {
            try adopt(run, purpose, failFast: failFast, transport: transport, context, orEnded: orEnded)
        }
    }

    private static func make(_ spec: RunSpec, _ options: RunOptions, _ context: ManagerContext) throws -> RunManager {
        let workers = spec.workers.isEmpty ? AutomaticWorkers.make(options.maxWorkers) : spec.workers
        try check(spec, workers: workers)
        let ledger = try Ledger(opening: context.workspace)
        let run = RunName.make(at: context.now(), nonce: context.runtime.nonce())
        do {
            try context.workspace.makeRunDirectories(run)
            guard let lock = try RunLock.tryAcquire(context.workspace.managerLock(run), on: context.workspace.disk)
            else {
                throw ManagerError(.busy, "run \(run) is driven by another process")
            }
            let created = Event.RunCreated(
                run: run,
                name: spec.name,
                labels: spec.labels,
                specDigest: try RunFiles.store(spec, of: run, in: context.workspace),
                taskCount: spec.tasks.count,
                maxWorkers: spec.workers.isEmpty ? workers.count : nil,
                workers: workers.map(\.summary),
                failFast: options.failFast
            )
            try enter(created, spec, into: ledger, at: context.now())
            return try RunManager(
                runID: run,
                spec: spec,
                workers: workers,
                options: options,
                purpose: .drive,
                isTakenOver: false,
                lock: lock,
                ledger: ledger,
                context: context
            )
        } catch {
            // What may be in the ledger after all keeps its spec.
            if (error as? LedgerError)?.code != .syncFailed { removeDirectories(of: run, in: context.workspace) }
            throw error
        }
    }

    private static func enter(
        _ created: Event.RunCreated,
        _ spec: RunSpec,
        into ledger: Ledger,
        at time: Timestamp
    ) throws {
        var conflict: (run: RunID, definition: WorkerSummary)?
        _ = try ledger.append(durable: true, at: time) { state in
            conflict = created.workers.lazy.compactMap { state.conflict(with: $0) }.first
            guard conflict == nil else { return nil }
            return [.runCreated(created)] + spec.tasks.map { .taskEnqueued(.init(run: created.run, task: $0.id)) }
        }
        guard let conflict else { return }
        throw ManagerError(
            .specification,
            "worker \(conflict.definition.id) is in use by run \(conflict.run) with another definition",
            hint: "give this worker another id, or wait for that run's end"
        )
    }

    private static func adopt(
        _ run: RunID,
        _ purpose: Purpose,
        failFast: Bool,
        transport: SSHHostSpec.Transport?,
        _ context: ManagerContext,
        orEnded: Bool
    ) throws -> RunManager? {
        // The lock comes first: where it is taken, nothing else needs to be read.
        guard let lock = try lock(run, context) else { return nil }
        let ledger = try Ledger(opening: context.workspace)
        // What is done on the strength of an earlier manager's records must not be lost after it.
        try ledger.sync()
        var isAnother = false
        let found = try ledger.loadRun(run) { if case .differs = $0.kind { isAnother = true } }
        guard let state = found else { throw notFound(run) }
        if isAnother {
            throw ManagerError(
                .notFound,
                "the archive of run \(run) is damaged: what it tells is not how the run ended",
                hint: "start a new run of its spec, \(context.workspace.spec(run))"
            )
        }
        if case .task(let task) = purpose, state.task(task) == nil {
            throw ManagerError(.notFound, "run \(run) has no task \(task)")
        }
        if state.status != nil, purpose.restarts == nil {
            if orEnded { return nil }
            throw ManagerError(.notFound, "run \(run) has ended", hint: "codewhale fleet runs lists the runs")
        }
        var spec = try RunFiles.load(run, digest: state.created.specDigest, in: context.workspace)
        try match(&spec.tasks, with: state, in: ledger, enqueues: purpose == .drive, at: context.now())
        let workers =
            spec.workers.isEmpty
            ? AutomaticWorkers.make(state.created.maxWorkers ?? 1) : spec.workers.map { $0.carried(by: transport) }
        // A task that is wanted again is leased, whatever became of others.
        let failsFast = failFast || (purpose == .drive && state.created.failFast)
        if let task = purpose.restarts {
            let request = Event.EndRequested(
                run: run,
                scope: .task(task),
                mode: .restart,
                requestID: context.runtime.nonce()
            )
            _ = try ledger.append(durable: true, at: context.now()) { workspace in
                (workspace.live(run) == nil ? [.runReopened(.init(run: run))] : []) + [.endRequested(request)]
            }
        }
        return try RunManager(
            runID: run,
            spec: spec,
            workers: workers,
            options: RunOptions(maxWorkers: workers.count, failFast: failsFast),
            purpose: purpose,
            isTakenOver: true,
            lock: lock,
            ledger: ledger,
            context: context
        )
    }

    /// Brings a run's tasks into the order in which the ledger has them, and enqueues those of which it has no record: its
    /// maker may have died in the middle of writing them, and records may have been damaged since.
    private static func match(
        _ tasks: inout [TaskSpec],
        with state: RunState,
        in ledger: Ledger,
        enqueues: Bool,
        at time: Timestamp
    ) throws {
        var missing = tasks.filter { state.task($0.id) == nil }
        let known = Dictionary(tasks.map { ($0.id, $0) }) { first, _ in first }
        let enqueued = state.tasks.compactMap { known[$0.id] }
        guard enqueued.count == state.tasks.count else {
            throw ManagerError(.configuration, "the ledger has tasks of run \(state.id) that its spec does not have")
        }
        if enqueues, !missing.isEmpty {
            let events = missing.map { Event.taskEnqueued(.init(run: state.id, task: $0.id)) }
            _ = try ledger.append(events, durable: true, at: time)
        } else {
            missing = []
        }
        tasks = enqueued + missing
    }

    private static func lock(_ run: RunID, _ context: ManagerContext) throws -> RunLock? {
        do {
            return try RunLock.tryAcquire(context.workspace.managerLock(run), on: context.workspace.disk)
        } catch {
            guard error.code == .missing else { throw error }
            guard try Ledger(opening: context.workspace).state.contains(run) else { throw notFound(run) }
            let directory = context.workspace.run(run)
            throw ManagerError(.configuration, "the directory of run \(run) is gone: \(directory)")
        }
    }

    private static func notFound(_ run: RunID) -> ManagerError {
        ManagerError(.notFound, "there is no run \(run)", hint: "codewhale fleet runs lists the runs")
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
        workspace.disk.remove(workspace.managerLock(run))
        workspace.disk.remove(workspace.spec(run))
        for directory in [workspace.logs(run), workspace.artifacts(run), workspace.run(run)] {
            workspace.disk.removeDirectory(directory)
        }
    }
}

/// Names of runs: the time, so that they sort, and four random digits, so that two of one second differ.
enum RunName {
    static func make(at time: Timestamp, nonce: String) -> RunID {
        let digits = time.rfc3339.filter(\.isNumber)
        let date = digits.prefix(8)
        let clock = digits.dropFirst(8).prefix(6)
        return RunID(unchecked: "\(date)-\(clock)-\(nonce.prefix(4))")
    }
}
