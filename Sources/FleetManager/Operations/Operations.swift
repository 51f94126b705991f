package import FleetCore
package import FleetHost
package import FleetLedger
import FleetWire

/// What can be done to runs from outside, with their managers alive or dead.
package struct Operations: Sendable {
    /// What is to be ended.
    package enum Target: Sendable, Equatable {
        /// Every run of the workspace that goes on.
        case all
        /// One run.
        case run(RunID)
        /// What a worker carries.
        case worker(WorkerID)
    }

    /// What came of one attempt.
    package typealias Confirmation = Event.EndConfirmed

    /// What came of a restart.
    package enum Restart: Sendable {
        /// Nobody drove the run: this manager is to be run, and returns when the task is over.
        case taken(RunManager, TaskID)
        /// The run's own manager leases the task again; that it shall is in the ledger.
        case requested(RunID, TaskID)
    }

    let context: ManagerContext

    /// Operations on a workspace.
    package init(context: ManagerContext) { self.context = context }

    /// Ends attempts, verified.
    ///
    /// The wish is put into the ledger first. The manager of a run carries it out; where a run has none any more, this
    /// process does.
    ///
    /// - Parameters:
    ///   - target: what is to be ended.
    ///   - mode: how; a run that is ended leases nothing more.
    /// - Returns: what came of each attempt that was open; one that could not be confirmed in time is `unreachable`,
    ///   and the wish stands. Where whole runs are ended, what runs here and is not open in the ledger ends with them.
    /// - Throws: ``ManagerError`` of code `notFound`; ``LedgerError``; ``HostError`` where this machine cannot be asked for
    ///   what the ledger does not know of.
    package func end(_ target: Target, mode: FleetCore.EndMode) async throws -> [Confirmation] {
        let ended = try await EndWaiter(context: context).end(target, mode: mode)
        switch target {
        case .all: return ended + (try await Strays(context: context).end(of: nil, mode: mode))
        case .run(let run): return ended + (try await Strays(context: context).end(of: run, mode: mode))
        case .worker: return ended
        }
    }

    /// Whether attempts may run on this machine, whatever the ledger says.
    package static func mayRunHere(in workspace: Workspace) -> Bool { Strays.mayRun(in: workspace) }

    /// Records what has ended in runs whose manager is gone, and carries out what was asked to be ended there.
    ///
    /// The logs of what still runs on other machines are copied on, too.
    ///
    /// - Parameter only: the one run to look at; nil for all.
    /// - Returns: why hosts could not be asked; what is there stays open.
    /// - Throws: the first error, once every run was looked at; ``ManagerError``, ``LedgerError``.
    @discardableResult
    package func refresh(only: RunID? = nil) async throws -> [HostError] {
        let workspace = context.workspace
        let runs = try await context.runtime.blocking {
            try Ledger(opening: workspace).state.liveRuns
                .filter { $0.counts.open > 0 && (only == nil || $0.id == only) }.map(\.id)
        }
        var unreachable: [HostError] = []
        var failure: (any Error)?
        for run in runs {
            do {
                let manager = try await RunManager.takeOver(run, purpose: .collect, context: context, orEnded: true)
                guard let manager else { continue }
                _ = try await manager.run { _ in }
                for error in await manager.unreachableHosts()
                where !unreachable.contains(where: { $0.message == error.message }) {
                    unreachable.append(error)
                }
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return unreachable
    }

    /// Leases a worker's latest task again.
    ///
    /// - Parameter worker: the worker.
    /// - Returns: who drives it.
    /// - Throws: ``ManagerError`` of code `notFound` where there is no such worker or it has carried nothing yet, of code
    ///   `busy` where the run's manager is ending and does not let go; ``LedgerError``.
    package func restart(_ worker: WorkerID) async throws -> Restart {
        let (run, task) = try await latest(of: worker)
        return try await restart(task, of: run)
    }

    /// Leases a task again.
    ///
    /// - Parameters:
    ///   - task: the task.
    ///   - run: its run.
    /// - Returns: who drives it.
    /// - Throws: ``ManagerError`` of code `notFound` where there is no such task, of code `busy` where the run's manager
    ///   is ending and does not let go; ``LedgerError``.
    package func restart(_ task: TaskID, of run: RunID) async throws -> Restart {
        // A manager that has just ended its run holds the lock for a moment more.
        for _ in 0..<100 {
            if let manager = try await RunManager.takeOver(run, purpose: .task(task), context: context) {
                return .taken(manager, task)
            }
            if try await request(run, task) { return .requested(run, task) }
            try await context.runtime.pause(50)
        }
        throw ManagerError(.busy, "run \(run) has ended, and its manager does not let go of it", hint: "try again")
    }

    private func latest(of worker: WorkerID) async throws -> (run: RunID, task: TaskID) {
        let workspace = context.workspace
        return try await context.runtime.blocking {
            guard let latest = try Ledger(opening: workspace).state.latest(of: worker) else {
                throw Self.noWorker(worker)
            }
            guard let task = latest.worker.lastTask else {
                throw ManagerError(.notFound, "worker \(worker) has not carried a task yet")
            }
            return (latest.run, task)
        }
    }

    /// Asks a run's manager to lease a task again; returns false where the run has ended.
    private func request(_ run: RunID, _ task: TaskID) async throws -> Bool {
        let context = context
        return try await context.runtime.blocking {
            let request = Event.EndRequested(
                run: run,
                scope: .task(task),
                mode: .restart,
                requestID: context.runtime.nonce()
            )
            let ledger = try Ledger(opening: context.workspace)
            return
                try ledger.append([.endRequested(request)], durable: true, at: context.now()) {
                    $0.live(run) != nil
                }
                .wasAppended
        }
    }

    /// What is wrong where no run has the worker.
    static func noWorker(_ worker: WorkerID) -> ManagerError {
        ManagerError(.notFound, "there is no worker \(worker)", hint: "codewhale fleet status lists the workers")
    }
}
