import FleetCore
import FleetHost
import FleetLedger
import FleetManager
import FleetWire
import Logging

/// Who drives the runs of a history.
extension History {
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
        context.bootID = machines[0].bootID
        context.runtime = SimulatedRuntime(process: process, stage: stage, watching: watching)
        context.copyMilliseconds = isQuiet ? 1_800_000 : 60_000
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
    ///
    /// - Parameters:
    ///   - course: the run.
    ///   - takeOver: how it comes to drive it, where it is not the usual way.
    func drive(_ course: Course, _ takeOver: (@Sendable (ManagerContext) async throws -> RunManager?)? = nil) {
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
                guard let manager = try await manager(of: course, run, context, takeOver) else {
                    return over(course, process, "another drives it")
                }
                drivers[course.number] = manager
                course.run = course.run ?? existing(course)
                let end = try await manager.run { [referee] in referee.noteTold($0, of: course.run) }
                if case .finished = end {
                    referee.checkIsDurable("a run's end") { if case .runFinished = $0.event { true } else { false } }
                }
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
        _ context: ManagerContext,
        _ takeOver: (@Sendable (ManagerContext) async throws -> RunManager?)?
    ) async throws -> RunManager? {
        if let takeOver { return try await takeOver(context) }
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
            lostAfter: plan.lostAfter,
            onManagerLoss: plan.lossSeconds.map { .stopAfter(seconds: $0) } ?? .finish
        )
        let options = RunOptions(maxWorkers: run.maxWorkers, failFast: run.failFast)
        let manager = try await RunManager.create(spec: spec, options: options, context: context)
        referee.checkIsDurable("a run that was made") { if case .runCreated = $0.event { true } else { false } }
        return manager
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
        course.run = course.run ?? existing(course)
        if let id = course.run, referee.model.runs[id]?.status != nil { course.hasEnded = true }
        if course.hasEnded, let id = course.run { referee.checkNothingRuns(of: id) }
        if course.hasEnded, course.isToBeReopened { return reopen(course) }
        guard !course.hasEnded else { return }
        // Somebody asks how it stands before anybody goes on with it.
        if dice.chance(10) { stage.after(dice.delay(1, 2_000)) { [unowned self] in collect() } }
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
