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
        while true {
            if let manager = try await RunManager.takeOver(run, purpose: .task(task), context: context) {
                let outcome = try await driver.run(manager, observer: observer)
                try ledger.refresh()
                let task = try state()
                guard task.status.isTerminal else { throw stopped(outcome.interruptedBy == nil) }
                return task
            }
            if let task = try await ask(after: before) { return task }
        }
    }

    /// Asks the run's manager.
    ///
    /// - Returns: the task at its end; nil where there is no manager any more, and nothing came of the request.
    private func ask(after number: Int) async throws -> TaskState? {
        let changes = try LedgerChanges(context.workspace)
        let requestID = Nonce.make()
        let request = Event.EndRequested(run: run, scope: .task(task), mode: .restart, requestID: requestID)
        let result = try ledger.append([.endRequested(request)], durable: true, at: context.now()) {
            $0.live(run) != nil
        }
        guard result.wasAppended else { return nil }
        while true {
            // Looked at first: what the manager wrote before it went is read in any case.
            let isDriven = try RunLock.holder(context.workspace.managerLock(run)) != nil
            let records = try ledger.refresh().filter { $0.event.run == run }
            observer.observe(records)
            let task = try state()
            let hasBegun = (task.attempts.last?.number ?? 0) > number
            if hasBegun, task.status.isTerminal { return task }
            if !isDriven {
                if hasBegun { throw stopped(true) }
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

    private func stopped(_ byItself: Bool) -> CommandError {
        CommandError(
            .stopped,
            "the manager stopped before the end of \(run)/\(task)",
            hint: byItself ? "codewhale fleet inspect \(run)/\(task) tells how it stands" : nil
        )
    }
}
