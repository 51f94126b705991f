import FleetCore
import Testing

@testable import FleetManager

@Suite struct SchedulerTests {
    static let run = RunID(unchecked: "r")

    /// A run's state with all tasks queued.
    static func state(_ tasks: [TaskSpec]) -> RunState {
        let created = Event.RunCreated(run: run, name: "r", specDigest: "", taskCount: tasks.count)
        var state = RunState(created, record: record(.runCreated(created)))
        for task in tasks { state.apply(record(.taskEnqueued(.init(run: run, task: task.id)))) }
        return state
    }

    static func record(_ event: Event, seq: Int64 = 1) -> LedgerRecord {
        LedgerRecord(seq: seq, time: Timestamp(milliseconds: 0), event: event)
    }

    static func task(_ id: String, priority: Int = 0, requires: Set<String> = [], after: [String] = []) -> TaskSpec {
        var task = TaskSpec(id: TaskID(unchecked: id), work: .command(["true"]))
        task.priority = priority
        task.requires = requires
        task.dependsOn = after.map { TaskID(unchecked: $0) }
        return task
    }

    static func worker(_ id: String, capabilities: Set<String> = [], slots: Int = 1) -> Scheduler.Worker {
        Scheduler.Worker(id: WorkerID(unchecked: id), capabilities: capabilities, slots: slots)
    }

    static let start = Timestamp(milliseconds: 0)

    /// The ids of what is leased, by worker.
    static func names(_ leases: [Scheduler.Lease], _ tasks: [TaskSpec]) -> [String] {
        leases.map { "\(tasks[$0.task].id)@\($0.worker)" }
    }

    /// Ends an attempt in the state, and tells the scheduler.
    static func finish(
        _ id: String,
        _ outcome: Outcome,
        retryAt: Timestamp? = nil,
        in state: inout RunState,
        _ scheduler: inout Scheduler
    ) -> [Scheduler.Blocked] {
        let task = TaskID(unchecked: id)
        let worker = WorkerID(unchecked: "w")
        let attempt = state.task(task)?.nextAttempt ?? 1
        let lease = Event.TaskLeased(run: run, task: task, attempt: attempt, worker: worker, nonce: "0")
        state.apply(record(.taskLeased(lease)))
        var end = Event.AttemptFinished(run: run, task: task, attempt: attempt, worker: worker, outcome: outcome)
        end.retryAt = retryAt
        state.apply(record(.attemptFinished(end)))
        return state.index(of: task).map { scheduler.noteChange(of: $0, in: state) } ?? []
    }

    @Test func priorityGoesBeforeTheOrderOfTheFile() {
        let tasks = [
            Self.task("a"), Self.task("b", priority: 2), Self.task("c", priority: 2), Self.task("d", priority: 9),
        ]
        let state = Self.state(tasks)
        var scheduler = Scheduler(tasks: tasks, workers: [Self.worker("w", slots: 4)], state: state)
        let leases = scheduler.takeLeases(now: Self.start, state: state, freeSlots: [4])
        #expect(Self.names(leases, tasks) == ["d@w", "b@w", "c@w", "a@w"])
    }

