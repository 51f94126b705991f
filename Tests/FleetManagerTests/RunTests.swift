import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Foundation
import Synchronization
import Testing

@testable import FleetManager

@Suite(.timeLimit(.minutes(1))) struct RunTests {
    @Test func aRunGoesToItsEnd() async throws {
        try await Site.with { site in
            let (end, run, _) = try await site.drive(.samples(20), maxWorkers: 3)
            #expect(end.status == .completed)
            #expect(run.status == .completed)
            #expect(run.counts.passed == 20)
            #expect(run.tasks.allSatisfy { $0.attempts.count == 1 && $0.attempts[0].exit == .code(0) })
            #expect(site.machine.runningCount == 0)
            #expect(try site.isFree(run.id))
        }
    }

    @Test func theObserverIsGivenEveryRecordInOrder() async throws {
        try await Site.with { site in
            let driving = site.begin(try await site.create(.samples(10)))
            _ = try await driving.end
            // What made the run was written before anybody drove it.
            let events = try site.events(of: driving.run)
                .drop { $0.type == "run_created" || $0.type == "task_enqueued" }
            #expect(driving.records.all.map(\.event) == Array(events))
            #expect(driving.records.all.first?.event.type == "manager_started")
            #expect(driving.records.all.last?.event.type == "run_finished")
        }
    }

    @Test func aLeaseIsInTheLedgerBeforeItsStartIsSent() async throws {
        let ledger = Mutex("")
        let missing = Journal<String>()
        let machine = FakeMachine { request in
            let text = (try? String(contentsOfFile: ledger.withLock { $0 }, encoding: .utf8)) ?? ""
            let lease = text.split(separator: "\n")
                .first {
                    $0.contains("task_leased") && $0.contains("\"\(request.key.nonce)\"")
                }
            if lease == nil { missing.append(request.key.task) }
        } _: { _ in
            FakeMachine.Behaviour()
        }
        try await Site.with(machine) { site in
            ledger.withLock { $0 = site.workspace.ledger }
            try await site.drive(.samples(12), maxWorkers: 4)
            #expect(machine.starts.all.count == 12)
            #expect(missing.all.isEmpty)
        }
    }

    @Test func aRunIsDurableAndLockedOnceItIsMade() async throws {
        try await Site.with { site in
            let manager = try await site.create(.samples(2))
            let state = try site.state(of: manager.runID)
            #expect(state.tasks.map(\.id.rawValue) == ["t0", "t1"])
            #expect(
                try RunFiles.load(manager.runID, digest: state.created.specDigest, in: site.workspace).tasks.count == 2
            )
            #expect(try !site.isFree(manager.runID))
            #expect(try await RunManager.takeOver(manager.runID, purpose: .drive, context: site.context) == nil)
            _ = try await manager.run { _ in }
        }
    }

    @Test func moreIsNeverRunAtOnceThanThereAreSlots() async throws {
        let machine = FakeMachine()
        try await Site.with(machine) { site in
            let workers: [WorkerSpec] = [.sample("one"), .sample("three", slots: 3)]
            try await site.drive(.samples(40), workers: workers)
            #expect(machine.peak("one") == 1)
            #expect((1...3).contains(machine.peak("three")))
            #expect(machine.starts.all.count == 40)
        }
    }

    @Test func tasksAreStartedByPriorityThenInTheOrderOfTheFile() async throws {
        let machine = FakeMachine()
        try await Site.with(machine) { site in
            let tasks: [TaskSpec] = [
                .sample("a"), .sample("b", priority: 5), .sample("c"), .sample("d", priority: 9),
                .sample("e", priority: 5),
            ]
            try await site.drive(tasks, maxWorkers: 1)
            #expect(machine.starts.all.map(\.key.task) == ["d", "b", "e", "a", "c"])
        }
    }

    @Test func aTaskRunsOnlyWhereItsRequirementsAre() async throws {
        let machine = FakeMachine()
        try await Site.with(machine) { site in
            let tasks = (0..<6).map { TaskSpec.sample("t\($0)", requires: $0 % 2 == 0 ? ["gpu"] : []) }
            let workers: [WorkerSpec] = [.sample("plain", slots: 2), .sample("big", capabilities: ["gpu", "fast"])]
            let (_, run, _) = try await site.drive(tasks, workers: workers)
            for place in [0, 2, 4] { #expect(run.tasks[place].attempts[0].worker.rawValue == "big") }
        }
    }

    @Test func whatNoWorkerCanRunIsRefusedAndLeavesNothing() async throws {
        try await Site.with { site in
            await #expect {
                _ = try await site.create([.sample("a", requires: ["gpu"])])
            } throws: {
                ($0 as? ManagerError)?.code == .specification
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: site.workspace.fleet)
            #expect(left == ["workspace"])
            #expect(try Ledger(opening: site.workspace).state.runCount == 0)
        }
    }

    @Test func aDependentRunsAfterWhatItDependsOn() async throws {
        let machine = FakeMachine()
        try await Site.with(machine) { site in
            let tasks: [TaskSpec] = [.sample("c", after: ["b"]), .sample("b", after: ["a"]), .sample("a")]
            let (end, _, _) = try await site.drive(tasks, maxWorkers: 3)
            #expect(machine.starts.all.map(\.key.task) == ["a", "b", "c"])
            #expect(end.status == .completed)
        }
    }

    @Test func whatDependsOnAFailureIsCancelledAndSaysWhy() async throws {
        let machine = FakeMachine { _ in .init(exit: .code(3)) }
        try await Site.with(machine) { site in
            let tasks: [TaskSpec] = [.sample("a"), .sample("b", after: ["a"]), .sample("c", after: ["b"])]
            let (end, run, _) = try await site.drive(tasks)
            #expect(end.status == .failed)
            #expect(run["a"]?.failure?.class == .task)
            #expect(run["b"]?.failure == Failure(class: .cancelled, message: "it depends on a, which ended failed"))
            #expect(run["c"]?.failure == Failure(class: .cancelled, message: "it depends on b, which ended cancelled"))
            #expect(machine.starts.all.count == 1)
        }
    }

    @Test func failFastCancelsWhatWaitsAndLetsTheRestFinish() async throws {
        let machine = FakeMachine { request in request.key.task == "t0" ? .init(exit: .code(1)) : .endless }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(9), failFast: true))
            await driving.records.wait(for: 7) { $0.event.type == "task_cancelled" }
            machine.finish("t1")
            #expect(try await driving.end.status == .failed)
            let counts = try site.state(of: driving.run).counts
            #expect((counts.passed, counts.failed, counts.cancelled) == (1, 1, 7))
        }
    }

    @Test func failFastDoesNotWaitForARetryThatNeverComes() async throws {
        let machine = FakeMachine { request in request.key.task == "t0" ? .init(exit: .code(1)) : .endless }
        try await Site.with(machine) { site in
            var tasks = [TaskSpec].samples(2)
            tasks[1].retryPolicy = .atOnce(5)
            let driving = site.begin(try await site.create(tasks, failFast: true))
            await driving.records.wait { $0.event.task?.rawValue == "t0" && $0.event.type == "attempt_finished" }
            machine.finish("t1", .code(1))
            #expect(try await driving.end.status == .failed)
            #expect(try site.state(of: driving.run)["t1"]?.attempts.count == 1)
        }
    }

    @Test func recordsOfEndedAttemptsAreRemovedManyAtATime() async throws {
        let machine = FakeMachine()
        try await Site.with(machine) { site in
            try await site.drive(.samples(600), maxWorkers: 8)
            let removals = machine.calls.all.compactMap { call -> Int? in
                if case .cleanup(let keys) = call { keys.count } else { nil }
            }
            #expect(removals.reduce(0, +) == 600)
            #expect(removals.count <= 10)
            #expect(machine.keys.isEmpty)
        }
    }

    @Test func whatOnlyAPollHasFoundCounts() async throws {
        let machine = FakeMachine { _ in .init(pushes: 0, isPolled: true) }
        try await Site.with(machine) { site in
            let end = try await site.drive(.samples(4)).end
            #expect(end.status == .completed)
        }
    }

    @Test func aPushThatComesTwiceCountsOnce() async throws {
        let machine = FakeMachine { _ in .init(pushes: 3) }
        try await Site.with(machine) { site in
            let (_, run, _) = try await site.drive(.samples(10))
            #expect(try site.events(of: run.id).count { $0.type == "attempt_finished" } == 10)
        }
    }

    @Test func anAnswerThatTellsTheEndAlreadyCounts() async throws {
        let machine = FakeMachine { _ in .init(start: .runToItsEnd) }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive(.samples(5))
            #expect(end.status == .completed)
            #expect(try site.events(of: run.id).count { $0.type == "attempt_started" } == 5)
        }
    }

    @Test func aStartThatIsRefusedFailsTheTask() async throws {
        let machine = FakeMachine { _ in .init(start: .refuse(.init(.configuration, "no such program"))) }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive(.samples(1))
            #expect(end.status == .failed)
            #expect(run["t0"]?.failure == Failure(class: .configuration, message: "no such program"))
            #expect(run["t0"]?.attempts.first?.startedAt == nil)
        }
    }

    @Test func aRunGoesOnWhenItsLedgerIsReplacedByACopy() async throws {
        let machine = FakeMachine { request in request.key.task == "t0" ? .endless : .init() }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(4), maxWorkers: 1))
            await driving.waitForRunning()
            let ledger = site.workspace.ledger
            let copy = ledger + ".copy"
            try FileManager.default.copyItem(atPath: ledger, toPath: copy)
            try #require(rename(copy, ledger) == 0)
            machine.finish("t0")
            #expect(try await driving.end.status == .completed)
            #expect(try site.state(of: driving.run).counts.passed == 4)
        }
    }

    @Test func aLedgerThatIsGoneEndsTheManagerAndLeavesAttemptsAlone() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            try FileManager.default.removeItem(atPath: site.workspace.ledger)
            await #expect(throws: LedgerError.self) { try await driving.end }
            #expect(machine.runningCount == 1)
        }
    }
}
