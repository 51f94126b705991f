import Testing

@testable import FleetCore

/// Records are missing, and later ones tell what they must have said.
@Suite struct RunStateLostRecordTests {
    private static let again = Timestamp(milliseconds: 1)

    @Test("an end tells that there was a lease", arguments: [Outcome.passed, .failed])
    func endWithoutLease(outcome: Outcome) {
        let state = RunState.after(.finished("a", outcome, on: "w"))
        #expect(state.status("a") == TaskStatus(outcome))
        #expect(state.attempt("a")?.number == 1)
        #expect(state.attempt("a")?.nonce == "")
        #expect(state.counts.ended == 1 && state.counts.queued == 1)
        #expect(state.open("w") == 0)
    }

    @Test func endWithoutLeaseThatIsToBeTriedAgainIsBeforeTheNextLease() {
        let state = RunState.after(.finished("a", .failed, retryAt: Self.again), .leased("a", 2), .started("a", 2))
        #expect(state.status("a") == .running)
        #expect(state.task(TaskID(unchecked: "a"))?.attempts.map(\.number) == [1, 2])
    }

    @Test("an end of a task that was never enqueued tells of the task")
    func endOfNoTask() { #expect(RunState.after(.finished("x")).status("x") == .passed) }

    @Test("a lease tells that the attempt before has ended, nobody knows how", arguments: [false, true])
    func leaseOverAnOpenAttempt(hasStarted: Bool) {
        let start = hasStarted ? [Event.started("a")] : []
        let next = [Event.leased("a", 2, on: "v"), .started("a", 2, on: "v")]
        let state = RunState.after([.leased("a", on: "w")] + start + next)
        #expect(state.status("a") == .running)
        #expect(state.task(TaskID(unchecked: "a"))?.attempts.map(\.failure?.class) == [.lost, nil])
        #expect(state.open("w") == 0 && state.open("v") == 1)
        #expect(state.counts.open == 1 && state.counts.total == 2)
    }

    @Test func attemptsThatAreNoTryAreNotCounted() {
        var end = Event.AttemptFinished(
            run: Event.r,
            task: TaskID(unchecked: "a"),
            attempt: 1,
            worker: WorkerID(unchecked: "w"),
            outcome: .failed,
            retryAt: Self.again
        )
        end.isTry = false
        let state = RunState.after(.leased("a"), .attemptFinished(end), .leased("a", 7))
        #expect(state.task(TaskID(unchecked: "a"))?.tries == 1)
        #expect(state.task(TaskID(unchecked: "a"))?.nextAttempt == 8)
    }

    @Test("who begins to drive a run tells what it is, where the record of that is lost")
    func managerWithoutCreation() {
        let created = Event.RunCreated(run: Event.r, name: "n", specDigest: "5e", taskCount: 1)
        var history = History()
        let events: [Event] = [
            .enqueued("a"), .managerStarted(.init(run: Event.r, pid: 7, created: created)), .leased("a"),
        ]
        var state = WorkspaceState()
        for event in events { state.apply(history.add(event)) }
        let run = state.live(Event.r)
        #expect(run?.created == created)
        #expect(run?.managerPID == 7)
        #expect(run?.status("a") == .leased)
        // Ledgers of older versions do not say it: there the run is not known.
        var older = WorkspaceState()
        older.apply(history.add(.managerStarted(.init(run: Event.r, pid: 7))))
        #expect(older.runCount == 0)
    }

    @Test("who begins to drive a run that is known changes nothing of it")
    func managerWithCreation() {
        let other = Event.RunCreated(run: Event.r, name: "other", specDigest: "", taskCount: 9)
        let state = RunState.after(.managerStarted(.init(run: Event.r, pid: 7, created: other)))
        #expect(state.created.name == "n" && state.managerPID == 7)
    }
}