    @Test func aTaskGoesOnlyWhereItsRequirementsAre() {
        let tasks = [Self.task("gpu", requires: ["gpu"]), Self.task("any")]
        let state = Self.state(tasks)
        let workers = [Self.worker("plain"), Self.worker("big", capabilities: ["gpu", "linux"])]
        var scheduler = Scheduler(tasks: tasks, workers: workers, state: state)
        #expect(
            Self.names(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [1, 0]), tasks) == ["any@plain"]
        )
        #expect(
            Self.names(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [1, 1]), tasks) == ["gpu@big"]
        )
    }

    @Test func aBlockedHeadDoesNotHoldUpOtherQueues() {
        let tasks = [Self.task("gpu", priority: 9, requires: ["gpu"]), Self.task("any")]
        let state = Self.state(tasks)
        let workers = [Self.worker("plain"), Self.worker("big", capabilities: ["gpu"])]
        var scheduler = Scheduler(tasks: tasks, workers: workers, state: state)
        let leases = scheduler.takeLeases(now: Self.start, state: state, freeSlots: [1, 0])
        #expect(Self.names(leases, tasks) == ["any@plain"])
    }

    @Test func slotsAreNeverExceeded() {
        let tasks = (0..<10).map { Self.task("t\($0)") }
        let state = Self.state(tasks)
        var scheduler = Scheduler(tasks: tasks, workers: [Self.worker("a", slots: 2), Self.worker("b")], state: state)
        let leases = scheduler.takeLeases(now: Self.start, state: state, freeSlots: [2, 1])
        #expect(leases.filter { $0.worker.rawValue == "a" }.count == 2)
        #expect(leases.filter { $0.worker.rawValue == "b" }.count == 1)
        #expect(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [0, 0]).isEmpty)
        #expect(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [-1, 0]).isEmpty)
    }

    @Test func aDependentWaitsForAllThatItDependsOn() {
        let tasks = [Self.task("a"), Self.task("b"), Self.task("c", after: ["a", "b"])]
        var state = Self.state(tasks)
        var scheduler = Scheduler(tasks: tasks, workers: [Self.worker("w", slots: 9)], state: state)
        #expect(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [9]).count == 2)
        _ = Self.finish("a", .passed, in: &state, &scheduler)
        #expect(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [9]).isEmpty)
        _ = Self.finish("b", .passed, in: &state, &scheduler)
        #expect(Self.names(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [9]), tasks) == ["c@w"])
    }

    @Test func whatDependsOnAFailureIsNamed() {
        let tasks = [Self.task("a"), Self.task("b", after: ["a"])]
        var state = Self.state(tasks)
        var scheduler = Scheduler(tasks: tasks, workers: [Self.worker("w")], state: state)
        _ = scheduler.takeLeases(now: Self.start, state: state, freeSlots: [1])
        #expect(Self.finish("a", .failed, in: &state, &scheduler) == [.init(task: 1, cause: 0)])
    }

    @Test func aRetryWaitsForItsTime() {
        let tasks = [Self.task("a")]
        var state = Self.state(tasks)
        var scheduler = Scheduler(tasks: tasks, workers: [Self.worker("w")], state: state)
        _ = scheduler.takeLeases(now: Self.start, state: state, freeSlots: [1])
        let due = Timestamp(milliseconds: 1_000)
        _ = Self.finish("a", .failed, retryAt: due, in: &state, &scheduler)
        #expect(scheduler.nextDue == due)
        #expect(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [1]).isEmpty)
        #expect(scheduler.takeLeases(now: due, state: state, freeSlots: [1]).count == 1)
    }

    @Test func aTaskThatIsQueuedAgainWhileItWaitsForItsRetryIsReadyAtOnceAndLeasedOnce() {
        let tasks = [Self.task("a")]
        var state = Self.state(tasks)
        var scheduler = Scheduler(tasks: tasks, workers: [Self.worker("w", slots: 9)], state: state)
        _ = scheduler.takeLeases(now: Self.start, state: state, freeSlots: [1])
        let due = Timestamp(milliseconds: 1_000)
        _ = Self.finish("a", .failed, retryAt: due, in: &state, &scheduler)
        state.apply(Self.record(.taskRequeued(.init(run: Self.run, task: tasks[0].id, reason: "restart"))))
        #expect(scheduler.noteChange(of: 0, in: state).isEmpty)
        // Both entries are due by now; it is one task all the same.
        #expect(scheduler.takeLeases(now: due, state: state, freeSlots: [9]).map(\.task) == [0])
        #expect(scheduler.takeLeases(now: due, state: state, freeSlots: [9]).isEmpty)
    }

    @Test func anOldWaitDoesNotShortenALaterOne() {
        let tasks = [Self.task("a")]
        var state = Self.state(tasks)
        var scheduler = Scheduler(tasks: tasks, workers: [Self.worker("w")], state: state)
        _ = scheduler.takeLeases(now: Self.start, state: state, freeSlots: [1])
        let (first, second) = (Timestamp(milliseconds: 1_000), Timestamp(milliseconds: 5_000))
        _ = Self.finish("a", .failed, retryAt: first, in: &state, &scheduler)
        state.apply(Self.record(.taskRequeued(.init(run: Self.run, task: tasks[0].id, reason: "restart"))))
        scheduler.noteChange(of: 0, in: state)
        #expect(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [1]).count == 1)
        _ = Self.finish("a", .failed, retryAt: second, in: &state, &scheduler)
        #expect(scheduler.takeLeases(now: first, state: state, freeSlots: [1]).isEmpty)
        #expect(scheduler.takeLeases(now: second, state: state, freeSlots: [1]).count == 1)
    }

    @Test func whatIsDueIsNotWaitedForAgainWhileNoSlotIsFree() {
        let tasks = [Self.task("a")]
        var state = Self.state(tasks)
        var scheduler = Scheduler(tasks: tasks, workers: [Self.worker("w")], state: state)
        _ = scheduler.takeLeases(now: Self.start, state: state, freeSlots: [1])
        let due = Timestamp(milliseconds: 1_000)
        _ = Self.finish("a", .failed, retryAt: due, in: &state, &scheduler)
        scheduler.wake(now: due, state: state)
        #expect(scheduler.nextDue == nil)
        #expect(scheduler.hasReadyTasks)
    }

    @Test func whatWasCancelledIsNotLeased() {
        let tasks = [Self.task("a"), Self.task("b")]
        var state = Self.state(tasks)
        var scheduler = Scheduler(tasks: tasks, workers: [Self.worker("w", slots: 2)], state: state)
        let cancelled = Event.TaskCancelled(run: Self.run, task: tasks[0].id, reason: "no", class: .cancelled)
        state.apply(Self.record(.taskCancelled(cancelled)))
        scheduler.noteChange(of: 0, in: state)
        #expect(Self.names(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [2]), tasks) == ["b@w"])
    }

    @Test func whatIsNotAllowedIsLeftOut() {
        let tasks = [Self.task("a"), Self.task("b"), Self.task("c")]
        let state = Self.state(tasks)
        var scheduler = Scheduler(tasks: tasks, workers: [Self.worker("w", slots: 3)], state: state)
        let leases = scheduler.takeLeases(now: Self.start, state: state, freeSlots: [3]) { $0 == 1 }
        #expect(Self.names(leases, tasks) == ["b@w"])
    }

    @Test func noMoreIsLeasedThanTheLimit() {
        let tasks = (0..<5).map { Self.task("t\($0)") }
        let state = Self.state(tasks)
        var scheduler = Scheduler(tasks: tasks, workers: [Self.worker("w", slots: 5)], state: state)
        #expect(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [5], limit: 0).isEmpty)
        #expect(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [5], limit: 2).count == 2)
        #expect(scheduler.takeLeases(now: Self.start, state: state, freeSlots: [3]).count == 3)
    }

    @Test func attemptsAreSpreadOverTheWorkers() {
        let tasks = (0..<4).map { Self.task("t\($0)") }
        let state = Self.state(tasks)
        let workers = [Self.worker("a", slots: 2), Self.worker("b", slots: 2)]
        var scheduler = Scheduler(tasks: tasks, workers: workers, state: state)
        let leases = scheduler.takeLeases(now: Self.start, state: state, freeSlots: [2, 2])
        #expect(leases.map(\.worker.rawValue) == ["a", "b", "a", "b"])
    }

    @Test func aSchedulerMadeInTheMiddleGoesOnWhereTheRunStands() {
        let tasks = [Self.task("a"), Self.task("b", after: ["a"]), Self.task("c"), Self.task("d", after: ["c"])]
        var state = Self.state(tasks)
        var first = Scheduler(tasks: tasks, workers: [Self.worker("w", slots: 9)], state: state)
        _ = first.takeLeases(now: Self.start, state: state, freeSlots: [9])
        _ = Self.finish("a", .passed, in: &state, &first)
        _ = Self.finish("c", .failed, in: &state, &first)
        var second = Scheduler(tasks: tasks, workers: [Self.worker("w", slots: 9)], state: state)
        #expect(Self.names(second.takeLeases(now: Self.start, state: state, freeSlots: [9]), tasks) == ["b@w"])
        #expect(second.noteChange(of: 3, in: state) == [.init(task: 3, cause: 2)])
    }

    @Test func impossibleTasksAreKnown() {
        let tasks = [Self.task("a", requires: ["gpu"]), Self.task("b")]
        let scheduler = Scheduler(tasks: tasks, workers: [Self.worker("w")], state: Self.state(tasks))
        #expect(scheduler.impossibleTasks == [0])
    }
}
