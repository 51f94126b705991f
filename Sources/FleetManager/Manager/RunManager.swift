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
/// become possible in one write, and only then acts on them. It wakes for what happens and for times that come due.
/// It may be killed at any moment: what it was about to do stands in the ledger or was not done.
package actor RunManager {
    /// Something to ask of a host, which answers through the mailbox.
    typealias Job = @Sendable () async -> Void

    nonisolated package let runID: RunID
    nonisolated let mailbox = Mailbox()
    nonisolated private let executor: any SerialExecutor
    nonisolated package var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let context: ManagerContext
    let options: RunOptions
    let spec: RunSpec
    let workers: [WorkerID: WorkerSpec]
    let purpose: Purpose
    /// Whether an earlier manager may have left something on the hosts.
    let isTakenOver: Bool
    let lock: RunLock
    let ledger: Ledger
    let hosts: Hosts
    let health: HealthFile
    /// Renews the workspace's leases on the hosts.
    let leases: LeaseKeeper
    let eventLoop: any EventLoop
    var observe: @Sendable ([LedgerRecord]) -> Void = { _ in }

    var scheduler: Scheduler
    /// The ledger's generation that the scheduler was made from.
    var generation: Int
    var flights: [AttemptKey: Flight] = [:]
    /// What somebody wanted again while this manager was there: it leases that too, whatever it is for.
    var restarted: Set<TaskID> = []
    /// What is to be written next.
    var pending: [Event] = []
    /// The tasks of which ``pending`` says that they will not be run.
    var cancelling: Set<Int> = []
    /// What is to be asked of hosts next.
    var jobs: [Job] = []
    var endCalls: Set<EndCall> = []
    /// How this manager stands with each of the hosts.
    var hostStates: [HostState]
    /// Hosts that wait for their turn to be contacted.
    var hostsInLine: Set<Int> = []
    /// Until when it is not tried again to keep the hosts' health, as it could not be written.
    var healthRest: Timestamp?
    /// Workers that are to be given nothing more.
    var drained: Set<WorkerID> = []
    /// Attempts that were given up and are being ended.
    var ghostCalls: Set<AttemptKey> = []
    /// Those of which a host has answered once, or could not.
    var triedGhosts: Set<AttemptKey> = []
    /// What there is of attempts whose records the ledger has lost.
    var lost = LostRecords()
    var copies: [AttemptKey: AttemptCopy] = [:]
    /// Attempts whose log is being copied on.
    var copying: Set<AttemptKey> = []
    var copyAt: Timestamp?
    var tidyAt: Timestamp?
    var isDraining: Bool
    /// Whether something happened since the last lease by which another may have become possible.
    var hasNews = true
    var generator: RuntimeGenerator
    /// When it is looked at other runs again.
    var lookAt: Timestamp?
    /// Other runs whose ended attempts are being recorded here, as their managers are gone.
    var orphanRuns: Set<RunID> = []
    /// Until when such runs are left alone, and how long that is.
    var orphanRests: [RunID: (until: Timestamp, seconds: Double)] = [:]
    var yieldingSince: Timestamp?
    var yieldEnd: Timestamp?
    /// Runs that left what was held back for them, and until when nothing more is.
    var passedOver: [RunID: Timestamp] = [:]
    private var timer: (time: Timestamp, alarm: Alarm)?

    init(
        runID: RunID,
        spec: RunSpec,
        workers: [WorkerSpec],
        options: RunOptions,
        purpose: Purpose,
        isTakenOver: Bool,
        lock: RunLock,
        ledger: sending Ledger,
        context: ManagerContext
    ) throws {
        guard let state = ledger.state.live(runID) else {
            throw ManagerError(.notFound, "run \(runID) does not go on")
        }
        self.runID = runID
        self.spec = spec
        self.workers = Dictionary(workers.map { ($0.id, $0) }) { first, _ in first }
        self.options = options
        self.purpose = purpose
        self.isTakenOver = isTakenOver
        isDraining = !purpose.leases
        self.lock = lock
        self.context = context
        executor = context.runtime.serialExecutor("fleet.manager")
        generator = context.runtime.generator
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        eventLoop = loop
        health = HealthFile(context.workspace, now: context.now)
        let hosts = Hosts(workers: workers, context: context, eventLoop: loop) { [mailbox] place, notice in
            mailbox.post(Input(notice, of: place))
        }
        self.hosts = hosts
        leases = LeaseKeeper(hosts.all, of: spec, context)
        hostStates = hosts.all.map { HostState(isConnected: $0.isLocal) }
        scheduler = Scheduler(
            tasks: spec.tasks,
            workers: workers.map(\.schedulerWorker),
            state: state,
            lateTries: Scheduler.lateTries(of: spec.tasks, in: state, now: context.now())
        )
        generation = ledger.generation
        self.ledger = ledger
    }

    /// Stops leasing; what runs may finish, and then ``run(observe:)`` returns.
    nonisolated package func drain() { mailbox.post(.drain) }

    /// Interrupts what runs, and leases nothing more.
    nonisolated package func interrupt() { mailbox.post(.interrupt) }

    /// The run's records so far, from the one that made it on.
    ///
    /// - Returns: the records, in order.
    /// - Throws: ``LedgerError`` where the ledger cannot be read.
    package func records() throws(LedgerError) -> [LedgerRecord] { try ledger.records(of: runID) }

    /// Gives the run up before it is driven, so that another process can take it over.
    package func release() async {
        await closeHosts()
        lock.release()
    }

    /// Drives the run until it is over, or until the manager was asked to stop; to be called once.
    ///
    /// - Parameter observe: is given every record of this run, in order, in batches, on the manager's own queue.
    /// - Returns: how it ended.
    /// - Throws: ``LedgerError`` where the ledger cannot be written, ``ManagerError`` where it holds the run no more,
    ///   `CancellationError` where the task was cancelled; what runs on hosts runs on.
    package func run(observe: @escaping @Sendable ([LedgerRecord]) -> Void) async throws -> RunEnd {
        defer { lock.release() }
        self.observe = observe
        DescriptorLimit.raise(forHosts: hosts.all.count { !$0.isLocal })
        RunFiles.makeHostsDirectory(context.workspace)
        let watcher = try context.runtime.watch(context.workspace) { [mailbox] in
            mailbox.post(.healthChanged)
        } onChange: { [mailbox] in
            mailbox.post(.ledgerChanged)
        }
        defer { watcher.cancel() }
        // What a job returns is of no use: a group that kept it would grow with every attempt.
        let result = await withDiscardingTaskGroup(returning: Result<RunEnd, any Error>.self) { group in
            do {
                let end = try await drive(&group)
                await removeLastRecords()
                group.cancelAll()
                await closeHosts()
                return .success(end)
            } catch {
                // Nobody listens any more: what is still asked of hosts is given up, not waited for.
                group.cancelAll()
                await closeHosts()
                return .failure(error)
            }
        }
        timer?.alarm.cancel()
        for place in hostStates.indices { hostStates[place].leave() }
        writeHealth(isLast: true)
        ledger.writeSnapshotIfUseful()
        return try result.get()
    }

    /// Leaves the hosts; one that was not reached has nothing to be closed in good order, and is not waited for.
    private func closeHosts() async {
        let states = hostStates
        let seconds = context.closeSeconds
        await hosts.close { states[$0].isConnected ? seconds : min(seconds, 0.25) }
    }

    private func drive(_ group: inout DiscardingTaskGroup) async throws -> RunEnd {
        begin()
        if purpose.leases { group.addTask { [leases] in await leases.run() } }
        while true {
            launch(&group)
            if let end = try turn(&group) { return end }
            guard let batch = await mailbox.next() else { throw CancellationError() }
            for input in batch { try handle(input) }
        }
    }

    private func begin() {
        guard let state else { return }
        if purpose.leases {
            let started = Event.ManagerStarted(run: runID, pid: context.runtime.processID, created: state.created)
            pending.append(.managerStarted(started))
        }
        loadHealth()
        adoptOpenAttempts(of: state)
        if isTakenOver { findGhosts(in: state) }
        contactHosts()
        for request in state.pendingEnds { carryOut(request, in: state) }
        cancelUnrunnable(in: state)
        collectOrphans()
    }

    /// Begins what is to be asked of hosts.
    func launch(_ group: inout DiscardingTaskGroup) {
        for job in jobs { group.addTask(operation: job) }
        jobs = []
    }

    /// Sets the one timer to the next time that is waited for.
    func setTimer(_ time: Timestamp?) {
        guard timer?.time != time else { return }
        timer?.alarm.cancel()
        timer = nil
        guard let time else { return }
        let wait = max(1, time.milliseconds - now.milliseconds)
        timer = (time, context.runtime.schedule(in: wait) { [mailbox] in mailbox.post(.due) })
    }

    /// Takes notice that the timer has fired.
    func noteTimer() { timer = nil }

    /// The run as the ledger tells it; not to be held across an append.
    var state: RunState? { ledger.state.live(runID) }

    /// The time.
    var now: Timestamp { context.now() }
}
