import FleetHost
import FleetWire
import Synchronization

/// A machine in memory: what a supervisor does, as a test has scripted it.
///
/// It keeps the promises of a host (a key runs once, a mark refuses what is at or below it), and notes every breach of
/// the manager's promises in ``breaches``.
final class FakeMachine: Sendable {
    /// What a program does, and what goes wrong with it.
    struct Behaviour: Sendable {
        /// What becomes of the start.
        enum Start: Sendable {
            /// It runs, and the answer says so.
            case run
            /// It runs and ends before the answer, which says that.
            case runToItsEnd
            /// It does not run, and the answer says why.
            case refuse(HostError)
            /// It runs, and the answer is lost with the channel.
            case loseAnswer
            /// It never arrives, and the channel is lost.
            case loseRequest
            /// It arrives, and the machine loses power: nothing is left of it there.
            case losePower
            /// It never arrives until somebody claims its key, and then just before.
            case arriveAtClaim
            /// It runs, and the answer comes once the gate is open.
            case hold(Gate)
        }

        /// What becomes of the start.
        var start = Start.run
        /// How it exits by itself; nil for never.
        var exit: AttemptExit? = .code(0)
        /// How often its end is pushed.
        var pushes = 1
        /// Whether the adapter's poll finds its end where nothing was pushed.
        var isPolled = false
        /// What its last report says beyond that.
        var finish: @Sendable (inout AttemptReport) -> Void = { _ in }
        /// What becomes of the wish to end it.
        var end: @Sendable (FakeMachine, AttemptKey) async throws -> EndReply? = { _, _ in nil }
        /// What it left.
        var artifacts = CollectReply()
        /// Why that cannot be had.
        var collectFailure: HostError?
        /// What it wrote.
        var log: [UInt8] = []
        /// Gives a part of its log, where that is not simply ``log``.
        var readLog: (@Sendable (FakeMachine, AttemptKey, UInt64, UInt32) -> FileChunk)?
        /// Gives a part of an artifact.
        var readArtifact: @Sendable (String, UInt64, UInt32) -> FileChunk = { _, _, _ in FileChunk() }

        /// It runs until it is ended, or told to by ``FakeMachine/finish(_:_:)``.
        static let endless = Behaviour(exit: nil)
    }

    /// What was asked of the machine.
    enum Call: Sendable, Equatable {
        case connect
        case start(AttemptKey)
        case status([AttemptKey])
        case log(AttemptKey)
        case end(AttemptKey, EndMode)
        case claim(AttemptKey)
        case cleanup([AttemptKey])
        case collect(AttemptKey, [String])
    }

    struct Attempt {
        var report: AttemptReport
        let worker: String
        let behaviour: Behaviour
    }

    private struct State {
        var attempts: [AttemptKey: Attempt] = [:]
        var marks: [String: UInt32] = [:]
        var late: [AttemptKey: StartRequest] = [:]
        var running: [String: Int] = [:]
        var peaks: [String: Int] = [:]
        var breaches: [String] = []
        var listeners: [Int: @Sendable (HostNotice) -> Void] = [:]
        var lastListener = 0
        var lastPid: UInt32 = 1_000
        var failure: HostError?
        var silence: Gate?
        var closing: Gate?
        var openListeners: Set<Int> = []
        var boots = 1
    }

    typealias Script = @Sendable (StartRequest) -> Behaviour

    let calls = Journal<Call>()
    /// Who opens a channel and has no answer yet, on all machines that share it.
    let contacts: Crowd
    let starts = Journal<StartRequest>()
    /// For how many milliseconds the workspace's lease was renewed, each time that it was.
    let renewals = Journal<UInt64>()
    /// Starts that run and whose answer waits for a gate.
    let held = Journal<StartRequest>()
    private let empty = Journal<Void>()
    /// Is called with every start before anything is done with it.
    let onStart: @Sendable (StartRequest) -> Void
    private let script: Script
    private let state = Mutex(State())

    init(
        contacts: Crowd = Crowd(),
        onStart: @escaping @Sendable (StartRequest) -> Void = { _ in },
        _ script: @escaping Script
    ) {
        self.contacts = contacts
        self.onStart = onStart
        self.script = script
    }

    /// A machine on which every program exits with 0.
    convenience init() { self.init { _ in Behaviour() } }

    // MARK: - What tests ask and tell

    /// What the manager did that it must not.
    var breaches: [String] { state.withLock { $0.breaches } }

    /// The most attempts that a worker carried at once.
    func peak(_ worker: String) -> Int { state.withLock { $0.peaks[worker] ?? 0 } }

