import FleetCore
import FleetHost
import FleetLedger
import FleetManager

/// Leases a task again and sees it to its end: drives it here where its run has no manager, else asks the manager.
struct Restarting {
    /// How often it is looked whether the manager still lives; the ledger's own changes wake sooner.
    static let look = Duration.seconds(1)

    let run: RunID
    let task: TaskID
    let context: ManagerContext
    let ledger: Ledger
    /// Is told of the task's records as they are written.
    let observer: TaskReporter

    /// Returns how the task ended.
    ///
    /// - Throws: what the manager throws; `stopped` where a manager, this one or the run's, stopped before.
    func run(_ driver: Driver) async throws -> TaskState {
        let before = try state().attempts.last?.number ?? 0
        // Watched before the request: what comes of it at once is seen.
        let changes = try LedgerChanges(context.workspace)
        while true {
            switch try await Operations(context: context).restart(task, of: run) {
            case .taken(let manager, _):
                _ = try await driver.run(manager, observer: observer)
                try ledger.refresh()
                let task = try state()
                guard task.status.isTerminal else { throw stopped(task) }
                return task
            case .requested:
                if let task = try await wait(for: before + 1, changes) { return task }
            }
        }
    }

    /// Waits for what the run's manager makes of the request.
    ///
    /// - Returns: the task at its end; nil where there is no manager any more, and nothing came of the request.
    private func wait(for number: Int, _ changes: LedgerChanges) async throws -> TaskState? {
        while true {
            // Looked at first: what the manager wrote before it went is read in any case.
            let isDriven = try RunLock.holder(context.workspace.managerLock(run)) != nil
            let records = try ledger.refresh().filter { $0.event.run == run }
            observer.observe(records)
            let task = try state()
            let hasBegun = (task.attempts.last?.number ?? 0) >= number
            if hasBegun, task.status.isTerminal { return task }
            if !isDriven {
                if hasBegun { throw stopped(task) }
                return nil
            }
            await changes.next(within: Self.look)
        }
    }

    private func state() throws -> TaskState {
        guard let task = try ledger.loadRun(run)?.task(task) else {
            throw CommandError(.noTask, "run \(run) has no task \(task)")
        }
        return task
    }

    /// The run's manager, or this process, went before the task's end.
    private func stopped(_ task: TaskState) -> CommandError {
        let name = "\(run)/\(task.id)"
        guard let attempt = task.openAttempt else {
            return CommandError(
                .stopped,
                "the manager stopped before the end of \(name), no attempt of which runs now",
                hint: "codewhale fleet inspect \(name) tells how it stands, codewhale fleet resume \(run) goes on with "
                    + "the run"
            )
        }
        return CommandError(
            .stopped,
            "the manager stopped before the end of \(name); its attempt \(attempt.number) runs on",
            hint: "codewhale fleet resume \(run) goes on with it, codewhale fleet restart \(attempt.worker) begins "
                + "anew, codewhale fleet stop \(attempt.worker) ends it"
        )
    }
}
