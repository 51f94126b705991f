import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Foundation
import Logging
import Testing

@testable import FleetManager

/// A workspace for one test, and the machine on which its attempts run.
struct Site: Sendable {
    let workspace: Workspace
    let machine: FakeMachine
    var context: ManagerContext

    /// Makes one, and removes it; checks that the manager kept its promises and left nothing open.
    static func with<Result>(
        _ machine: FakeMachine = FakeMachine(),
        _ body: (Site) async throws -> Result
    ) async throws -> Result {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("fleet-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let workspace = Workspace(root: root)
        try workspace.initialize()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var context = ManagerContext(
            workspace: workspace,
            supervisorPath: "/nonexistent/supervisor",
            workerProgram: "/usr/bin/codewhale",
            environment: ["PATH": "/bin"],
            logger: logger
        )
        context.bootID = machine.greeting.bootID
        context.makeHost = { _, _, onNotice in FakeHost(machine, onNotice: onNotice) }
        context.patienceSeconds = 20
        let result = try await body(Site(workspace: workspace, machine: machine, context: context))
        #expect(machine.breaches.isEmpty)
        #expect(machine.listenerCount == 0, "a channel was left open")
        return result
    }

    /// Makes a run of tasks.
    func create(
        _ tasks: [TaskSpec],
        workers: [WorkerSpec] = [],
        maxWorkers: Int = 2,
        failFast: Bool = false,
        lostAfter: Double = RunSpec.defaultLostAfter,
        onManagerLoss: ManagerLossPolicy = .finish
    ) async throws -> RunManager {
        try await RunManager.create(
            spec: RunSpec(
                name: "test",
                tasks: tasks,
                workers: workers,
                lostAfter: lostAfter,
                onManagerLoss: onManagerLoss
            ),
            options: RunOptions(maxWorkers: maxWorkers, failFast: failFast),
            context: context
        )
    }

    /// Begins to drive a run.
    func begin(_ manager: RunManager) -> Driving { Driving(manager) }

    /// Drives a run of tasks to its end.
    @discardableResult
    func drive(
        _ tasks: [TaskSpec],
        workers: [WorkerSpec] = [],
        maxWorkers: Int = 2,
        failFast: Bool = false
    ) async throws -> (end: RunEnd, run: RunState, manager: RunManager) {
        let manager = try await create(tasks, workers: workers, maxWorkers: maxWorkers, failFast: failFast)
        let end = try await manager.run { _ in }
        return (end, try state(of: manager.runID), manager)
    }

    /// A run as the ledger tells it.
    func state(of run: RunID) throws -> RunState {
        try #require(try Ledger(opening: workspace).loadRun(run))
    }

    /// The events of a run, as the ledger has them.
    func events(of run: RunID) throws -> [Event] {
        try Ledger(opening: workspace).records(of: run).map(\.event)
    }

    /// The runs that the ledger knows.
    func runs() throws -> [RunID] { try Ledger(opening: workspace).state.runIDs }

    /// Whether nobody drives a run.
    func isFree(_ run: RunID) throws -> Bool { try RunLock.holder(workspace.managerLock(run)) == nil }

    var operations: Operations { Operations(context: context) }
}

/// A manager at work.
struct Driving: Sendable {
    let manager: RunManager
    let records = Journal<LedgerRecord>()
    private let task: Task<RunEnd, any Error>

    init(_ manager: RunManager) {
        self.manager = manager
        let records = records
        task = Task { try await manager.run { records.append(contentsOf: $0) } }
    }

    var run: RunID { manager.runID }

    /// How it ended.
    var end: RunEnd {
        get async throws {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }

    /// The manager dies: whatever it was about to do is not done.
    func die() async {
        task.cancel()
        _ = try? await task.value
    }

    /// Returns once so many attempts run.
    func waitForRunning(_ count: Int = 1) async {
        await records.wait(for: count) { if case .attemptStarted = $0.event { true } else { false } }
    }
}

extension RunEnd {
    /// How the run ended; nil where it goes on.
    var status: RunStatus? { if case .finished(let event) = self { event.status } else { nil } }
}
