import Testing

@testable import FleetCore

/// A run as the fold of its events.
@Suite struct RunStateTests {
    @Test func tasksStandInTheOrderOfTheFile() {
        let worker = WorkerSummary(id: WorkerID(unchecked: "w"), host: "local", slots: 2, digest: "d")
        let state = RunState.after(workers: [worker])
        #expect(state.tasks.map(\.id.rawValue) == ["a", "b"])
        #expect(state.counts.queued == 2)
        #expect(state.counts.total == 2)
        #expect(state.workers.map(\.definition) == [worker])
        #expect(state.createdAt == History.time(0))
        #expect(state.created.labels == ["a": "b"])
        #expect(state.index(of: TaskID(unchecked: "b")) == 1)
        #expect(state.task(TaskID(unchecked: "c")) == nil)
    }

    @Test func leasedTaskIsOneThoughTheRecordOfThatIsLost() {
        let state = RunState.after(.leased("x", on: "w"))
        #expect(state.tasks.map(\.id.rawValue) == ["a", "b", "x"])
        #expect(state.status("x") == .leased)
        #expect(state.counts.total == 3)
        #expect(state.open("w") == 1)
    }

    @Test func leaseTakesASlot() {
        let state = RunState.after(.leased("b", on: "w"))
        #expect(state.status("b") == .leased)
        #expect(state.counts.leased == 1)
        #expect(state.counts.open == 1)
        #expect(state.open("w") == 1)
        #expect(state.attempt("b")?.nonce == "b1")
        #expect(state.attempt("b")?.leasedAt == History.time(3))
        #expect(state.workers.map(\.lastTask?.rawValue) == ["b"])
        #expect(state.workers.map(\.lastAttempt) == [1])
        #expect(state.workers.map(\.lastSeq) == [4])
        #expect(state.openAttempts.map(\.task.rawValue) == ["b"])
    }

    @Test func startIsTheHostsWord() {
        let state = RunState.after(.leased("a"), .started("a"))
        #expect(state.status("a") == .running)
        #expect(state.attempt("a")?.phase == .running)
        #expect(state.attempt("a")?.pid == 4_711)
        #expect(state.attempt("a")?.startedAt == Timestamp(milliseconds: 5))
        #expect(state.open("w") == 1)
    }

    @Test(
        arguments: zip(
            [Outcome.passed, .failed, .interrupted, .cancelled],
            [TaskStatus.passed, .failed, .interrupted, .cancelled]
        )
    )
    func endGivesTheSlotBack(outcome: Outcome, status: TaskStatus) {
        for events in [[Event.leased("a")], [.leased("a"), .started("a")]] {
            let state = RunState.after(events + [.finished("a", outcome)])
            #expect(state.status("a") == status)
            #expect(state.counts[status] == 1)
            #expect(state.counts.ended == 1)
            #expect(state.open("w") == 0)
            #expect(state.attempt("a")?.outcome == outcome)
            #expect(state.attempt("a")?.isOpen == false)
        }
    }

    @Test func receiptIsKept() {
        var end = Event.AttemptFinished(
            run: Event.r,
            task: TaskID(unchecked: "a"),
            attempt: 1,
            worker: WorkerID(unchecked: "w"),
            outcome: .failed
        )
        end.exit = .signal(9)
        end.failure = Failure(class: .timeout, message: "too long")
        end.usage = Usage(userSeconds: 1, systemSeconds: 2, peakMemoryBytes: 3)
        end.log = LogSummary(bytes: 10, dropped: 2, sha256: "s")
        end.artifacts = [ArtifactRecord(kind: "k", path: "p", bytes: 1, sha256: "s")]
        end.leftBehind = 4
        end.finishedAt = Timestamp(milliseconds: 9)
        let attempt = RunState.after(.leased("a"), .started("a"), .attemptFinished(end)).attempt("a")
        #expect(attempt?.exit == end.exit)
        #expect(attempt?.failure == end.failure)
        #expect(attempt?.usage == end.usage)
        #expect(attempt?.log == end.log)
        #expect(attempt?.artifacts == end.artifacts)
        #expect(attempt?.leftBehind == 4)
        #expect(attempt?.finishedAt == Timestamp(milliseconds: 9))
        #expect(attempt?.startedAt == Timestamp(milliseconds: 5))
    }

    @Test func endWithoutAHostsTimeHasThatOfItsRecord() {
        #expect(RunState.after(.leased("a"), .finished("a")).attempt("a")?.finishedAt == History.time(4))
    }

