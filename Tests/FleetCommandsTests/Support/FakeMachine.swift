import FleetCore
import FleetHost
import FleetLedger
import FleetManager
import FleetWire
import Logging
import NIOCore
import Synchronization

@testable import FleetCommands

/// A machine that runs nothing, but says what a task's command tells it to.
///
/// The command is a word and, for some, a number: `exit 3` ends at once with that code; `flaky` fails in its first
/// attempt only; `hold` goes on until it is ended.
final class FakeMachine: Sendable {
    private struct State {
        var attempts: [AttemptKey: AttemptReport] = [:]
        var starts = 0
        var listeners: [@Sendable (HostNotice) -> Void] = []
        var waiters: [(count: Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// What a manager of a workspace works with, where this is the only host.
    func context(_ workspace: TestWorkspace) -> ManagerContext {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        var context = ManagerContext(
            workspace: workspace.place,
            supervisorPath: "/nowhere/codewhale-supervisor",
            workerProgram: "/nowhere/codewhale",
            environment: [:],
            logger: logger
        )
        context.makeHost = { _, _, onNotice in
            self.state.withLock { $0.listeners.append(onNotice) }
            return Host(machine: self)
        }
        return context
    }

    /// Returns when so many attempts have been started in all.
    func waitForStarts(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state -> Bool in
                if state.starts >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Ends everything that runs with an exit code.
    func endAll(code: UInt8 = 0) {
        let keys = state.withLock { state in state.attempts.filter { $0.value.state == .running }.map(\.key) }
        for key in keys { tell(end(key, .code(code), .itself)) }
    }

    /// Ends everything that runs once so many attempts have been started.
    func endAll(afterStarts count: Int) async {
        await waitForStarts(count)
        endAll()
    }

    fileprivate func start(_ request: StartRequest) -> AttemptReport {
        var report = AttemptReport(key: request.key, state: .running)
        report.pid = 1_000
        report.startedAt = UInt64(System.now.milliseconds)
        let started = report
        let ready = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.attempts[request.key] = started
            state.starts += 1
            let ready = state.waiters.filter { $0.count <= state.starts }
            state.waiters.removeAll { $0.count <= state.starts }
            return ready.map(\.1)
        }
        for waiter in ready { waiter.resume() }
        switch request.arguments[0] {
        case "exit": return end(request.key, .code(UInt8(request.arguments[1]) ?? 0), .itself)
        case "flaky": return end(request.key, .code(request.key.attempt > 1 ? 0 : 1), .itself)
        default: return report
        }
    }

    fileprivate func end(_ key: AttemptKey, _ exit: AttemptExit, _ cause: EndCause) -> AttemptReport {
        state.withLock { state in
            var report = state.attempts[key] ?? AttemptReport(key: key, state: .unknown)
            guard report.state == .running else { return report }
            report.state = .exited
            report.exit = exit
            report.cause = cause
            report.finishedAt = report.startedAt + 200
            report.logBytes = 5
            state.attempts[key] = report
            return report
        }
    }

    fileprivate func tell(_ report: AttemptReport) {
        for listener in state.withLock({ $0.listeners }) { listener(.changed([report])) }
    }

    fileprivate func report(_ key: AttemptKey) -> AttemptReport {
        state.withLock { $0.attempts[key] ?? AttemptReport(key: key, state: .unknown) }
    }
}

/// The way to the machine.
private struct Host: HostAdapter {
    let machine: FakeMachine
    var name: String { "local" }

    func connect() async throws -> HelloReply { HelloReply() }
    func start(_ request: StartRequest) async throws -> AttemptReport { machine.start(request) }
    func status(of keys: [AttemptKey]) async throws -> [AttemptReport] { keys.map(machine.report) }
    func claim(_ key: AttemptKey) async throws -> [AttemptReport] { [machine.report(key)] }
    func cleanup(_ keys: [AttemptKey]) async throws {}
    func collect(_ key: AttemptKey, patterns: [String]) async throws -> CollectReply { CollectReply() }
    func close() async {}

    func log(of key: AttemptKey, offset: UInt64, limit: UInt32) async throws -> FileChunk { FileChunk() }

    func artifact(of key: AttemptKey, path: String, offset: UInt64, limit: UInt32) async throws -> FileChunk {
        FileChunk()
    }

    func end(_ key: AttemptKey, mode: FleetWire.EndMode, grace: UInt64) async throws -> EndReply {
        let wasRunning = machine.report(key).state == .running
        let report = machine.end(key, .signal(mode == .interrupt ? 2 : 15), mode == .interrupt ? .interrupt : .stop)
        machine.tell(report)
        return EndReply(outcome: wasRunning ? .stopped : .alreadyExited, report: report)
    }
}