    /// How many attempts run.
    var runningCount: Int { state.withLock { $0.running.values.reduce(0, +) } }

    /// The records that nobody removed.
    var keys: [AttemptKey] { state.withLock { Array($0.attempts.keys) } }

    /// How many channels are open.
    var listenerCount: Int { state.withLock { $0.listeners.count } }

    /// From now on nothing can be asked of it; nil for an end of that.
    func fail(with error: HostError?) { state.withLock { $0.failure = error } }

    /// From now on questions are not answered before the gate is open; nil for an end of that.
    func beSilent(until gate: Gate?) { state.withLock { $0.silence = gate } }

    /// Channels do not close before the gate is open.
    func holdClosing(until gate: Gate?) { state.withLock { $0.closing = gate } }

    /// What channels wait for before they close.
    var closing: Gate? { state.withLock { $0.closing } }

    /// How it greets.
    var greeting: HelloReply {
        var greeting = HelloReply()
        greeting.bootID = "boot \(state.withLock { $0.boots })"
        return greeting
    }

    /// It is started anew, and has no record of what had just begun.
    func losePower() {
        state.withLock { state in
            state.boots += 1
            state.attempts = [:]
            state.running = [:]
        }
    }

    /// Every channel is lost, of which nobody is told before he asks.
    func loseSilently() { state.withLock { $0.openListeners = [] } }

    /// Every channel is lost; the next question opens another.
    func disconnect() {
        state.withLock { $0.openListeners = [] }
        notify(.disconnected(Self.lost))
    }

    /// One channel is given up, as whoever waited on it has lost patience.
    func drop(_ listener: Int) {
        let onNotice = state.withLock { state in
            state.openListeners.remove(listener).flatMap { state.listeners[$0] }
        }
        onNotice?(.disconnected(Self.lost))
    }

    /// Programs of a task that run exit now.
    func finish(_ task: String, _ exit: AttemptExit = .code(0)) {
        let keys = state.withLock { state in
            state.attempts.filter { $0.key.task == task && $0.value.report.state == .running }.map(\.key)
        }
        for key in keys { _ = end(key, exit, .itself) }
    }

    /// An attempt's supervisor died, and what was left of it was ended.
    func lose(_ key: AttemptKey) -> AttemptReport? {
        state.withLock { state in
            guard var attempt = state.attempts[key] else { return nil }
            attempt.report.state = .lost
            attempt.report.revision += 1
            state.running[attempt.worker, default: 0] -= 1
            state.attempts[key] = attempt
            return attempt.report
        }
    }

    static let lost = HostError(.transport, "fake: the control channel was lost")

    // MARK: - Channels

    func listen(_ onNotice: @escaping @Sendable (HostNotice) -> Void) -> Int {
        state.withLock { state in
            state.lastListener += 1
            state.listeners[state.lastListener] = onNotice
            return state.lastListener
        }
    }

    /// Whether a channel is open.
    func isOpen(_ listener: Int) -> Bool { state.withLock { $0.openListeners.contains(listener) } }

    /// Notes that a channel is open; whether it was not before.
    func open(_ listener: Int) -> Bool { state.withLock { $0.openListeners.insert(listener).inserted } }

    /// Returns once the machine answers, or throws where it cannot be reached.
    func reach() async throws {
        if let gate = state.withLock({ $0.silence }) { await gate.pass() }
        // Who has lost patience hears nothing more.
        try Task.checkCancellation()
        try checkReachable()
    }

    func leave(_ listener: Int) {
        let isLast = state.withLock { state in
            state.listeners[listener] = nil
            return state.listeners.isEmpty
        }
        if isLast { empty.append(()) }
    }

    /// Returns once every channel is closed.
    func waitForNoListener() async { await empty.waitForAll { !$0.isEmpty } }

