import FleetCore
import FleetHost
import FleetLedger
import FleetWire

/// Sees everything: what the ledger holds, and what really runs on the machines; and notes every breach of a promise.
///
/// `@unchecked Sendable`: as ``Stage``, of which it is a part.
final class Referee: @unchecked Sendable {
    /// What really became of an attempt.
    struct Truth {
        enum State {
            case running
            case exited(AttemptReport)
            case lost
            /// Not even a record of it is left.
            case vanished
        }

        unowned let machine: SimulatedMachine
        let worker: String
        let begun: Int64
        var state = State.running
        /// Whether its record on the machine was removed.
        var isRemoved = false

        var isRunning: Bool { if case .running = state { true } else { false } }
    }

    let stage: Stage
    let disk: SimulatedDisk
    let workspace: Workspace
    let plan: Plan
    /// What was done that must not be.
    private(set) var breaches: [String] = []
    /// What happened, a line each; kept where a history is told.
    private(set) var story: [String] = []
    let isTelling: Bool
    /// Is called with a task that is to be tried again later.
    var onRetry: (TaskID) -> Void = { _ in }

    private(set) var truths: [AttemptKey: Truth] = [:]
    /// When each process last heard that an attempt is known, by the attempt.
    private var heard: [Int: [AttemptKey: Int64]] = [:]
    private var begun: [Int: Int64] = [:]
    var model: LedgerModel
    var ledger: Ledger?
    var records: [LedgerRecord] = []
    /// When each record was first seen, by the true time, and who wrote it, by its number.
    var origins: [Int64: (time: Int64, writer: Int)] = [:]
    /// The file that `records` are of.
    var node: SimulatedDisk.Node?
    /// Up to which record the file that was replaced was on the disk.
    var durableBefore: Int64 = 0
    /// Up to which record all was durable at some time.
    var durableOnce: Int64 = 0
    var isStale = true
    /// A number that two equal histories have in common.
    private(set) var digest: UInt64 = 0

    init(stage: Stage, disk: SimulatedDisk, workspace: Workspace, plan: Plan, isTelling: Bool) {
        self.stage = stage
        self.disk = disk
        self.workspace = workspace
        self.plan = plan
        self.isTelling = isTelling
        model = LedgerModel(plan: plan)
    }

    /// Lets go of everything.
    func clear() {
        truths = [:]
        ledger = nil
        node = nil
        onRetry = { _ in }
    }

    func trace(_ line: () -> String) {
        if isTelling { story.append("\(stage.time - 1_800_000_000_000) ms: \(line())") }
    }

    func breach(_ text: String) {
        breaches.append(text)
        trace { "BREACH: \(text)" }
    }

    // MARK: - What happens on machines

    /// A process sends a start: the lease must be on the disk.
    func noteSending(_ key: AttemptKey) {
        look()
        guard let attempt = model.attempt(key) else {
            return breach("the start of \(key.task) \(key.attempt) was sent, and no lease of it is in the ledger")
        }
        guard attempt.leaseSeq <= durableSeq else {
            return breach("the start of \(key.task) \(key.attempt) was sent before its lease was durable")
        }
        if !attempt.isOpen { breach("the start of \(key.task) \(key.attempt) was sent after its end was recorded") }
    }

    func noteStart(_ key: AttemptKey, worker: String, on machine: SimulatedMachine) {
        look()
        trace { "\(key.task) \(key.attempt) starts on \(machine.name) for \(worker)" }
        if truths[key] != nil { breach("\(key.task) \(key.attempt) was started twice") }
        truths[key] = Truth(machine: machine, worker: worker, begun: stage.time)
        let rivals = truths.filter { $0.key.run == key.run && $0.key.task == key.task && $0.value.isRunning }
        for (rival, truth) in rivals where rival != key && truth.machine === machine {
            breach("\(key.task) \(key.attempt) and \(rival.attempt) run at once on \(machine.name)")
        }
        for rival in rivals.keys { checkNotSuperseded(rival) }
        let unfenced = rivals.keys.filter { model.attempt($0)?.isOpen ?? true }
        if unfenced.count > 1 { breach("\(unfenced.count) attempts of \(key.task) run and none was given up") }
        let carried = truths.filter { $0.value.isRunning && $0.value.worker == worker }
        let live = carried.keys.filter { model.attempt($0)?.isOpen ?? true }
        if let slots = plan.slots[worker], live.count > slots { breach("\(worker) runs \(live.count) at once") }
    }

    /// What runs is open in the ledger, or was given up as lost.
    private func checkNotSuperseded(_ key: AttemptKey) {
        guard let attempt = model.attempt(key), !attempt.isOpen, attempt.failure != .lost else { return }
        breach("\(key.task) \(key.attempt) runs, and the ledger says that it is over")
    }

    func noteEnd(_ report: AttemptReport) {
        trace {
            "\(report.key.task) \(report.key.attempt) ends: \(report.exit.map { "\($0)" } ?? "?"), \(report.cause)"
        }
        truths[report.key]?.state = .exited(report)
        if report.cause == .itself { checkWanted(report.key) }
    }

