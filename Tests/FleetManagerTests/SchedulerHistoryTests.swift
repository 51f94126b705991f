import FleetCore
import TestSupport
import Testing

@testable import FleetManager

/// Random runs, with whatever may happen to them, against what must hold for every one.
@Suite struct SchedulerHistoryTests {
    /// A seed of its own for every run of the tests; it is printed where one fails.
    static let seeds: [UInt64] = {
        var generator = SystemRandomNumberGenerator()
        return (0..<200).map { _ in generator.next() }
    }()

    @Test func noTaskIsLeasedTwiceNoSlotIsExceededAndEveryTaskEnds() {
        for seed in Self.seeds {
            var history = History(seed: seed)
            history.play()
            #expect(history.faults.isEmpty, "seed \(seed)")
        }
    }
}

/// One random run, played to its end without clock, hosts or ledger.
private struct History {
    private(set) var faults: [String] = []
    private var generator: SeededGenerator
    private let tasks: [TaskSpec]
    private let workers: [Scheduler.Worker]
    private var state: RunState
    private var scheduler: Scheduler
    private var now = Timestamp(milliseconds: 0)
    private var open: [(task: Int, worker: Int)] = []
    private var restarts = 0

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let capabilities = ["gpu", "linux"]
        tasks = (0..<Int.random(in: 1...30, using: &generator))
            .map { place in
                let requires = capabilities.filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }
                let after = (0..<place).filter { _ in Int.random(in: 0..<8, using: &generator) == 0 }
                return SchedulerTests.task(
                    "t\(place)",
                    priority: Int.random(in: 0...2, using: &generator),
                    requires: Set(requires),
                    after: after.map { "t\($0)" }
                )
            }
        // The last has all capabilities, so that no task is impossible.
        workers =
            (0..<Int.random(in: 0...3, using: &generator))
            .map { place in
                let own = capabilities.filter { _ in Bool.random(using: &generator) }
                return SchedulerTests.worker(
                    "w\(place)",
                    capabilities: Set(own),
                    slots: Int.random(in: 1...3, using: &generator)
                )
            } + [SchedulerTests.worker("all", capabilities: Set(capabilities))]
        state = SchedulerTests.state(tasks)
        scheduler = Scheduler(tasks: tasks, workers: workers, state: state)
        self.generator = generator
    }

    mutating func play() {
        var steps = 0
        while state.counts.queued + state.counts.open > 0 {
            steps += 1
            if steps > 5_000 {
                faults.append("it does not end: \(state.counts)")
                return
            }
            lease()
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: restart()
            case 1: cancel()
            case 2: scheduler = Scheduler(tasks: tasks, workers: workers, state: state)
            default: finish()
            }
        }
    }

    private mutating func lease() {
        let free = workers.indices.map { place in workers[place].slots - open.count { $0.worker == place } }
        for lease in scheduler.takeLeases(now: now, state: state, freeSlots: free) {
            let task = state.tasks[lease.task]
            let worker = workers.firstIndex { $0.id == lease.worker } ?? 0
            if task.status != .queued { faults.append("\(task.id) was leased while it was \(task.status)") }
            if let time = task.retryAt, time > now { faults.append("\(task.id) was leased before its time") }
            if !tasks[lease.task].requires.isSubset(of: workers[worker].capabilities) {
                faults.append("\(task.id) was leased to \(lease.worker), which lacks what it requires")
            }
            for dependency in tasks[lease.task].dependsOn where !hasEverPassed(dependency) {
                faults.append("\(task.id) was leased before \(dependency) had passed")
            }
            let event = Event.TaskLeased(
                run: SchedulerTests.run,
                task: task.id,
                attempt: task.nextAttempt,
                worker: lease.worker,
                nonce: "0"
            )
            apply(.taskLeased(event), to: lease.task)
            open.append((lease.task, worker))
        }
        for (place, worker) in workers.enumerated() where open.count(where: { $0.worker == place }) > worker.slots {
            faults.append("\(worker.id) carries more than \(worker.slots)")
        }
    }

    private func hasEverPassed(_ task: TaskID) -> Bool {
        state.task(task)?.attempts.contains { $0.outcome == .passed } ?? false
    }

    private mutating func finish() {
        guard let place = open.indices.randomElement(using: &generator) else {
            // Nothing runs: time passes to the next thing that is due.
            now = max(scheduler.nextDue ?? now, now)
            return
        }
        let (task, worker) = open.remove(at: place)
        let outcome = [Outcome.passed, .passed, .failed, .interrupted].randomElement(using: &generator) ?? .passed
        var event = Event.AttemptFinished(
            run: SchedulerTests.run,
            task: tasks[task].id,
            attempt: state.tasks[task].attempts.count,
            worker: workers[worker].id,
            outcome: outcome
        )
        if outcome == .failed, state.tasks[task].attempts.count < 4 {
            event.retryAt = now.adding(seconds: Double.random(in: 0...3, using: &generator))
        }
        now = now.adding(seconds: Double.random(in: 0...1, using: &generator))
        apply(.attemptFinished(event), to: task)
    }

    private mutating func restart() {
        guard restarts < 20, let task = tasks.indices.randomElement(using: &generator),
            !state.tasks[task].attempts.isEmpty
        else { return }
        restarts += 1
        apply(.taskRequeued(.init(run: SchedulerTests.run, task: tasks[task].id, reason: "restart")), to: task)
    }

    private mutating func cancel() {
        guard let task = tasks.indices.filter({ state.tasks[$0].status == .queued }).randomElement(using: &generator)
        else { return }
        cancel(task)
    }

    private mutating func cancel(_ task: Int) {
        let event = Event.TaskCancelled(run: SchedulerTests.run, task: tasks[task].id, reason: "no", class: .cancelled)
        apply(.taskCancelled(event), to: task)
    }

    private mutating func apply(_ event: Event, to task: Int) {
        state.apply(SchedulerTests.record(event))
        for blocked in scheduler.noteChange(of: task, in: state) {
            if state.tasks[blocked.task].status == .queued { cancel(blocked.task) }
        }
    }
}
