package import FleetCore
import FleetHost
import FleetLedger
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

    private let context: ManagerContext

    /// Operations on a workspace.
    package init(context: ManagerContext) { self.context = context }

    /// Ends attempts, verified.
    ///
    /// The wish is put into the ledger first. The manager of a run carries it out; where a run has none any more, this
    /// process does.
    ///
    /// - Returns: what came of each attempt that was open; one that could not be confirmed in time is `unreachable`,
    ///   and the wish stands.
    /// - Throws: ``ManagerError`` of code `notFound`; ``LedgerError``.
    package func end(_ target: Target, mode: FleetCore.EndMode) async throws -> [Confirmation] {
        let ledger = try Ledger(opening: context.workspace)
        let scope = try Self.scope(of: target, in: ledger.state)
        let requestID = Nonce.make()
        var requests: [RunID: [FleetCore.EndRequest.Target]] = [:]
        let result = try ledger.append(durable: true, at: context.now()) { state in
            let runs = scope.runs.filter { state.live($0) != nil }
            return runs.isEmpty
                ? nil : runs.map { .endRequested(.init(run: $0, scope: scope.scope, mode: mode, requestID: requestID)) }
        }
        for record in result.written {
            guard let run = record.event.run, let live = ledger.state.live(run) else { continue }
            requests[run] = live.pendingEnds.first { $0.id == requestID }?.targets ?? []
        }
        let (context, asked) = (context, requests)
        return try await withThrowingTaskGroup(of: [Confirmation].self) { group in
            for (run, targets) in asked {
                group.addTask {
                    let waiter = EndWaiter(run: run, requestID: requestID, targets: targets, context: context)
                    return try await waiter.wait(wholeRun: scope.scope == .run)
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Records what has ended in runs whose manager is gone.
    package func refresh(only: RunID? = nil) async throws {
        let ledger = try Ledger(opening: context.workspace)
        let runs = ledger.state.liveRuns.filter { $0.counts.open > 0 && (only == nil || $0.id == only) }.map(\.id)
        for run in runs {
            guard let manager = try await RunManager.takeOver(run, purpose: .collect, context: context) else { continue }
            _ = try await manager.run { _ in }
        }
    }

    private static func scope(
        of target: Target,
        in state: WorkspaceState
    ) throws -> (scope: EndScope, runs: [RunID]) {
        switch target {
        case .all: return (.run, state.liveRuns.map(\.id))
        case .run(let run):
            guard state.contains(run) else {
                throw ManagerError(.notFound, "there is no run \(run)", hint: "codewhale fleet runs lists the runs")
            }
            return (.run, [run])
        case .worker(let worker):
            guard state.latest(of: worker) != nil else {
                throw ManagerError(
                    .notFound,
                    "there is no worker \(worker)",
                    hint: "codewhale fleet status lists the workers"
                )
            }
            return (.worker(worker), state.liveRuns.filter { $0.openAttempts(worker) > 0 }.map(\.id))
        }
    }
}
