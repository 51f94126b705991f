import FleetHost
import FleetWire

/// A machine on which attempts run: what a supervisor does, and all that may befall it.
///
/// `@unchecked Sendable`: as ``Stage``, of which it is a part.
final class SimulatedMachine: @unchecked Sendable {
    /// What an attempt's program does.
    struct Program {
        /// How long it takes, in milliseconds.
        var duration: Int64
        /// How it exits.
        var exit: AttemptExit
        /// Why it cannot be started, where it cannot.
        var refusal: HostError?
        /// Whether it cannot be ended.
        var isStubborn = false
    }

    struct Attempt {
        var report: AttemptReport
        let worker: String
        let program: Program
    }

    let name: String
    let isLocal: Bool
    let stage: Stage
    let referee: Referee
    private let draw: (AttemptKey) -> Program
    var dice: Dice
    private(set) var attempts: [AttemptKey: Attempt] = [:]
    private var marks: [String: UInt32] = [:]
    private var drawn: [AttemptKey: Program] = [:]
    private var links: [Link] = []
    /// What is under way from links that are lost.
    private var late: [Int: () -> Void] = [:]
    private var lateCount = 0
    private var lastPid: UInt32 = 100
    /// Until when no packet passes, in either direction.
    private(set) var silentUntil: Int64 = 0
    /// Until when it refuses connections.
    private(set) var refusesUntil: Int64 = 0
    /// Until when it refuses who we are.
    private(set) var deniesUntil: Int64 = 0
    /// How many questions of a hundred are asked over a link that is then lost.
    var flakiness: UInt64 = 0
    /// How much longer all that it does takes.
    private(set) var slowness: Int64 = 1
    private var slowSince: Int64 = 0
    private var clockOffset: Int64 = 0
    /// How often it was started anew.
    private(set) var boots = 0
    /// When a manager last renewed its lease.
    private var renewedAt: Int64 = 0

    init(
        name: String,
        isLocal: Bool,
        stage: Stage,
        referee: Referee,
        dice: Dice,
        draw: @escaping (AttemptKey) -> Program
    ) {
        self.name = name
        self.isLocal = isLocal
        self.stage = stage
        self.referee = referee
        self.dice = dice
        self.draw = draw
    }

    var isSilent: Bool { stage.time < silentUntil }

    /// How long a packet takes.
    func latency() -> Int64 { dice.delay(1, 40) * slowness }

    private var clock: UInt64 { UInt64(max(1, stage.time + clockOffset)) }

    // MARK: - What befalls it

    /// No packet passes for a while; who keeps a link open gives it up after 45 seconds of that.
    func beSilent(for milliseconds: Int64) {
        silentUntil = max(silentUntil, stage.time + milliseconds)
        let known = links
        stage.after(45_000) { [self] in
            guard isSilent else { return }
            for link in known { link.cut(mayDeliver: dice.chance(50)) }
        }
    }

    /// Its sshd is started anew: links are lost, what runs runs on.
    func restartServer(for milliseconds: Int64) {
        refusesUntil = max(refusesUntil, stage.time + milliseconds)
        for link in links { link.cut(mayDeliver: dice.chance(30)) }
    }

    /// It refuses who we are for a while.
    func deny(for milliseconds: Int64) {
        deniesUntil = stage.time + milliseconds
        for link in links { link.cut(mayDeliver: false) }
    }

    func beSlow(_ factor: Int64) {
        slowness = factor
        // What was sent before it was over may be under way for so long.
        slowSince = factor > 1 ? .max : stage.time + 40_000
    }

    func setClock(by milliseconds: Int64) { clockOffset += milliseconds }

    /// The machine is started anew: what ran is gone, and of what was just begun there may be no record.
    func reboot(for milliseconds: Int64) {
        refusesUntil = max(refusesUntil, stage.time + milliseconds)
        boots += 1
        late = [:]
        for link in links { link.cut(mayDeliver: false) }
        for key in attempts.keys.sorted() where attempts[key]?.report.state == .running {
            if dice.chance(20), stage.time - Int64(attempts[key]?.report.startedAt ?? 0) + clockOffset < 5_000 {
                attempts[key] = nil
                referee.noteVanished(key)
            } else {
                lose(key)
            }
        }
    }

    /// The shim of an attempt dies, and what is left of the attempt is ended.
    func killShim() {
        let running = attempts.keys.sorted().filter { attempts[$0]?.report.state == .running }
        guard !running.isEmpty else { return }
        let key = dice.pick(running)
        lose(key)
        if let report = attempts[key]?.report { push(report) }
    }

    private func lose(_ key: AttemptKey) {
        attempts[key]?.report.state = .lost
        attempts[key]?.report.revision += 1
        referee.noteLost(key)
    }

    // MARK: - Links

    func add(_ link: Link) { links.append(link) }

    /// Lets something arrive at some time.
    func postpone(_ body: @escaping () -> Void) {
        lateCount += 1
        let place = lateCount
        late[place] = body
        stage.after(dice.delay(0, 30_000)) { self.late.removeValue(forKey: place)?() }
    }

    func remove(_ link: Link) { links.removeAll { $0 === link } }

    /// Whether a process has had a link for so long, and packets passed.
    func isWellConnected(to process: Int, since time: Int64) -> Bool {
        silentUntil < time && slowSince < time && links.contains { $0.processID == process && $0.openedAt < time }
    }

    func isStubborn(_ key: AttemptKey) -> Bool { attempts[key]?.program.isStubborn ?? true }

