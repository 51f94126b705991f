import FleetCore
import FleetLedger
import FleetWire
import TestSupport
import Testing

@testable import FleetManager

@Suite struct ReceiptTests {
    static let run = RunID(unchecked: "r")
    static let now = Timestamp(milliseconds: 100_000)
    static let workspace = Workspace(root: "/w")

    /// An attempt of a task, leased.
    static func attempt(_ number: Int = 1) throws -> AttemptRecord {
        var state = SchedulerTests.state([SchedulerTests.task("a")])
        let worker = WorkerID(unchecked: "w")
        let lease = Event.TaskLeased(
            run: run,
            task: TaskID(unchecked: "a"),
            attempt: number,
            worker: worker,
            nonce: "n"
        )
        state.apply(SchedulerTests.record(.taskLeased(lease)))
        return try #require(state["a"]?.attempts.first)
    }

    static func report(_ exit: AttemptExit?, _ cause: EndCause = .itself) -> AttemptReport {
        var report = AttemptReport(key: AttemptKey(run: "r", task: "a", attempt: 1, nonce: "n"), state: .exited)
        report.exit = exit
        report.cause = cause
        report.startedAt = 10_000
        report.finishedAt = 12_500
        return report
    }

    /// The receipt of a report.
    static func receipt(
        _ closing: Closing,
        task: TaskSpec = .sample("a"),
        tries: Int = 1,
        used: Double = 0,
        askedEnd: FleetWire.EndMode? = nil,
        mayRetry: Bool = true
    ) throws -> Event.AttemptFinished {
        let receipt = Receipt(
            task: task,
            attempt: try attempt(),
            usedBefore: used,
            askedEnd: askedEnd,
            mayRetry: mayRetry,
            workspace: workspace,
            tries: tries
        )
        var generator = SeededGenerator(seed: 1)
        return receipt.event(for: closing, run: run, now: now, using: &generator)
    }

    static var instructions: TaskSpec { TaskSpec(id: TaskID(unchecked: "a"), work: .instructions("do it")) }

    @Test(
        arguments: [
            (.code(0), .itself, .passed, nil, nil),
            (.code(1), .itself, .failed, .task, "exited with code 1"),
            (.code(137), .itself, .failed, .task, "exited with code 137"),
            (.code(78), .itself, .failed, .task, "exited with code 78"),
            (.signal(9), .itself, .failed, .task, "ended by signal 9 (KILL)"),
            (.signal(99), .itself, .failed, .task, "ended by signal 99 (unknown)"),
            (.signal(15), .timeout, .failed, .timeout, "ended after its limit of 0 s"),
            (.code(0), .stop, .cancelled, .cancelled, "stopped on request"),
            (.signal(2), .interrupt, .interrupted, .interrupted, "interrupted on request"),
            (nil, .itself, .failed, .lost, "the host kept no record of how the program ended"),
        ] as [(AttemptExit?, EndCause, Outcome, FailureClass?, String?)]
    )
    func theEndOfTheProgramDecides(
        _ exit: AttemptExit?,
        _ cause: EndCause,
        _ outcome: Outcome,
        _ failure: FailureClass?,
        _ message: String?
    ) throws {
        let event = try Self.receipt(Closing(report: Self.report(exit, cause)))
        #expect(event.outcome == outcome)
        #expect(event.failure?.class == failure)
        #expect(event.failure?.message == message)
        #expect(event.exit == exit.map(ExitStatus.init))
    }

    @Test func timesUsageAndLeftoversAreTheHosts() throws {
        var report = Self.report(.code(0))
        report.userMicroseconds = 1_500_000
        report.systemMicroseconds = 250_000
        report.peakMemoryBytes = 4_096
        report.leftBehind = 3
        let event = try Self.receipt(Closing(report: report))
        #expect(event.startedAt == Timestamp(milliseconds: 10_000))
        #expect(event.finishedAt == Timestamp(milliseconds: 12_500))
        #expect(event.usage == Usage(userSeconds: 1.5, systemSeconds: 0.25, peakMemoryBytes: 4_096))
        #expect(event.leftBehind == 3)
    }

    @Test func theSentenceOfAnAgentThatIsNotSetUpIsTheFailure() throws {
        var closing = Closing(report: Self.report(.code(78)))
        closing.configurationMessage = "no agent is configured"
        let event = try Self.receipt(closing, task: Self.instructions)
        #expect(event.failure == Failure(class: .configuration, message: "no agent is configured"))
        let silent = try Self.receipt(Closing(report: Self.report(.code(78))), task: Self.instructions)
        #expect(silent.failure?.class == .configuration)
        #expect(silent.failure?.message.contains("78") ?? false)
    }

