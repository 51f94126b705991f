import FleetCore
import FleetLedger
import NIOConcurrencyHelpers

/// Waits until a run's manager has carried out an end, or carries it out itself where there is no manager.
struct EndWaiter {
    /// How long a live manager may take: three graces of five seconds, and some for the answers.
    static let patience = Duration.seconds(30)
    /// How often it is looked whether the manager still lives; the ledger's own changes wake sooner.
    static let look = Duration.seconds(1)

    let run: RunID
    let requestID: String
    let targets: [FleetCore.EndRequest.Target]
    let context: ManagerContext

    func wait(wholeRun: Bool) async throws -> [Event.EndConfirmed] {
        let found = NIOLockedValueBox<[Event.EndConfirmed]>([])
        let deadline = ContinuousClock.now + Self.patience
        let (changes, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let watcher = try LedgerWatcher(context.workspace) { change.yield() }
        defer { watcher.cancel() }
        let reader = try Ledger(opening: context.workspace)
        while true {
            if let manager = try await RunManager.takeOver(run, purpose: .settle, context: context, orEnded: true) {
                _ = try await manager.run { _ in }
            }
            try reader.refresh()
            let confirmed = try confirmations(reader)
            found.withLockedValue { $0 = confirmed }
            let isOver = wholeRun ? reader.state.live(run) == nil : confirmed.count >= targets.count
            if isOver || ContinuousClock.now >= deadline { break }
            await Self.next(of: changes)
        }
        return complete(found.withLockedValue { $0 })
    }

    /// What the ledger says of the request, newest word of each attempt.
    private func confirmations(_ ledger: Ledger) throws -> [Event.EndConfirmed] {
        var newest: [String: Event.EndConfirmed] = [:]
        for record in try ledger.records(of: run) {
            guard case .endConfirmed(let event) = record.event, event.requestID == requestID else { continue }
            newest["\(event.task) \(event.attempt)"] = event
        }
        return newest.values.sorted { $0.task < $1.task }
    }

    /// What was not confirmed is never reported as done.
    private func complete(_ confirmed: [Event.EndConfirmed]) -> [Event.EndConfirmed] {
        confirmed
            + targets.filter { target in
                !confirmed.contains { $0.task == target.task && $0.attempt == target.attempt }
            }
            .map { target in
                Event.EndConfirmed(
                    run: run,
                    task: target.task,
                    attempt: target.attempt,
                    requestID: requestID,
                    result: .unreachable
                )
            }
    }

    /// Waits for a change of the ledger, or for the next look.
    private static func next(of changes: AsyncStream<Void>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var iterator = changes.makeAsyncIterator()
                _ = await iterator.next()
            }
            group.addTask { try? await Task.sleep(for: look) }
            await group.next()
            group.cancelAll()
        }
    }
}
