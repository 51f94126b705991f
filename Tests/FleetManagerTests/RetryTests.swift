import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import TestSupport
import Testing

@testable import FleetManager

@Suite(.timeLimit(.minutes(1))) struct RetryTests {
    @Test(
        arguments: [
            ([.task], 3),
            ([.timeout], 1),
            ([], 1),
            (RetryPolicy.defaultClasses, 1),
        ] as [(Set<FailureClass>, Int)]
    )
    func aTaskIsTriedAgainByTheClassOfItsFailure(_ classes: Set<FailureClass>, _ attempts: Int) async throws {
        let machine = FakeMachine { _ in .init(exit: .code(1)) }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive([.sample("a", retry: .atOnce(3, on: classes))])
            #expect(end.status == .failed)
            #expect(run["a"]?.attempts.map(\.number) == Array(1...attempts))
        }
    }

    @Test(arguments: [(HostError.Code.environment, FailureClass.environment), (.configuration, .configuration)])
    func aRefusedStartIsTriedAgainByItsClass(_ code: HostError.Code, _ failure: FailureClass) async throws {
        let machine = FakeMachine { request in
            request.key.attempt == 1 ? .init(start: .refuse(HostError(code, "no"))) : .init()
        }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive([.sample("a", retry: .atOnce(2, on: [failure]))])
            #expect(end.status == .completed)
            #expect(run["a"]?.attempts.first?.failure?.class == failure)
        }
    }

    @Test func aHostThatHasRunOutOfSomethingFailsNoTask() async throws {
        let machine = FakeMachine { request in
            let refusal = HostError(.inputOutput, "fake: the host refused another process")
            return request.key.attempt == 1 ? .init(start: .refuse(refusal)) : .init()
        }
        try await Site.with(machine) { site in
            let policy = RetryPolicy.atOnce(3, on: RetryPolicy.defaultClasses)
            let (end, run, _) = try await site.drive([.sample("a", retry: policy)])
            #expect(end.status == .completed)
            #expect(run["a"]?.attempts.map(\.failure?.class) == [.transport, nil])
        }
    }

    @Test func aTaskThatPassesAtLastPasses() async throws {
        let machine = FakeMachine { request in .init(exit: .code(request.key.attempt < 3 ? 1 : 0)) }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive([.sample("a", retry: .atOnce(5))])
            #expect(end.status == .completed)
            #expect(run["a"]?.attempts.map(\.outcome) == [.failed, .failed, .passed])
        }
    }

    @Test func theNextAttemptWaitsForItsTime() async throws {
        let machine = FakeMachine { request in .init(exit: .code(request.key.attempt < 3 ? 1 : 0)) }
        try await Site.with(machine) { site in
            let policy = RetryPolicy(
                maxAttempts: 3,
                initialBackoff: 0.06,
                maxBackoff: 1,
                multiplier: 2,
                on: [.task]
            )
            let driving = site.begin(try await site.create([.sample("a", retry: policy)]))
            #expect(try await driving.end.status == .completed)
            var due: [Timestamp] = []
            for record in driving.records.all {
                switch record.event {
                case .attemptFinished(let event):
                    guard let time = event.retryAt else { continue }
                    let wait = policy.backoff(afterAttempt: event.attempt)
                    let seconds = time.seconds(since: record.time)
                    #expect(seconds >= wait / 2 - 0.002 && seconds <= wait + 0.002)
                    due.append(time)
                case .taskLeased(let event) where event.attempt > 1:
                    #expect(record.time >= due[event.attempt - 2])
                default: break
                }
            }
            #expect(due.count == 2)
        }
    }

    @Test func aRetryIsDueWhileAllSlotsAreTaken() async throws {
        let machine = FakeMachine { request in
            request.key.task == "a" ? .init(exit: .code(request.key.attempt == 1 ? 1 : 0)) : .endless
        }
        try await Site.with(machine) { site in
            let policy = RetryPolicy(maxAttempts: 2, initialBackoff: 0.02, on: [.task])
            let tasks: [TaskSpec] = [.sample("a", retry: policy), .sample("b")]
            let driving = site.begin(try await site.create(tasks, maxWorkers: 1))
            await driving.records.wait { $0.event.type == "attempt_started" && $0.event.task?.rawValue == "b" }
            machine.finish("b")
            #expect(try await driving.end.status == .completed)
            #expect(machine.starts.all.map(\.key.task) == ["a", "b", "a"])
        }
    }

    @Test func theBudgetCountsAllAttemptsTogether() async throws {
        let machine = FakeMachine { _ in
            .init(exit: .code(1), finish: { $0.finishedAt = $0.startedAt + 400 })
        }
        try await Site.with(machine) { site in
            var task = TaskSpec.sample("a", retry: .atOnce(9))
            task.budgetSeconds = 1
            let (_, run, _) = try await site.drive([task])
            // 0.4 s each: the third is given what is left, and after it nothing is.
            #expect(machine.starts.all.map(\.timeout) == [1_000, 600, 200])
            #expect(run["a"]?.attempts.count == 3)
        }
    }

    @Test func theLimitOfOneAttemptIsTheHostsToKeep() async throws {
        let machine = FakeMachine()
        try await Site.with(machine) { site in
            var tasks = [TaskSpec].samples(2)
            tasks[0].timeoutSeconds = 1.5
            try await site.drive(tasks, maxWorkers: 1)
            #expect(machine.starts.all.map(\.timeout) == [1_500, 0])
        }
    }

    @Test func jitterKeepsBetweenHalfAndAllOfTheWait() {
        var generator = SeededGenerator(seed: 7)
        let policy = RetryPolicy(maxAttempts: 9, initialBackoff: 4, maxBackoff: 10, multiplier: 2)
        for (attempt, wait) in [(1, 4.0), (2, 8.0), (3, 10.0), (8, 10.0)] {
            let drawn = (0..<200).map { _ in policy.jitteredBackoff(afterAttempt: attempt, using: &generator) }
            #expect(drawn.allSatisfy { (wait / 2...wait).contains($0) })
            #expect(Set(drawn).count > 100)
        }
        let none = RetryPolicy(maxAttempts: 9, initialBackoff: 0)
        #expect(none.jitteredBackoff(afterAttempt: 1, using: &generator) == 0)
    }
}