    /// An attempt ran to its own end: nobody may have wanted it ended who could have been heard.
    private func checkWanted(_ key: AttemptKey) {
        look()
        guard let run = model.runs[RunID(unchecked: key.run)], let attempt = model.attempt(key),
            let truth = truths[key], truth.begun < stage.time - 20_000, !truth.machine.isStubborn(key),
            truth.machine.isWellConnected(to: run.manager, since: stage.time - 20_000)
        else { return }
        let name = "\(key.task) \(key.attempt)"
        if attempt.failure == .lost, let end = attempt.finishTime, end < stage.time - 20_000 {
            breach("\(name) was given up, and ran to its end though its machine was there")
        }
        let isWanted = run.requests.contains { $0.time < stage.time - 20_000 && $0.targets.contains(name) }
        if isWanted { breach("\(name) was to be ended, and ran to its end though its machine was there") }
    }

    /// A machine ends an attempt as no manager was heard of for so many milliseconds.
    func noteManagerLoss(_ key: AttemptKey, limit: Int64) {
        look()
        guard let run = model.runs[RunID(unchecked: key.run)], let attempt = model.attempt(key), attempt.isOpen,
            let truth = truths[key], truth.machine.isWellConnected(to: run.manager, since: stage.time - limit)
        else { return }
        breach("\(key.task) \(key.attempt) was ended for want of a manager, and one was there")
    }

    func noteLost(_ key: AttemptKey) {
        trace { "\(key.task) \(key.attempt) is lost on its machine" }
        truths[key]?.state = .lost
    }

    func noteVanished(_ key: AttemptKey) {
        trace { "\(key.task) \(key.attempt) vanishes from its machine" }
        truths[key]?.state = .vanished
    }

    /// A machine removes its record of an attempt: its end must be on the disk.
    func noteRemoval(_ key: AttemptKey) {
        look()
        truths[key]?.isRemoved = true
        guard let attempt = model.attempt(key), let end = attempt.finishSeq else {
            return breach("the record of \(key.task) \(key.attempt) was removed, and the ledger has no end of it")
        }
        if end > durableSeq {
            breach("the record of \(key.task) \(key.attempt) was removed before its end was durable")
        }
    }

    func noteBegin(_ process: SimulatedProcess) { begun[process.id] = stage.time }

    /// A process hears of attempts.
    func noteHeard(_ answer: Any, by process: SimulatedProcess) {
        switch answer {
        case let reports as [AttemptReport]: noteHeard(reports, by: process)
        case Result<AttemptReport, HostError>.success(let report)? as Result<AttemptReport, HostError>?:
            noteHeard([report], by: process)
        case Result<[AttemptReport], HostError>.success(let reports)? as Result<[AttemptReport], HostError>?:
            noteHeard(reports, by: process)
        default: break
        }
    }

    private func noteHeard(_ reports: [AttemptReport], by process: SimulatedProcess) {
        for report in reports where report.state != .unknown {
            heard[process.id, default: [:]][report.key] = stage.time
        }
    }

    /// For how many seconds nothing was heard of an attempt, by the process that began last of those who drive.
    func silence(of key: AttemptKey, for process: Int) -> Double {
        let since = max(heard[process]?[key] ?? 0, begun[process] ?? 0)
        return Double(stage.time - since) / 1_000
    }

    // MARK: - What the ledger says

    /// The ledger may have changed.
    func noteWrite(_ path: String, by writer: Int) {
        guard path == workspace.ledger else { return }
        // What another wrote before is understood as its.
        if writer != model.writer { look() }
        model.writer = writer
        isStale = true
    }

    /// Reads on in the ledger, and checks what is new.
    func look() {
        guard isStale, disk.node(workspace.ledger) != nil else { return }
        isStale = false
        do {
            if let ledger {
                let generation = ledger.generation
                let news = try ledger.refresh()
                if ledger.generation != generation { return try replayReplaced() }
                if !news.isEmpty { take(news, in: ledger) }
            } else {
                try replay()
            }
        } catch {
            breach("the ledger cannot be read: \(error)")
        }
    }

    private func take(_ news: [LedgerRecord], in ledger: Ledger) {
        for record in news {
            trace { "ledger \(record.seq): \(Self.words(record.event))" }
            digest = (digest ^ UInt64(bitPattern: record.time.milliseconds) ^ UInt64(record.length)) &* 0x100_0000_01B3
        }
        records += news
        model.hasDamage = !ledger.damage.isEmpty
        for record in news {
            origins[record.seq] = (stage.time, model.writer)
            judge(record.event, record: record)
            if case .attemptFinished(let event) = record.event, let time = event.retryAt, time > record.time {
                onRetry(event.task)
            }
            for fault in model.apply(record, at: stage.time) { breach(fault) }
        }
        compare(with: ledger.state)
    }
}
