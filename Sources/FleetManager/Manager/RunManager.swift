package import FleetCore
import FleetHost
package import FleetLedger
import FleetWire
import Logging
import NIOCore
import NIOPosix

/// Drives a run to its end: the thin part around the pure scheduler.
///
/// One loop takes what happened in batches, turns it into ledger records, appends these with the leases that have
/// become possible in one write, and only then acts on them. It wakes for what happens and for times that come due,
/// and never polls. It may be killed at any moment: what it was about to do stands in the ledger or was not done.
package actor RunManager {
    /// An attempt of this run that is not over.
    struct Flight {
        /// The task's place in the run.
        let task: Int
        /// Who carries it.
        let worker: WorkerID
        /// Whether the host has said that it knows it.
        var isKnown = false
        /// Whether its receipt is being put together.
        var isClosing = false
        /// Whether its end is in the ledger, or on the way there.
        var isOver = false
        /// An end that waits for the answer to the start.
        var pendingEnd: (mode: FleetWire.EndMode, requestID: String?)?
        /// Whether an end was sent.
        var isEnding = false
    }

    nonisolated package let runID: RunID
    nonisolated let mailbox = Mailbox()
    nonisolated private let executor = ThreadExecutor(label: "fleet.manager")
    nonisolated package var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let context: ManagerContext
    let options: RunOptions
    let spec: RunSpec
    let workers: [WorkerID: WorkerSpec]
    let purpose: Purpose
    let lock: RunLock
    let ledger: Ledger
    let hosts: LocalHosts
    let adapterLog: AdapterLog
    let eventLoop: any EventLoop
    var scheduler: Scheduler
    var flights: [AttemptKey: Flight] = [:]
    var pending: [Event] = []
    var cleanups: [AttemptKey] = []
    var isDraining = false
    var hasFailedFast = false
    var generator = SystemRandomNumberGenerator()
    var observe: @Sendable ([LedgerRecord]) -> Void = { _ in }
    var foreignRuns: Set<RunID> = []
    var timer: (time: Timestamp, task: Scheduled<Void>)?
    var disconnectedSince: Timestamp?
    var isResyncing = false
    var yieldingSince: Timestamp?
    var yieldEnd: Timestamp?

    init(
        runID: RunID,
        spec: RunSpec,
        workers: [WorkerSpec],
        options: RunOptions,
        purpose: Purpose,
        lock: RunLock,
        ledger: sending Ledger,
        context: ManagerContext
    ) throws {
        guard let state = ledger.state.live(runID) else {
            throw ManagerError(.notFound, "run \(runID) does not go on")
        }
        self.runID = runID
        self.spec = spec
        self.workers = Dictionary(uniqueKeysWithValues: workers.map { ($0.id, $0) })
        self.options = options
        self.purpose = purpose
        isDraining = !purpose.leases
        self.lock = lock
        self.ledger = ledger
        self.context = context
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        eventLoop = loop
        let adapterLog = AdapterLog(path: context.workspace.localHostLog, now: context.now)
        self.adapterLog = adapterLog
        hosts = LocalHosts(workers: workers, context: context, eventLoop: loop) { [mailbox] notice in
            switch notice {
            case .changed(let reports): mailbox.post(.reported(reports))
            case .disconnected(let error): mailbox.post(.disconnected(error))
            }
        }
        scheduler = Scheduler(tasks: spec.tasks, workers: workers.map(\.schedulerWorker), state: state)
    }

    /// Stops leasing; what runs may finish, and then ``run(observe:)`` returns.
    nonisolated package func drain() { mailbox.post(.drain) }

    /// Interrupts what runs, and leases nothing more.
    nonisolated package func interrupt() { mailbox.post(.interrupt) }

    /// The run's records so far, from the one that made it on.
    package func records() throws(LedgerError) -> [LedgerRecord] { try ledger.records(of: runID) }

    /// Gives the run up before it is driven, so that another process can take it over.
    package func release() async {
        await hosts.close()
        lock.release()
    }

    /// Drives the run until it is over, or until the manager was asked to stop.
    ///
    /// - Parameter observe: is given every record of this run, in order, in batches, on the manager's own queue.
    /// - Throws: ``LedgerError`` where the ledger cannot be written; what runs on hosts runs on.
    package func run(observe: @escaping @Sendable ([LedgerRecord]) -> Void) async throws -> RunEnd {
        self.observe = observe
        let watcher = try LedgerWatcher(context.workspace) { [mailbox] in mailbox.post(.ledgerChanged) }
        defer { watcher.cancel() }
        let result: Result<RunEnd, any Error> = await withTaskGroup(of: Void.self) { group in
            do {
                let end = try await drive(&group)
                return .success(end)
            } catch {
                return .failure(error)
            }
        }
        timer?.task.cancel()
        await hosts.close()
        ledger.writeSnapshotIfUseful()
        lock.release()
        return try result.get()
    }

    private func drive(_ group: inout TaskGroup<Void>) async throws -> RunEnd {
        if purpose.leases { pending.append(.managerStarted(.init(run: runID, pid: Int(ProcessIdentity.pid)))) }
        adoptOpenAttempts(&group)
        for request in state?.pendingEnds ?? [] { carryOut(request.id, &group) }
        cancelUnrunnable()
        var end = try turn(&group)
        while end == nil {
            guard let batch = await mailbox.next() else { throw CancellationError() }
            for input in batch { try handle(input, &group) }
            end = try turn(&group)
        }
        // What is still asked of hosts (removals of records, mostly) is let finish.
        await group.waitForAll()
        return end ?? .stopped(TaskCounts())
    }

    /// The run as the ledger tells it.
    var state: RunState? { ledger.state.live(runID) }

    /// The time.
    var now: Timestamp { context.now() }
}