    @Test func retryWaitsForItsTime() {
        let later = Timestamp(milliseconds: 99)
        let failed = Event.finished("a", .failed, failure: .task, retryAt: later)
        let waiting = RunState.after(.leased("a"), failed)
        #expect(waiting.status("a") == .queued)
        #expect(waiting.task(TaskID(unchecked: "a"))?.retryAt == later)
        #expect(waiting.task(TaskID(unchecked: "a"))?.nextAttempt == 2)
        #expect(waiting.open("w") == 0)
        let again = RunState.after(.leased("a"), failed, .leased("a", 2, on: "v"))
        #expect(again.status("a") == .leased)
        #expect(again.task(TaskID(unchecked: "a"))?.retryAt == nil)
        #expect(again.task(TaskID(unchecked: "a"))?.attempts.map(\.number) == [1, 2])
        #expect(again.open("v") == 1)
    }

    @Test func numbersOfAttemptsMayHaveGaps() {
        let state = RunState.after(.leased("a", 7))
        #expect(state.attempt("a")?.number == 7)
        #expect(state.task(TaskID(unchecked: "a"))?.nextAttempt == 8)
    }

    @Test(arguments: [
        (FailureClass.cancelled, TaskStatus.cancelled), (.interrupted, .interrupted), (.configuration, .cancelled),
    ])
    func cancelledTaskIsNotRun(failure: FailureClass, status: TaskStatus) {
        let state = RunState.after(.cancelled("a", failure))
        #expect(state.status("a") == status)
        #expect(state.task(TaskID(unchecked: "a"))?.failure == Failure(class: failure, message: "why"))
        #expect(state.counts.ended == 1)
    }

    @Test func managerIsTheLastOne() {
        let state = RunState.after(
            .managerStarted(.init(run: Event.r, pid: 1)),
            .managerStarted(.init(run: Event.r, pid: 2))
        )
        #expect(state.managerPID == 2)
        #expect(state.managerStartedAt == History.time(4))
    }

    @Test func runEndsAndGoesOn() {
        let ended = RunState.after(.wanted(.stop, .run), .ended(.failed))
        #expect(ended.status == .failed)
        #expect(ended.finishedAt == History.time(4))
        #expect(ended.pendingEnds.isEmpty)
        let again = RunState.after(.ended(.failed), .reopened())
        #expect(again.status == nil)
        #expect(again.finishedAt == nil)
    }

    @Test func extentHoldsAllRecords() {
        let state = RunState.after(.leased("a"))
        #expect(state.extent == 0..<4 * Int64(History.length))
    }

    // MARK: Restart

    @Test(arguments: TaskStatus.allCases.filter(\.isTerminal)) func endedTaskIsQueuedAgain(_ status: TaskStatus) {
        let end: [Event] =
            switch status {
            case .passed: [.leased("a"), .finished("a")]
            case .failed: [.leased("a"), .finished("a", .failed, failure: .task)]
            case .interrupted: [.cancelled("a", .interrupted)]
            default: [.cancelled("a")]
            }
        #expect(RunState.after(end).status("a") == status)
        let state = RunState.after(end + [.requeued("a")])
        #expect(state.status("a") == .queued)
        #expect(state.task(TaskID(unchecked: "a"))?.cancellation == nil)
        #expect(state.counts.queued == 2)
    }

    @Test(arguments: Outcome.allCases) func runningTaskIsQueuedAgainHoweverItEnds(_ outcome: Outcome) {
        let before = RunState.after(.leased("a"), .started("a"), .requeued("a"))
        #expect(before.status("a") == .running)
        #expect(before.task(TaskID(unchecked: "a"))?.isRestarting == true)
        let after = RunState.after(.leased("a"), .started("a"), .requeued("a"), .finished("a", outcome))
        #expect(after.status("a") == .queued)
        #expect(after.task(TaskID(unchecked: "a"))?.isRestarting == false)
        #expect(after.open("w") == 0)
    }

    @Test func waitingTaskIsQueuedAtOnce() {
        let later = Timestamp(milliseconds: 99)
        let state = RunState.after(
            .leased("a"),
            .finished("a", .failed, failure: .task, retryAt: later),
            .requeued("a")
        )
        #expect(state.status("a") == .queued)
        #expect(state.task(TaskID(unchecked: "a"))?.retryAt == nil)
    }
}
