import FleetCore
import FleetLedger
import FleetManager
import Foundation

/// A process on the machine of the workspace: a manager, or somebody at the command line.
///
/// It may be killed at any of its writes and questions. What it would do from then on changes nothing: its calls fail, and
/// nothing that it was told reaches it.
///
/// `@unchecked Sendable`: as ``Stage``, of which it is a part.
final class SimulatedProcess: @unchecked Sendable {
    /// A moment at which it may be killed.
    enum Moment: CaseIterable {
        case beforeWrite
        case amidWrite
        case afterWrite
        case beforeQuestion
        case afterQuestion
    }

    /// The user of all processes.
    static let user: UInt32 = geteuid()

    let id: Int
    private(set) var isAlive = true
    /// At which moment it is killed, after how many of these.
    var doom: (moment: Moment, count: Int)?
    /// Files that could not be synced.
    var failedSyncs: Set<String> = []
    /// Is called when such a file is written to all the same.
    var onAppendAfterFailure: () -> Void = {}
    private(set) var dice: Dice
    private let stage: Stage
    /// What its clock says beyond the stage's, in milliseconds; set when it began.
    let clockOffset: Int64
    private var onDeath: [() -> Void] = []

    init(id: Int, stage: Stage, clockOffset: Int64, seed: UInt64) {
        self.id = id
        self.stage = stage
        self.clockOffset = clockOffset
        dice = Dice(seed: seed)
    }

    /// The time as this process has it: a clock that is set does not move it.
    var now: Timestamp { Timestamp(milliseconds: stage.time + clockOffset) }

    /// Does something once it is dead.
    func whenDead(_ body: @escaping () -> Void) {
        if isAlive { onDeath.append(body) } else { body() }
    }

    /// Ends it: locks and connections end with it.
    func end() {
        guard isAlive else { return }
        isAlive = false
        let calls = onDeath
        onDeath = []
        // Not within the call at which it was killed.
        stage.after(0) { for call in calls { call() } }
    }

    func checkAlive() throws(LedgerError) {
        guard isAlive else { throw LedgerError(.system, "process \(id) is dead") }
    }

    func kill() throws(LedgerError) {
        end()
        try checkAlive()
    }

    /// Whether its time has come at this moment.
    func isKilled(_ moment: Moment) -> Bool {
        guard let doom, doom.moment == moment else { return false }
        self.doom?.count -= 1
        return doom.count <= 1
    }

    func mayBeKilled(_ moment: Moment) throws(LedgerError) {
        try checkAlive()
        if isKilled(moment) { try kill() }
    }

    /// How much of a write gets through.
    func drawPart(of count: Int) -> Int { Int(dice.between(0, Int64(count))) }

    func random() -> UInt64 { dice.next() }
}

/// What a simulated process runs on.
struct SimulatedRuntime: Runtime {
    let process: SimulatedProcess
    let stage: Stage
    let watching: Watching

    func serialExecutor(_ label: String) -> any SerialExecutor { stage.serialExecutor }

    var copyExecutor: any SerialExecutor { stage.serialExecutor }

    var taskExecutor: (any TaskExecutor)? { stage.taskExecutor }

    func blocking<Success: Sendable>(_ body: @escaping @Sendable () throws -> Success) async throws -> Success {
        try body()
    }

    func schedule(in milliseconds: Int64, _ body: @escaping @Sendable () -> Void) -> Alarm {
        let switchboard = Switch()
        stage.after(milliseconds) { [process] in
            if process.isAlive, switchboard.isOn { body() }
        }
        return Alarm { switchboard.isOn = false }
    }

    func pause(_ milliseconds: Int64) async throws {
        // Who is killed meanwhile wakes all the same, and can do nothing.
        await withUnsafeContinuation { continuation in stage.after(milliseconds) { continuation.resume() } }
        try Task.checkCancellation()
    }

    func watch(
        _ workspace: Workspace,
        onHealth: @escaping @Sendable () -> Void,
        onChange: @escaping @Sendable () -> Void
    ) throws(LedgerError) -> any Watch {
        try process.checkAlive()
        return watching.add(process, workspace, onHealth: onHealth, onChange: onChange)
    }

    func random() -> UInt64 { process.random() }

    var processID: Int { process.id }

    /// `@unchecked Sendable`: as ``Stage``.
    final class Switch: Watch, @unchecked Sendable {
        var isOn = true

        func cancel() { isOn = false }
    }
}

/// Who watches the files of the workspace.
///
/// `@unchecked Sendable`: as ``Stage``, of which it is a part.
final class Watching: @unchecked Sendable {
    private struct Watcher {
        let process: SimulatedProcess
        let path: String
        let onChange: @Sendable () -> Void
        let isOn: SimulatedRuntime.Switch
        let isDue = SimulatedRuntime.Switch()
    }

    private let stage: Stage
    private var watchers: [Watcher] = []

    init(stage: Stage) { self.stage = stage }

    func add(
        _ process: SimulatedProcess,
        _ workspace: Workspace,
        onHealth: @escaping @Sendable () -> Void,
        onChange: @escaping @Sendable () -> Void
    ) -> any Watch {
        let isOn = SimulatedRuntime.Switch()
        for (path, call) in [(workspace.ledger, onChange), (workspace.health, onHealth)] {
            let watcher = Watcher(process: process, path: path, onChange: call, isOn: isOn)
            watcher.isDue.isOn = false
            watchers.append(watcher)
        }
        return isOn
    }

    func clear() { watchers = [] }

    /// A file was changed: whoever watches it is told soon, once for several changes.
    ///
    /// Who did it learns nothing by that: it is told now and then only, so that histories are short.
    func note(_ path: String, by writer: SimulatedProcess) {
        guard watchers.contains(where: { $0.path == path }) else { return }
        watchers.removeAll { !$0.process.isAlive || !$0.isOn.isOn }
        for watcher in watchers where watcher.path == path && !watcher.isDue.isOn {
            if watcher.process === writer, writer.random() % 4 != 0 { continue }
            watcher.isDue.isOn = true
            stage.after(1) {
                watcher.isDue.isOn = false
                if watcher.process.isAlive, watcher.isOn.isOn { watcher.onChange() }
            }
        }
    }
}
