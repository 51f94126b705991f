import FleetCore
import FleetHost
import FleetLedger
import FleetManager
import FleetWire
import LedgerSamples
import Logging

/// One history: a workspace, its managers and machines, and all that befalls them, as a seed has it.
///
/// `@unchecked Sendable`: as ``Stage``; it is played by one thread.
package final class History: @unchecked Sendable {
    /// How a history went.
    package struct Outcome: Sendable {
        /// The seed.
        package let seed: UInt64
        /// What was done that must not be; nothing where all is well.
        package let breaches: [String]
        let steps: Int
        let faults: Int
        /// How many managers drove its runs.
        let managers: Int
        /// What two plays of one seed have in common.
        let digest: UInt64
        /// What happened, a line each, where it was to be told.
        package let story: [String]

        /// How it went, in a line.
        package var words: String {
            "seed \(seed): \(steps) steps, \(faults) faults, \(managers) managers, digest \(String(digest, radix: 16))"
        }
    }

    /// A run of the history, and who drives it.
    ///
    /// `@unchecked Sendable`: as ``Stage``, of which it is a part.
    final class Course: @unchecked Sendable {
        let number: Int
        var run: RunID?
        var isDriven = false
        var hasEnded = false
        /// Whether somebody will want a task of it again when it has ended.
        var isToBeReopened = false

        init(number: Int) { self.number = number }
    }

    let seed: UInt64
    let stage = Stage()
    let disk = SimulatedDisk()
    let plan: Plan
    let referee: Referee
    let watching: Watching
    let courses: [Course]
    var dice: Dice
    var machines: [SimulatedMachine] = []
    var processes: [SimulatedProcess] = []
    var drivers: [Int: RunManager] = [:]
    /// What the machine's clock says beyond the true time.
    var clockOffset: Int64 = 0
    /// How many processes may still be killed.
    var dooms: Int
    var faults = 0
    var managers = 0
    /// From when on nothing is at fault any more.
    var calmFrom: Int64 = 0

    static let root = "/w"
    /// More steps than this are no progress.
    private static let stepLimit = 6_000
    /// How long a run may take in the calm: every retry, wait and host that is found again has room in it.
    private static let patience: Int64 = 4 * 3_600_000
    /// Whether nothing happens but what the plan is about.
    let isQuiet: Bool

    /// The history of a seed.
    package convenience init(seed: UInt64, isTelling: Bool = false) {
        var dice = Dice(seed: seed)
        let plan = Plan(&dice)
        let dooms = dice.chance(60) ? dice.number(1...4) : 0
        self.init(seed: seed, plan: plan, dooms: dooms, dice: dice, isTelling: isTelling)
    }

    /// A history in which nothing is at fault, and nothing ends.
    convenience init(quiet plan: Plan) {
        self.init(seed: 0, plan: plan, dooms: 0, dice: Dice(seed: 0), isTelling: false, isQuiet: true)
    }

    private init(seed: UInt64, plan: Plan, dooms: Int, dice: Dice, isTelling: Bool, isQuiet: Bool = false) {
        self.seed = seed
        self.plan = plan
        self.dooms = dooms
        self.dice = dice
        self.isQuiet = isQuiet
        watching = Watching(stage: stage)
        referee = Referee(
            stage: stage,
            disk: disk,
            workspace: Workspace(root: Self.root, disk: DiskView(disk: disk, process: .observer(stage))),
            plan: plan,
            isTelling: isTelling
        )
        courses = plan.runs.indices.map { Course(number: $0) }
        for course in courses where !isQuiet { course.isToBeReopened = self.dice.chance(8) }
    }

    /// Plays it to its end.
    package func play() -> Outcome {
        setUp()
        while referee.breaches.isEmpty, !isOver {
            guard stage.step() else {
                referee.breach("nothing is to come any more, and a run has not ended")
                break
            }
            referee.look()
            referee.checkDurability()
            if stage.steps > Self.stepLimit { referee.breach("it goes on and on") }
            if stage.time > calmFrom + Self.patience { referee.breach("a run does not end, though all is well") }
        }
        // A fresh look costs as much as a short history.
        if referee.breaches.isEmpty, dice.chance(20) { referee.compareWithFreshLook() }
        let outcome = Outcome(
            seed: seed,
            breaches: referee.breaches,
            steps: stage.steps,
            faults: faults,
            managers: managers,
            digest: referee.digest ^ UInt64(stage.steps),
            story: referee.story
        )
        tearDown()
        return outcome
    }

    private var isOver: Bool { courses.allSatisfy { $0.hasEnded && !$0.isDriven } }

    func setUp() {
        disk.onChange = { [referee, watching] path, process in
            referee.noteWrite(path, by: process.id)
            watching.note(path, by: process)
        }
        for directory in ["/w", "/w/.codewhale", "/w/.codewhale/fleet"] { _ = disk.makeDirectory(directory) }
        for name in ["local"] + plan.remotes {
            machines.append(
                SimulatedMachine(
                    name: name,
                    isLocal: name == "local",
                    stage: stage,
                    referee: referee,
                    dice: Dice(seed: dice.next()),
                    draw: { [unowned self] in program(of: $0) }
                )
            )
        }
        let workspace = Workspace(root: Self.root, disk: DiskView(disk: disk, process: .observer(stage)))
        do {
            try workspace.initialize()
            if plan.hasOldRun { try writeOldRun(workspace) }
        } catch {
            referee.breach("the workspace cannot be made: \(error)")
        }
        if !isQuiet { planFaults() }
        for course in courses { stage.after(dice.between(0, 3_000)) { [unowned self] in drive(course) } }
    }

    /// A run that somebody may compact.
    private func writeOldRun(_ workspace: Workspace) throws {
        let file = try workspace.disk.open(workspace.ledger, .append)
        try LedgerGenerator(endedRuns: 1, liveRuns: 0, tasksPerRun: 2, workers: 1).write { try file.write($0) }
        try file.sync()
        try workspace.disk.syncDirectory(workspace.directory)
    }

    /// Everything is ended, so that nothing waits for it any more.
    func tearDown() {
        dooms = 0
        for process in processes { process.end() }
        for course in courses { course.hasEnded = true }
        var rest = 0
        let end = stage.time
        while rest < 500, stage.time == end || rest < 50, stage.step() { rest += 1 }
        drivers = [:]
        stage.clear()
        watching.clear()
        disk.onChange = { _, _ in }
        disk.beforeLock = { _, _ in }
        referee.clear()
        machines = []
        processes = []
    }

    func program(of key: AttemptKey) -> SimulatedMachine.Program {
        if isQuiet { return SimulatedMachine.Program(duration: 7 * 86_400_000, exit: .code(0)) }
        var program = SimulatedMachine.Program(
            duration: dice.chance(8) ? dice.between(20_000, 150_000) : dice.delay(5, 20_000),
            exit: .code(0)
        )
        if dice.chance(25) { program.exit = dice.chance(70) ? .code(UInt8(dice.number(1...3))) : .signal(9) }
        if dice.chance(3) { program.refusal = HostError(.configuration, "there is no such program") }
        program.isStubborn = dice.chance(3)
        return program
    }
}
