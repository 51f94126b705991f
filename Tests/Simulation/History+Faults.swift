import FleetCore
import FleetLedger
import FleetManager

extension History {
    /// What may go wrong, beside processes that are killed amid what they do.
    private enum Fault: CaseIterable {
        case kill, powerLoss, diskFull, diskFailing, clockSet
        case silence, longSilence, refusal, denial, reboot, serverRestart, shimKilled, slowness, hostClockSet
        case wishAtLock, restartAtRetry, stopRun, interruptRun, endTask, restartTask, endWorker, drain, interrupt,
            collect,
            secondDriver, snapshot, compact
    }

    /// Draws what befalls the history, and when.
    func planFaults() {
        let count = dice.chance(15) ? 0 : dice.number(1...6)
        for _ in 0..<count {
            let time = dice.delay(100, 60_000)
            calmFrom = max(calmFrom, stage.time + time)
            stage.after(time) { [unowned self] in strike(dice.pick(Fault.allCases)) }
        }
        calmFrom = max(calmFrom, stage.time)
        for machine in machines where dice.chance(25) { machine.flakiness = UInt64(dice.number(1...6)) }
        stage.after(calmFrom - stage.time + 1) { [unowned self] in
            dooms = 0
            for machine in machines { machine.flakiness = 0 }
        }
    }

    /// What lasts for a while.
    private func last(_ milliseconds: Int64) -> Int64 {
        calmFrom = max(calmFrom, stage.time + milliseconds)
        return milliseconds
    }

    private func strike(_ fault: Fault) {
        faults += 1
        referee.trace { "fault: \(fault)" }
        switch fault {
        case .kill: killSomebody()
        case .powerLoss: losePower()
        case .diskFull: fail(.full)
        case .diskFailing: fail(.failing)
        case .clockSet: clockOffset += dice.between(-7_200_000, 7_200_000)
        case .silence: remote?.beSilent(for: last(dice.delay(200, 20_000)))
        case .longSilence: remote?.beSilent(for: last(dice.between(15_000, 150_000)))
        case .refusal: remote?.restartServer(for: last(dice.delay(1_000, 120_000)))
        case .denial: if dice.chance(20) { remote?.deny(for: last(dice.delay(500, 20_000))) }
        case .reboot: remote?.reboot(for: last(dice.delay(1_000, 60_000)))
        case .serverRestart: dice.pick(machines).restartServer(for: 0)
        case .shimKilled: dice.pick(machines).killShim()
        case .slowness: slowDown()
        case .hostClockSet: dice.pick(machines).setClock(by: dice.between(-100_000_000, 100_000_000))
        case .wishAtLock: wishAtLock(after: dice.number(1...20))
        case .restartAtRetry: restartAtRetry()
        case .stopRun: wish(.run, .stop)
        case .interruptRun: wish(.run, .interrupt)
        case .endTask: wish(.task(someTask), dice.pick([.stop, .interrupt]))
        case .restartTask: wish(.task(someTask), .restart)
        case .endWorker: wish(.worker(WorkerID(unchecked: dice.pick(plan.slots.keys.sorted()))), .stop)
        case .drain: for course in courses { drivers[course.number]?.drain() }
        case .interrupt: for course in courses { drivers[course.number]?.interrupt() }
        case .collect: collect()
        case .secondDriver: driveTwice()
        case .snapshot: writeSnapshot()
        case .compact: compact()
        }
    }

    private var remote: SimulatedMachine? { machines.count > 1 ? dice.pick(Array(machines.dropFirst())) : nil }

    private var someTask: TaskID { TaskID(unchecked: "t\(dice.number(0...5))") }

    private func killSomebody() {
        let alive = processes.filter(\.isAlive)
        if !alive.isEmpty { dice.pick(alive).end() }
    }

    /// The machine of the workspace loses its power: its processes end, and what the disk had not taken.
    private func losePower() {
        for process in processes { process.end() }
        referee.look()
        referee.checkDurability()
        disk.losePower(&dice)
        machines[0].reboot(for: 0)
        clockOffset += dice.chance(20) ? dice.between(-3_600_000, 3_600_000) : 0
        referee.noteReplay()
        // What is gone of a run that nobody was told of was never made.
        for course in courses where course.run.map({ referee.model.runs[$0] == nil }) ?? false { course.run = nil }
    }

    private func fail(_ fault: SimulatedDisk.Fault) {
        disk.fault = fault
        stage.after(last(dice.delay(5, 10_000))) { [disk] in disk.fault = nil }
    }

    private func slowDown() {
        guard let machine = remote else { return }
        machine.beSlow(dice.pick([10, 100, 1_000]))
        stage.after(last(dice.delay(1_000, 60_000))) { machine.beSlow(1) }
    }

    // MARK: - What people do

    /// Somebody wants a task of a run that has ended again.
    func reopen(_ course: Course) {
        course.isToBeReopened = false
        course.hasEnded = false
        let wait = last(dice.delay(1, 20_000))
        if dice.chance(40) { stage.after(wait / 2) { [unowned self] in compact() } }
        stage.after(wait) { [unowned self] in
            guard let id = course.run else { return }
            faults += 1
            drive(course) { [self] context in
                guard case .taken(let manager, _) = try await Operations(context: context).restart(someTask, of: id)
                else { return nil }
                return manager
            }
        }
    }

