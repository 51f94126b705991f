package import FleetCore
import FleetLedger
import Logging

extension Operations {
    /// How often a lock is asked for that somebody holds who does not drive the run, in milliseconds.
    private static let lockPause: Int64 = 50
    /// After how many times that is told.
    private static let patientTurns = 20

    /// Takes over a run whose manager is gone, to drive it to its end.
    ///
    /// Who only looks at a run, or ends something of it, holds its lock for a moment, or for as long as a silent host keeps
    /// it waiting: that is waited for.
    ///
    /// - Parameters:
    ///   - run: the run.
    ///   - failFast: whether the first task that fails cancels those that wait, also where the run did not say so.
    ///   - transport: what carries connections to ssh hosts, in place of what the run says.
    /// - Returns: its manager, which waits to be run.
    /// - Throws: ``ManagerError`` of code `busy`, with the pid, where a live manager drives it, of code `notFound` where
    ///   there is no such run or it has ended; ``LedgerError``.
    package func resume(
        _ run: RunID,
        failFast: Bool = false,
        transport: SSHHostSpec.Transport? = nil
    ) async throws -> RunManager {
        var holder: (pid: Int, isManager: Bool) = (0, false)
        for turn in 0..<Int(context.bystanderSeconds * 1_000 / Double(Self.lockPause)) {
            let manager = try await RunManager.takeOver(
                run,
                purpose: .drive,
                failFast: failFast,
                transport: transport,
                context: context
            )
            if let manager { return manager }
            let (pid, isManager) = try await lockHolder(of: run)
            holder = (pid ?? holder.pid, isManager)
            if isManager { break }
            if turn == Self.patientTurns {
                context.logger.warning("process \(holder.pid) looks at run \(run); waiting")
            }
            try await context.runtime.pause(Self.lockPause)
        }
        guard holder.isManager else {
            throw ManagerError(
                .busy,
                "process \(holder.pid) looks at run \(run), and does not drive it",
                hint: "nobody drives the run; try again when that process has heard from its hosts"
            )
        }
        throw ManagerError(
            .busy,
            "run \(run) is driven by process \(holder.pid)",
            hint: "codewhale fleet status \(run) --watch shows it; codewhale fleet stop \(run) ends it"
        )
    }

    /// Who holds a run's lock, and whether that is the manager that the ledger names.
    private func lockHolder(of run: RunID) async throws -> (pid: Int?, isManager: Bool) {
        let workspace = context.workspace
        return try await context.runtime.blocking {
            let holder = try RunLock.holder(workspace.managerLock(run), on: workspace.disk)
            guard let pid = holder else { return (nil, false) }
            return (pid, try Ledger(opening: workspace).state.live(run)?.managerPID == pid)
        }
    }
}
