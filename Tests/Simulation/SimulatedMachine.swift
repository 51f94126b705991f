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
    let draw: (AttemptKey) -> Program
    var dice: Dice
    var attempts: [AttemptKey: Attempt] = [:]
    var marks: [String: UInt32] = [:]
    var drawn: [AttemptKey: Program] = [:]
    private var links: [Link] = []
    /// What is under way from links that are lost.
    var late: [Int: () -> Void] = [:]
    private var lateCount = 0
    var lastPid: UInt32 = 100
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
    var renewedAt: Int64 = 0

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

    /// Which life of its it is in.
    var bootID: String { "\(name) \(boots)" }

    /// How it greets.
    var greeting: HelloReply {
        var greeting = HelloReply()
        greeting.bootID = bootID
        return greeting
    }

    var isSilent: Bool { stage.time < silentUntil }

    /// How long a packet takes.
    func latency() -> Int64 { dice.delay(1, 40) * slowness }

    var clock: UInt64 { UInt64(max(1, stage.time + clockOffset)) }

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

    func push(_ report: AttemptReport) {
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
}