    /// Somebody wants something ended or begun again: that is put into the ledger, and their process is gone.
    private func wish(_ scope: EndScope, _ mode: FleetCore.EndMode) {
        if dice.chance(40), let target = target(of: scope) { return end(target, mode) }
        request(scope, mode)
    }

    /// Somebody does not wait for the next task's next try.
    private func restartAtRetry() {
        referee.onRetry = { [unowned self] task in
            referee.onRetry = { _ in }
            stage.after(dice.delay(1, 2_000)) { [self] in request(.task(task), .restart, isExact: true) }
        }
    }

    private func request(_ scope: EndScope, _ mode: FleetCore.EndMode, isExact: Bool = false) {
        let process = makeProcess(mayDie: dice.chance(20))
        let context = context(for: process)
        defer { process.end() }
        do {
            let ledger = try Ledger(opening: context.workspace)
            let result = try ledger.append(durable: true, at: process.now) { [dice] state in
                var dice = dice
                let runs = state.liveRuns
                guard !runs.isEmpty else { return nil }
                let run = dice.pick(runs)
                var scope = scope
                if case .task(let task) = scope, !isExact {
                    guard let task = Self.task(task, of: run, &dice) else { return nil }
                    scope = .task(task)
                }
                return [.endRequested(.init(run: run.id, scope: scope, mode: mode, requestID: "\(process.id)"))]
            }
            if result.wasAppended { referee.checkIsDurable("a wish") { $0.seq == ledger.lastSeq } }
        } catch {
            referee.trace { "the wish cannot be written: \(error)" }
        }
    }

    /// The task that a wish is about: now and then one that waits, where one waits for its next try that one.
    private static func task(_ task: TaskID, of run: RunState, _ dice: inout Dice) -> TaskID? {
        let waiting = run.tasks.filter { $0.status == .queued }
        let delayed = waiting.filter { $0.retryAt != nil }
        if !waiting.isEmpty, dice.chance(60) { return dice.pick(delayed.isEmpty ? waiting : delayed).id }
        return run.task(task)?.id
    }

    /// Somebody's wish comes between a manager's decision and its write.
    private func wishAtLock(after count: Int) {
        var left = count
        disk.beforeLock = { [unowned self] path, process in
            guard path == referee.workspace.lock, drivers.values.count > 0, process.isAlive else { return }
            left -= 1
            guard left <= 0 else { return }
            disk.beforeLock = { _, _ in }
            switch dice.number(1...10) {
            case ...4: request(.task(someTask), .restart)
            case ...7: request(.task(someTask), .stop)
            case ...8: compact()
            default: request(.run, .stop)
            }
        }
    }

    private func target(of scope: EndScope) -> Operations.Target? {
        switch scope {
        case .run: dice.chance(50) ? .all : courses.compactMap(\.run).first.map { .run($0) }
        case .worker(let worker): .worker(worker)
        case .task: nil
        }
    }

    /// Somebody ends attempts, and waits for what comes of it.
    private func end(_ target: Operations.Target, _ mode: FleetCore.EndMode) {
        let process = makeProcess(mayDie: true)
        let operations = Operations(context: context(for: process))
        let task = Task(executorPreference: stage.taskExecutor) { [referee] in
            do {
                let ends = try await operations.end(target, mode: mode)
                referee.trace { "process \(process.id) was told of ends: \(ends)" }
            } catch {
                referee.trace { "process \(process.id) could not end it: \(error)" }
            }
            process.end()
        }
        process.whenDead { task.cancel() }
    }

    /// Somebody looks at what became of runs whose managers are gone.
    func collect() {
        let process = makeProcess(mayDie: true)
        let operations = Operations(context: context(for: process))
        let task = Task(executorPreference: stage.taskExecutor) { [referee] in
            do {
                try await operations.refresh()
            } catch {
                referee.trace { "process \(process.id) could not look: \(error)" }
            }
            process.end()
        }
        process.whenDead { task.cancel() }
    }

    /// Another process wants to drive a run that is driven: it must not.
    private func driveTwice() {
        guard let course = courses.first(where: { $0.isDriven && drivers[$0.number] != nil }), let id = course.run
        else {
            return
        }
        let driver = processes.last { $0.isAlive }
        let process = makeProcess(mayDie: false)
        let context = context(for: process)
        _ = Task(executorPreference: stage.taskExecutor) { [referee] in
            let second = try? await RunManager.takeOver(id, purpose: .drive, context: context, orEnded: true)
            if second != nil, driver?.isAlive ?? false { referee.breach("a run is driven by two managers") }
            process.end()
        }
    }

    /// Somebody moves the records of runs that have ended out of the ledger.
    func compact() {
        let process = makeProcess(mayDie: true)
        defer { process.end() }
        do {
            let compaction = try Ledger(opening: context(for: process).workspace).compact(at: process.now)
            referee.trace { "process \(process.id) archived \(compaction.archived) and kept \(compaction.kept)" }
        } catch {
            referee.trace { "process \(process.id) could not compact: \(error)" }
        }
    }

    /// A process that only reads writes the replay shortcut.
    private func writeSnapshot() {
        let process = makeProcess(mayDie: true)
        defer { process.end() }
        let ledger = try? Ledger(opening: context(for: process).workspace)
        ledger?.writeSnapshotAsReader(saving: 0)
    }
}
