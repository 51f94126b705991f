import FleetCore
import FleetLedger
import FleetWire
import Testing

@testable import FleetManager

@Suite(.timeLimit(.minutes(1))) struct RestartTests {
    private static let worker = WorkerID(unchecked: "local-1")

    /// The first attempt runs on until it is ended, later ones pass.
    private static func machine() -> FakeMachine {
        FakeMachine { request in request.key.attempt == 1 ? .endless : .init() }
    }

    @Test func theRunsOwnManagerEndsTheAttemptAndLeasesTheTaskAgain() async throws {
        let machine = Self.machine()
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            guard case .requested(let run, let task) = try await site.operations.restart(Self.worker) else {
                Issue.record("the run was taken over")
                return
            }
            #expect((run, task.rawValue) == (driving.run, "t0"))
            #expect(try await driving.end.status == .completed)
            #expect(try site.state(of: run)["t0"]?.attempts.map(\.outcome) == [.cancelled, .passed])
        }
    }

    @Test func aWorkersTaskThatHasEndedIsLeasedAgainInARunThatGoesOn() async throws {
        let machine = FakeMachine { request in request.key.task == "slow" ? .endless : .init(exit: .code(1)) }
        try await Site.with(machine) { site in
            let tasks: [TaskSpec] = [.sample("quick", requires: ["x"]), .sample("slow")]
            let workers: [WorkerSpec] = [.sample("one", capabilities: ["x"]), .sample("two")]
            let driving = site.begin(try await site.create(tasks, workers: workers))
            await driving.records.wait { $0.event.type == "attempt_finished" }
            _ = try await site.operations.restart(WorkerID(unchecked: "one"))
            await driving.records.wait(for: 2) { $0.event.type == "attempt_finished" }
            machine.finish("slow")
            _ = try await driving.end
            #expect(try site.state(of: driving.run)["quick"]?.attempts.count == 2)
        }
    }

    @Test func whoDrivesOneTaskOfARunThatHasEndedLeasesAnotherThatIsWantedMeanwhile() async throws {
        let machine = FakeMachine { request in
            request.key.task == "t0" && request.key.attempt == 2 ? .endless : .init()
        }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(2), maxWorkers: 2))
            #expect(try await driving.end.status == .completed)
            let (first, second) = (TaskID(unchecked: "t0"), TaskID(unchecked: "t1"))
            guard case .taken(let manager, _) = try await site.operations.restart(first, of: driving.run) else {
                Issue.record("the run has ended, and somebody drives it")
                return
            }
            let next = site.begin(manager)
            await next.waitForRunning()
            guard case .requested = try await site.operations.restart(second, of: driving.run) else {
                Issue.record("the run is driven, and was taken over")
                return
            }
            await next.records.wait { $0.event.type == "attempt_finished" }
            machine.finish("t0")
            #expect(try await next.end.status == .completed)
            #expect(try site.state(of: driving.run)["t1"]?.attempts.map(\.outcome) == [.passed, .passed])
        }
    }

    @Test func aTaskWhoseManagerIsDeadIsDrivenHere() async throws {
        let machine = Self.machine()
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(3), maxWorkers: 1))
            await driving.waitForRunning()
            await driving.die()
            guard case .taken(let manager, let task) = try await site.operations.restart(Self.worker) else {
                Issue.record("nobody drives the run")
                return
            }
            #expect(task.rawValue == "t0")
            guard case .stopped = try await manager.run(observe: { _ in }) else {
                Issue.record("tasks of the run wait")
                return
            }
            let run = try site.state(of: driving.run)
            #expect(run["t0"]?.attempts.map(\.outcome) == [.cancelled, .passed])
            #expect(run.counts.queued == 2)
            #expect(run.status == nil)
        }
    }

    @Test func whatElseRunsIsNotWaitedFor() async throws {
        let machine = FakeMachine { request in
            request.key.task == "t1" || request.key.attempt == 1 ? .endless : .init()
        }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(2), maxWorkers: 2))
            await driving.waitForRunning(2)
            await driving.die()
            let worker = try #require(try site.state(of: driving.run)["t0"]?.attempts.first?.worker)
            guard case .taken(let manager, _) = try await site.operations.restart(worker) else {
                Issue.record("nobody drives the run")
                return
            }
            _ = try await manager.run { _ in }
            let run = try site.state(of: driving.run)
            #expect(run["t0"]?.status == .passed)
            #expect(run["t1"]?.status == .running)
            _ = try await site.operations.end(.all, mode: .stop)
            #expect(machine.runningCount == 0)
        }
    }

    @Test func aRunThatHasEndedIsReopenedAndEndsAgain() async throws {
        let machine = FakeMachine { request in .init(exit: .code(request.key.attempt == 1 ? 1 : 0)) }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive(.samples(1))
            #expect(end.status == .failed)
            guard case .taken(let manager, _) = try await site.operations.restart(Self.worker) else {
                Issue.record("nobody drives the run")
                return
            }
            #expect(try await manager.run { _ in }.status == .completed)
            #expect(try site.state(of: run.id)["t0"]?.attempts.count == 2)
        }
    }

    @Test func aTaskThatWaitsForItsRetryIsLeasedAtOnce() async throws {
        let machine = FakeMachine { request in .init(exit: .code(request.key.attempt == 1 ? 1 : 0)) }
        try await Site.with(machine) { site in
            let policy = RetryPolicy(maxAttempts: 3, initialBackoff: 3_600, maxBackoff: 3_600, on: [.task])
            let driving = site.begin(try await site.create([.sample("a", retry: policy)]))
            await driving.records.wait { $0.event.type == "attempt_finished" }
            _ = try await site.operations.restart(Self.worker)
            #expect(try await driving.end.status == .completed)
        }
    }

    @Test func aTaskWhoseDependencyDoesNotPassAnyMoreIsCancelled() async throws {
        let machine = FakeMachine { request in
            request.key.task == "a" && request.key.attempt == 2 ? .init(exit: .code(1)) : .init()
        }
        try await Site.with(machine) { site in
            let tasks: [TaskSpec] = [.sample("a", requires: ["x"]), .sample("b", after: ["a"])]
            let workers: [WorkerSpec] = [.sample("one", capabilities: ["x"]), .sample("two", slots: 5)]
            let (_, run, _) = try await site.drive(tasks, workers: workers)
            for (worker, task) in [("one", "a"), ("two", "b")] {
                guard
                    case .taken(let manager, let taken) = try await site.operations.restart(WorkerID(unchecked: worker))
                else {
                    Issue.record("nobody drives the run")
                    return
                }
                #expect(taken.rawValue == task)
                #expect(try await manager.run { _ in }.status == .failed)
            }
            let state = try site.state(of: run.id)
            #expect(state["b"]?.failure?.message == "it depends on a, which ended failed")
        }
    }

    @Test func stoppingTheRunMeanwhileEndsItAllTheSame() async throws {
        let gate = Gate()
        let machine = FakeMachine { _ in
            .init(
                exit: nil,
                end: { machine, key in
                    await gate.pass()
                    return nil
                }
            )
        }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            _ = try await site.operations.restart(Self.worker)
            await driving.records.wait { $0.event.type == "task_requeued" }
            async let confirmations = site.operations.end(.run(driving.run), mode: .stop)
            await driving.records.wait(for: 2) { $0.event.type == "end_requested" }
            gate.open()
            let results = try await confirmations.map(\.result)
            #expect(results == [.stopped])
            #expect(try await driving.end.status == .cancelled)
            #expect(machine.starts.all.count == 1)
        }
    }

    @Test func aWorkerThatCarriedNothingHasNothingToRestart() async throws {
        try await Site.with { site in
            try await site.drive(.samples(1), workers: [.sample("a"), .sample("b")])
            for worker in ["b", "none"] {
                await #expect {
                    _ = try await site.operations.restart(WorkerID(unchecked: worker))
                } throws: {
                    ($0 as? ManagerError)?.code == .notFound
                }
            }
        }
    }
}