    func notify(_ notice: HostNotice) {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener(notice) }
    }

    func checkReachable() throws {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    // MARK: - What the manager asks

    func start(_ request: StartRequest) async throws -> AttemptReport {
        onStart(request)
        calls.append(.start(request.key))
        try await reach()
        // Whoever waits for a start finds it done.
        defer { starts.append(request) }
        let behaviour = script(request)
        switch behaviour.start {
        case .run: return try begin(request, behaviour)
        case .runToItsEnd:
            var silent = behaviour
            silent.pushes = 0
            let report = try begin(request, silent)
            return end(report.key, behaviour.exit ?? .code(0), .itself) ?? report
        case .refuse(let error): throw error
        case .loseAnswer:
            _ = try begin(request, behaviour)
            disconnect()
            throw Self.lost
        case .loseRequest:
            disconnect()
            throw Self.lost
        case .losePower:
            losePower()
            disconnect()
            throw Self.lost
        case .arriveAtClaim:
            state.withLock { $0.late[request.key] = request }
            disconnect()
            throw Self.lost
        case .hold(let gate):
            let report = try begin(request, behaviour)
            held.append(request)
            await gate.pass()
            return state.withLock { $0.attempts[request.key]?.report } ?? report
        }
    }

    private func begin(_ request: StartRequest, _ behaviour: Behaviour) throws -> AttemptReport {
        let key = request.key
        let worker = request.environment.first { $0.name == "CODEWHALE_WORKER_ID" }?.value ?? ""
        let report = try state.withLock { state in
            if let known = state.attempts[key] {
                state.breaches.append("\(key.task) \(key.attempt) was started twice")
                return known.report
            }
            guard key.attempt > state.marks[key.run + "/" + key.task] ?? 0 else {
                throw HostError(.refused, "fake: \(key.task) \(key.attempt) was given up")
            }
            let rivals = state.attempts.filter {
                $0.key.run == key.run && $0.key.task == key.task && $0.value.report.state == .running
            }
            if !rivals.isEmpty { state.breaches.append("two attempts of \(key.task) ran at once") }
            state.lastPid += 1
            var report = AttemptReport(key: key, state: .running)
            report.pid = state.lastPid
            report.startedAt = 1_000
            report.revision = 1
            state.attempts[key] = Attempt(report: report, worker: worker, behaviour: behaviour)
            state.running[worker, default: 0] += 1
            state.peaks[worker] = max(state.peaks[worker] ?? 0, state.running[worker] ?? 0)
            return report
        }
        if case .runToItsEnd = behaviour.start { return report }
        if let exit = behaviour.exit { Task { end(key, exit, .itself) } }
        return report
    }

    /// Ends a program, and pushes that.
    @discardableResult
    func end(_ key: AttemptKey, _ exit: AttemptExit, _ cause: EndCause) -> AttemptReport? {
        let ended: (report: AttemptReport, pushes: Int, isPolled: Bool)? = state.withLock { state in
            guard var attempt = state.attempts[key], attempt.report.state == .running else { return nil }
            attempt.report.state = .exited
            attempt.report.exit = exit
            attempt.report.cause = cause
            attempt.report.finishedAt = attempt.report.startedAt + 10
            attempt.report.revision += 1
            attempt.behaviour.finish(&attempt.report)
            attempt.report.hasArtifacts = !attempt.behaviour.artifacts.entries.isEmpty
            state.attempts[key] = attempt
            state.running[attempt.worker, default: 0] -= 1
            return (attempt.report, attempt.behaviour.pushes, attempt.behaviour.isPolled)
        }
        guard let ended else { return nil }
        if ended.pushes == 0, ended.isPolled { Task { notify(.changed([ended.report])) } }
        for _ in 0..<ended.pushes { notify(.changed([ended.report])) }
        return ended.report
    }

    func attempt(_ key: AttemptKey) -> Attempt? { state.withLock { $0.attempts[key] } }

    func status(of keys: [AttemptKey]) -> [AttemptReport] {
        state.withLock { state in
            guard !keys.isEmpty else { return state.attempts.values.map(\.report) }
            return keys.map { state.attempts[$0]?.report ?? AttemptReport(key: $0, state: .unknown) }
        }
    }

    func claim(_ key: AttemptKey) -> [AttemptReport] {
        if let late = state.withLock({ $0.late.removeValue(forKey: key) }) {
            var behaviour = script(late)
            behaviour.start = .run
            _ = try? begin(late, behaviour)
        }
        return state.withLock { state in
            let task = key.run + "/" + key.task
            state.marks[task] = max(state.marks[task] ?? 0, key.attempt)
            return [state.attempts[key]?.report ?? AttemptReport(key: key, state: .unknown)]
        }
    }

    func cleanup(_ keys: [AttemptKey]) {
        state.withLock { state in
            for key in keys {
                if state.attempts[key]?.report.state == .running {
                    state.breaches.append("\(key.task) \(key.attempt) was removed while it ran")
                }
                state.attempts[key] = nil
                let task = key.run + "/" + key.task
                state.marks[task] = max(state.marks[task] ?? 0, key.attempt)
            }
        }
    }

    /// Forgets an attempt, as a machine does whose disk was wiped.
    func forget(_ key: AttemptKey) { state.withLock { $0.attempts[key] = nil } }
}
