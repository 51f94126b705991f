import FleetCore
import FleetHost
import FleetLedger
import FleetManager
import FleetWire
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

    /// The history of a seed.
    package init(seed: UInt64, isTelling: Bool = false) {
        self.seed = seed
        var dice = Dice(seed: seed)
        plan = Plan(&dice)
        dooms = dice.chance(60) ? dice.number(1...4) : 0
        self.dice = dice
        watching = Watching(stage: stage)
        referee = Referee(
            stage: stage,
            disk: disk,
            workspace: Workspace(root: Self.root, disk: DiskView(disk: disk, process: .observer(stage))),
            plan: plan,
            isTelling: isTelling
        )
        courses = plan.runs.indices.map { Course(number: $0) }
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

    private func setUp() {
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
        } catch {
            referee.breach("the workspace cannot be made: \(error)")
        }
        planFaults()
        for course in courses { stage.after(dice.between(0, 3_000)) { [unowned self] in drive(course) } }
    }

    /// Everything is ended, so that nothing waits for it any more.
    private func tearDown() {
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

    private func program(of key: AttemptKey) -> SimulatedMachine.Program {
        var program = SimulatedMachine.Program(
            duration: dice.chance(8) ? dice.between(20_000, 150_000) : dice.delay(5, 20_000),
            exit: .code(0)
        )
        if dice.chance(25) { program.exit = dice.chance(70) ? .code(UInt8(dice.number(1...3))) : .signal(9) }
        if dice.chance(3) { program.refusal = HostError(.configuration, "there is no such program") }
        program.isStubborn = dice.chance(3)
        return program
    }

    // MARK: - Processes

    /// A process of the machine, which may be killed where `mayDie`.
    func makeProcess(mayDie: Bool) -> SimulatedProcess {
        let process = SimulatedProcess(
            id: processes.count + 1,
            stage: stage,
            clockOffset: clockOffset,
            seed: dice.next()
        )
        if mayDie, dooms > 0, dice.chance(70) {
            dooms -= 1
            faults += 1
            process.doom = (dice.pick(SimulatedProcess.Moment.allCases), dice.number(1...dice.pick([4, 12, 30])))
        }
        processes.append(process)
        referee.noteBegin(process)
        return process
    }

    func context(for process: SimulatedProcess) -> ManagerContext {
        var context = ManagerContext(
            workspace: Workspace(root: Self.root, disk: DiskView(disk: disk, process: process)),
            supervisorPath: "/nonexistent",
            workerProgram: "/nonexistent",
            environment: [:],
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() },
            now: { process.now }
        )
        context.runtime = SimulatedRuntime(process: process, stage: stage, watching: watching)
        context.copyMilliseconds = 60_000
        context.pollSeconds = plan.pollSeconds
        context.makeHost = { [unowned self] description, _, onNotice in
            SimulatedHost(
                machines.first { $0.name == description.name } ?? machines[0],
                process,
                referee,
                onNotice: onNotice
            )
        }
        return context
    }

    /// A manager begins to drive a run, which it makes where there is none yet.
    func drive(_ course: Course) {
        guard !course.isDriven, !course.hasEnded else { return }
        course.isDriven = true
        managers += 1
        let process = makeProcess(mayDie: true)
        let context = context(for: process)
        let run = plan.runs[course.number]
        referee.trace {
            "process \(process.id) drives run \(course.number), killed at \(process.doom.map { "\($0)" } ?? "-")"
        }
        // Of two runs, one's manager also looks after the other, with a ledger of its own.
        if courses.count == 1 {
            process.onAppendAfterFailure = { [referee] in referee.breach("a manager whose sync failed writes on") }
        }
        let task = Task(executorPreference: stage.taskExecutor) { [self] in
            do {
                guard let manager = try await manager(of: course, run, context) else {
                    return over(course, process, "another drives it")
                }
                drivers[course.number] = manager
                let end = try await manager.run { _ in }
                over(course, process, "\(end)")
            } catch {
                over(course, process, "\(error)")
            }
        }
        process.whenDead { task.cancel() }
    }

    private func manager(
        of course: Course,
        _ run: Plan.Run,
        _ context: ManagerContext
    ) async throws -> RunManager? {
        if let id = course.run ?? existing(course) {
            course.run = id
            return try await RunManager.takeOver(
                id,
                purpose: .drive,
                failFast: run.failFast,
                context: context,
                orEnded: true
            )
        }
        let spec = RunSpec(
            name: "\(course.number)",
            tasks: run.tasks,
            workers: run.workers,
            lostAfter: plan.lostAfter
        )
        let options = RunOptions(maxWorkers: run.maxWorkers, failFast: run.failFast)
        return try await RunManager.create(spec: spec, options: options, context: context)
    }

    /// The run that an earlier process made, and did not live to tell of.
    private func existing(_ course: Course) -> RunID? {
        referee.look()
        return referee.model.runs.first { $0.value.number == course.number }?.key
    }

    private func over(_ course: Course, _ process: SimulatedProcess, _ how: String) {
        referee.trace { "process \(process.id) is over: \(how)" }
        process.end()
        drivers[course.number] = nil
        course.isDriven = false
        referee.look()
        if let id = course.run ?? existing(course), referee.model.runs[id]?.status != nil { course.hasEnded = true }
        guard !course.hasEnded else { return }
        let wait = dice.delay(5, dice.chance(10) ? 300_000 : 20_000)
        stage.after(wait) { [unowned self] in drive(course) }
    }
}

extension SimulatedProcess {
    /// Somebody who only looks, and whom nothing befalls.
    static func observer(_ stage: Stage) -> SimulatedProcess {
        SimulatedProcess(id: 0, stage: stage, clockOffset: 0, seed: 0)
    }
}