    @Test(
        arguments: [
            (nil, 10, 0, "ended after its limit of 10 s"),
            (20, 10, 0, "ended after its limit of 10 s"),
            (15, 10, 10, "ended when its attempts had taken its budget.max_seconds of 15 s"),
            (2.5, nil, 0, "ended when its attempts had taken its budget.max_seconds of 2.5 s"),
        ] as [(Double?, Double?, Double, String)]
    )
    func aTimeoutNamesTheLimitThatWasMet(
        _ budget: Double?,
        _ limit: Double?,
        _ used: Double,
        _ message: String
    ) throws {
        var task = TaskSpec.sample("a")
        task.budgetSeconds = budget
        task.timeoutSeconds = limit
        let event = try Self.receipt(Closing(report: Self.report(.signal(9), .timeout)), task: task, used: used)
        #expect(event.failure == Failure(class: .timeout, message: message))
    }

    @Test func anAttemptThatItsHostEndedForWantOfAManagerIsLost() throws {
        let report = Self.report(.signal(15), .managerLoss)
        let event = try Self.receipt(Closing(report: report), task: .sample("a", retry: .atOnce(5)))
        #expect(event.failure?.class == .lost && event.failure?.message.contains("on_manager_loss") == true)
        #expect(event.exit == .signal(15) && event.retryAt == Self.now)
    }

    @Test func aLostAttemptThatWasToBeEndedEndsSo() throws {
        var report = Self.report(nil)
        report.state = .lost
        let task = TaskSpec.sample("a", retry: .atOnce(5))
        let lost = try Self.receipt(Closing(report: report), task: task)
        #expect((lost.outcome, lost.failure?.class) == (.failed, .lost))
        #expect(lost.retryAt == Self.now)
        #expect(lost.usage == nil)
        let stopped = try Self.receipt(Closing(report: report), task: task, askedEnd: .stop)
        #expect((stopped.outcome, stopped.failure?.class) == (.cancelled, .cancelled))
        #expect(stopped.retryAt == nil)
    }

    @Test(
        arguments: [
            // tries, what was used before, whether it may, whether it is
            (1, 0, true, true),
            (2, 0, true, true),
            (3, 0, true, false),
            (1, 0, false, false),
            (1, 7.4, true, true),
            (1, 7.5, true, false),
        ] as [(Int, Double, Bool, Bool)]
    )
    func aRetryNeedsAttemptsAndBudgetThatAreLeft(_ tries: Int, _ used: Double, _ may: Bool, _ isRetried: Bool) throws {
        var task = TaskSpec.sample("a", retry: .atOnce(3))
        task.budgetSeconds = 10
        let closing = Closing(report: Self.report(.code(1)))
        let event = try Self.receipt(closing, task: task, tries: tries, used: used, mayRetry: may)
        #expect((event.retryAt != nil) == isRetried)
    }

    @Test func whatNeverRanHasNoTimesAndMayBeRetried() throws {
        let receipt = Receipt(
            task: .sample("a", retry: .atOnce(2, on: [.environment])),
            attempt: try Self.attempt(),
            usedBefore: 0,
            askedEnd: nil,
            mayRetry: true,
            workspace: Self.workspace
        )
        var generator = SeededGenerator(seed: 1)
        let failure = Failure(class: .environment, message: "PROFILE did not arrive")
        let event = receipt.event(without: failure, run: Self.run, now: Self.now, using: &generator)
        #expect(event.failure == failure)
        #expect(event.startedAt == nil && event.exit == nil && event.log == nil && event.usage == nil)
        #expect(event.finishedAt == Self.now)
        #expect(event.retryAt == Self.now)
    }

    @Test(arguments: [-3_600_000, 0, 3_600_000] as [Int64]) func aHostsClockChargesNoBudget(_ offset: Int64) throws {
        var state = SchedulerTests.state([SchedulerTests.task("a")])
        let (task, worker) = (TaskID(unchecked: "a"), WorkerID(unchecked: "w"))
        func apply(_ event: Event, at time: Timestamp) {
            state.apply(LedgerRecord(seq: 1, time: time, event: event))
        }
        let leased = Timestamp(milliseconds: Self.now.milliseconds - 7_000)
        apply(.taskLeased(.init(run: Self.run, task: task, attempt: 1, worker: worker, nonce: "n")), at: leased)
        let started = Timestamp(milliseconds: leased.milliseconds + offset)
        apply(
            .attemptStarted(.init(run: Self.run, task: task, attempt: 1, worker: worker, pid: 1, startedAt: started)),
            at: leased
        )
        var spec = TaskSpec.sample("a", retry: .atOnce(3))
        spec.budgetSeconds = 8
        let receipt = Receipt(
            task: spec,
            attempt: try #require(state["a"]?.attempts.first),
            usedBefore: 0,
            askedEnd: nil,
            mayRetry: true,
            workspace: Self.workspace
        )
        var generator = SeededGenerator(seed: 1)
        let lost = Failure(class: .lost, message: "nothing was heard of it")
        let event = receipt.event(without: lost, run: Self.run, now: Self.now, using: &generator)
        #expect(event.retryAt == Self.now)
        apply(.attemptFinished(event), at: Self.now)
        #expect(state["a"]?.usedSeconds == 7)
    }
}
