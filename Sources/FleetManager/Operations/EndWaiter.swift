import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging
import NIOConcurrencyHelpers

/// Asks for ends, and waits until they are carried out: by the managers of the runs, or by this process where a run has
/// none.
actor EndWaiter {
    /// How often it is looked whether managers still live; the ledger's own changes wake sooner.
    private static let look = Duration.seconds(1)

    /// What has happened since the last look.
    private struct News {
        var isExpired = false
        /// Runs whose ends were carried out here, as far as that was possible.
        var settled: Set<RunID> = []
        /// Runs that somebody else drives after all, or which have ended.
        var vain: Set<RunID> = []
    }

    private let context: ManagerContext
    private let requestID: String
    private let news = NIOLockedValueBox(News())
    private let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private var progress: [RunID: EndProgress] = [:]

    nonisolated private let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(context: ManagerContext) {
        self.context = context
        requestID = context.runtime.nonce()
        executor = context.runtime.serialExecutor("fleet.ends")
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// See ``Operations/end(_:mode:)``.
    func end(_ target: Operations.Target, mode: FleetCore.EndMode) async throws -> [Event.EndConfirmed] {
        let ledger = try Ledger(opening: context.workspace)
        let watcher = try context.runtime.watch(context.workspace, onHealth: {}, onChange: { [wake] in wake.yield() })
        defer { watcher.cancel() }
        try request(target, mode, in: ledger)
        await withDiscardingTaskGroup { group in
            group.addTask { [self] in await beat() }
            await watch(ledger, &group)
            group.cancelAll()
        }
        return progress.values.flatMap { $0.confirmations(requestID: requestID) }
            .sorted { ($0.run, $0.task) < ($1.run, $1.task) }
    }

    /// Reads what managers write, until all is carried out, or the time is over.
    private func watch(_ ledger: Ledger, _ group: inout DiscardingTaskGroup) async {
        var iterator = wakeups.makeAsyncIterator()
        var settling: Set<RunID> = []
        while !progress.values.allSatisfy(\.isOver), !Task.isCancelled {
            for run in progress.keys where !(progress[run]?.isOver ?? true) && !context.isDriven(run) {
                guard settling.insert(run).inserted else { continue }
                group.addTask { [self] in await settle(run) }
            }
            guard await iterator.next(isolation: #isolation) != nil else { return }
            let news = news.withLockedValue { news in
                defer { news.vain = [] }
                return news
            }
            settling.subtract(news.vain)
            // What this process has settled stands in the ledger by now.
            take((try? ledger.refresh()) ?? [])
            for run in news.settled { progress[run]?.isSettledHere = true }
            if news.isExpired { return }
        }
    }

    private func request(_ target: Operations.Target, _ mode: FleetCore.EndMode, in ledger: Ledger) throws {
        try Self.check(target, in: ledger.state)
        let result = try ledger.append(durable: true, at: context.now()) { state in
            let (scope, runs) = Self.scope(of: target, in: state)
            guard !runs.isEmpty else { return nil }
            return runs.map { .endRequested(.init(run: $0, scope: scope, mode: mode, requestID: requestID)) }
        }
        for record in result.written {
            guard case .endRequested(let event) = record.event else { continue }
            let request = ledger.state.live(event.run)?.pendingEnds.first { $0.id == requestID }
            progress[event.run] = EndProgress(run: event.run, scope: event.scope, targets: request?.targets ?? [])
        }
    }

    private static func check(_ target: Operations.Target, in state: WorkspaceState) throws {
        switch target {
        case .all: break
        case .run(let run):
            guard !state.contains(run) else { return }
            throw ManagerError(.notFound, "there is no run \(run)", hint: "codewhale fleet runs lists the runs")
        case .worker(let worker):
            guard state.latest(of: worker) == nil else { return }
            throw Operations.noWorker(worker)
        }
    }

    private static func scope(of target: Operations.Target, in state: WorkspaceState) -> (EndScope, [RunID]) {
        switch target {
        case .all: (.run, state.liveRuns.map(\.id))
        case .run(let run): (.run, state.live(run) == nil ? [] : [run])
        case .worker(let worker):
            (.worker(worker), state.liveRuns.filter { $0.openAttempts(worker) > 0 }.map(\.id))
        }
    }

    private func take(_ records: [LedgerRecord]) {
        for record in records {
            guard let run = record.event.run else { continue }
            progress[run]?.note(record.event, requestID: requestID)
        }
    }

    /// Carries out what is asked of a run whose manager is gone.
    private nonisolated func settle(_ run: RunID) async {
        do {
            let manager = try await RunManager.takeOver(run, purpose: .settle, context: context, orEnded: true)
            _ = try await manager?.run { _ in }
            news.withLockedValue { news in
                _ = manager == nil ? news.vain.insert(run) : news.settled.insert(run)
            }
        } catch {
            context.logger.warning("run \(run) has no manager, and could not be ended", metadata: ["error": "\(error)"])
            news.withLockedValue { _ = $0.settled.insert(run) }
        }
        wake.yield()
    }

    /// Wakes the waiter now and then, and tells it when its time is over.
    private nonisolated func beat() async {
        let deadline = ContinuousClock.now + .seconds(context.patienceSeconds)
        while ContinuousClock.now < deadline {
            let next = min(ContinuousClock.now + Self.look, deadline)
            guard (try? await Task.sleep(until: next, clock: .continuous)) != nil else { return }
            wake.yield()
        }
        news.withLockedValue { $0.isExpired = true }
        wake.yield()
    }
}
