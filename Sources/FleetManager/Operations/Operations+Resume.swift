package import FleetCore
import FleetLedger
import NIOPosix

extension Operations {
    /// How often, every 50 ms, a lock is asked for that somebody holds who does not drive the run.
    private static let lockTries = 100

    /// Takes over a run whose manager is gone, to drive it to its end.
    ///
    /// Who only looks at a run, or ends something of it, holds its lock for a moment: that is waited for.
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
        var holder = 0
        for _ in 0..<Self.lockTries {
            let manager = try await RunManager.takeOver(
                run,
                purpose: .drive,
                failFast: failFast,
                transport: transport,
                context: context
            )
            if let manager { return manager }
            let (pid, isManager) = try await lockHolder(of: run)
            holder = pid ?? holder
            if isManager { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ManagerError(
            .busy,
            "run \(run) is driven by process \(holder)",
            hint: "codewhale fleet status \(run) --watch shows it; codewhale fleet stop \(run) ends it"
        )
    }

    /// Who holds a run's lock, and whether that is the manager that the ledger names.
    private func lockHolder(of run: RunID) async throws -> (pid: Int?, isManager: Bool) {
        let workspace = context.workspace
        return try await NIOThreadPool.singleton.runIfActive {
            guard let pid = try RunLock.holder(workspace.managerLock(run)) else { return (nil, false) }
            return (pid, try Ledger(opening: workspace).state.live(run)?.managerPID == pid)
        }
    }
}