    private func push(_ report: AttemptReport) {
        for link in links {
            if dice.chance(8) {
                // It is lost, and a poll of the link's makes up for it.
                stage.after(dice.delay(100, 60_000)) { [self] in
                    if let now = attempts[report.key]?.report { link.push([now]) }
                }
                continue
            }
            link.push([report])
            if dice.chance(8) { link.push([report]) }
        }
    }

    // MARK: - What it is asked

    func start(_ request: StartRequest, _ reply: @escaping (Result<AttemptReport, HostError>) -> Void) {
        let key = request.key
        if let known = attempts[key] { return reply(.success(known.report)) }
        if attempts.keys.contains(where: { $0.run == key.run && $0.task == key.task && $0.attempt == key.attempt }) {
            return reply(.failure(HostError(.conflict, "\(name): the number is taken")))
        }
        let task = key.run + "/" + key.task
        guard key.attempt > marks[task] ?? 0 else {
            return reply(.failure(HostError(.refused, "\(name): \(key.task) \(key.attempt) was given up")))
        }
        // What is at fault with it is so however often it arrives.
        let program = drawn[key] ?? draw(key)
        drawn[key] = program
        if let refusal = program.refusal { return reply(.failure(refusal)) }
        marks[task] = max(marks[task] ?? 0, key.attempt - 1)
        var report = AttemptReport(key: key, state: .running)
        lastPid += 1
        report.pid = lastPid
        report.startedAt = clock
        report.revision = 1
        let worker = request.environment.first { $0.name == "CODEWHALE_WORKER_ID" }?.value ?? ""
        attempts[key] = Attempt(report: report, worker: worker, program: program)
        referee.noteStart(key, worker: worker, on: self)
        let limit = request.timeout > 0 ? Int64(clamping: request.timeout) : .max
        if limit < program.duration {
            stage.after(limit) { self.end(key, .signal(15), .timeout) }
        } else {
            stage.after(program.duration) { self.end(key, program.exit, .itself) }
        }
        renew()
        if request.lossLimit > 0 { watch(key, limit: Int64(clamping: request.lossLimit)) }
        push(report)
        reply(.success(report))
    }

    /// A manager says that it is there.
    func renew() { renewedAt = stage.time }

    /// Ends an attempt when no manager was heard of for so many milliseconds.
    private func watch(_ key: AttemptKey, limit: Int64) {
        stage.after(max(1, renewedAt + limit - stage.time)) { [self] in
            guard let attempt = attempts[key], attempt.report.state == .running, !attempt.program.isStubborn else { return }
            guard stage.time - renewedAt >= limit else { return watch(key, limit: limit) }
            referee.noteManagerLoss(key, limit: limit)
            end(key, .signal(15), .managerLoss)
        }
    }

    /// An attempt's program ends.
    private func end(_ key: AttemptKey, _ exit: AttemptExit, _ cause: EndCause) {
        guard attempts[key]?.report.state == .running else { return }
        attempts[key]?.report.state = .exited
        attempts[key]?.report.exit = exit
        attempts[key]?.report.cause = cause
        attempts[key]?.report.finishedAt = clock
        attempts[key]?.report.revision += 1
        guard let report = attempts[key]?.report else { return }
        referee.noteEnd(report)
        push(report)
    }

    func status(of keys: [AttemptKey]) -> [AttemptReport] {
        guard !keys.isEmpty else { return attempts.keys.sorted().compactMap { attempts[$0]?.report } }
        return keys.map { attempts[$0]?.report ?? AttemptReport(key: $0, state: .unknown) }
    }

    func end(_ key: AttemptKey, _ mode: EndMode, _ reply: @escaping (Result<EndReply, HostError>) -> Void) {
        guard let attempt = attempts[key] else {
            return reply(.success(EndReply(outcome: .unknown, report: AttemptReport(key: key, state: .unknown))))
        }
        guard attempt.report.state == .running else {
            return reply(.success(EndReply(outcome: .alreadyExited, report: attempt.report)))
        }
        stage.after(dice.delay(5, 12_000)) { [self] in
            guard let attempt = attempts[key] else {
                return reply(.success(EndReply(outcome: .unknown, report: AttemptReport(key: key, state: .unknown))))
            }
            guard attempt.report.state == .running else {
                return reply(.success(EndReply(outcome: .alreadyExited, report: attempt.report)))
            }
            if attempt.program.isStubborn {
                var report = attempt.report
                report.survivors = [report.pid]
                return reply(.success(EndReply(outcome: .survivors, report: report)))
            }
            end(key, .signal(mode == .interrupt ? 2 : 15), mode == .interrupt ? .interrupt : .stop)
            guard let report = attempts[key]?.report else { return }
            reply(.success(EndReply(outcome: .stopped, report: report)))
        }
    }

    func claim(_ key: AttemptKey) -> [AttemptReport] {
        // A start that was still under way may arrive just before it.
        if dice.chance(40) { for place in late.keys.sorted() { late.removeValue(forKey: place)?() } }
        let task = key.run + "/" + key.task
        marks[task] = max(marks[task] ?? 0, key.attempt)
        return status(of: [key])
    }

    func cleanup(_ keys: [AttemptKey]) -> Result<Void, HostError> {
        var isRunning = false
        for key in keys {
            guard let attempt = attempts[key] else { continue }
            guard attempt.report.state != .running else {
                isRunning = true
                continue
            }
            referee.noteRemoval(key)
            attempts[key] = nil
            let task = key.run + "/" + key.task
            marks[task] = max(marks[task] ?? 0, key.attempt)
        }
        return isRunning ? .failure(HostError(.running, "\(name): it still runs")) : .success(())
    }
}
