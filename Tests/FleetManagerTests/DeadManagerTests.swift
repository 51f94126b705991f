import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Foundation
import Testing

@testable import FleetManager

/// The manager of a run dies, and others come after it.
@Suite(.timeLimit(.minutes(1))) struct DeadManagerTests {
    /// A run whose manager has died, with as many attempts running as there are workers.
    private static func abandon(_ site: Site, tasks: Int, workers: Int = 2) async throws -> RunID {
        let driving = site.begin(try await site.create(.samples(tasks, retry: .atOnce(3)), maxWorkers: workers))
        await driving.waitForRunning(workers)
        await driving.die()
        #expect(try site.isFree(driving.run))
        #expect(site.machine.runningCount == workers)
        return driving.run
    }

    @Test func whatEndedSinceIsRecordedByARefresh() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let run = try await Self.abandon(site, tasks: 4)
            machine.finish("t0", .code(5))
            try await site.operations.refresh()
            let state = try site.state(of: run)
            #expect(state["t0"]?.attempts.first?.exit == .code(5))
            #expect(state["t1"]?.status == .running)
            #expect(state.status == nil)
            #expect(machine.starts.all.count == 2)
            #expect(machine.keys.map(\.task) == ["t1"])
            _ = try await site.operations.end(.all, mode: .stop)
        }
    }

    @Test func aRefreshThatReachesNobodyChangesNothing() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let run = try await Self.abandon(site, tasks: 2)
            let before = try site.events(of: run)
            for error in [FakeMachine.lost, HostError(.configuration, "no supervisor")] {
                machine.fail(with: error)
                try await site.operations.refresh()
            }
            #expect(try site.events(of: run) == before)
            machine.fail(with: nil)
            _ = try await site.operations.end(.all, mode: .stop)
        }
    }

    @Test func aRefreshEndsARunOfWhichNothingIsLeft() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let run = try await Self.abandon(site, tasks: 2)
            machine.finish("t0")
            machine.finish("t1")
            try await site.operations.refresh()
            #expect(try site.state(of: run).status == .completed)
        }
    }

    @Test func aRefreshLeavesALiveManagerAlone() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            let calls = machine.calls.all.count
            try await site.operations.refresh()
            #expect(machine.calls.all.count == calls)
            machine.finish("t0")
            #expect(try await driving.end.status == .completed)
        }
    }

    @Test func stoppingEndsEverythingOfTheRun() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let run = try await Self.abandon(site, tasks: 5)
            let confirmations = try await site.operations.end(.all, mode: .stop)
            #expect(confirmations.map(\.result) == [.stopped, .stopped])
            let state = try site.state(of: run)
            #expect(state.status == .cancelled)
            #expect(state.counts.cancelled == 5)
            #expect(machine.runningCount == 0)
            #expect(machine.keys.isEmpty)
        }
    }

    @Test func interruptingAWorkerRecordsTheEndAndLeavesTheRest() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let run = try await Self.abandon(site, tasks: 4)
            let worker = try #require(try site.state(of: run)["t0"]?.attempts.first?.worker)
            let confirmations = try await site.operations.end(.worker(worker), mode: .interrupt)
            #expect(confirmations.map(\.result) == [.stopped])
            let state = try site.state(of: run)
            #expect(state["t0"]?.status == .interrupted)
            #expect(state["t1"]?.status == .running)
            #expect(state.counts.queued == 2)
            #expect(state.pendingEnds.isEmpty)
            _ = try await site.operations.end(.all, mode: .stop)
        }
    }

    @Test func aWishThatCannotBeCarriedOutIsUnreachableAtOnceAndStands() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let run = try await Self.abandon(site, tasks: 3)
            machine.fail(with: FakeMachine.lost)
            let start = ContinuousClock.now
            let confirmations = try await site.operations.end(.run(run), mode: .stop)
            #expect(ContinuousClock.now - start < .seconds(10))
            #expect(confirmations.map(\.result) == [.unreachable, .unreachable])
            #expect(try site.state(of: run).counts.running == 2)
            machine.fail(with: nil)
            try await site.operations.refresh()
            #expect(try site.state(of: run).status == .cancelled)
            #expect(machine.runningCount == 0)
        }
    }

    @Test func aLeaseThatWasNeverSentIsGivenUpAndTriedAgain() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let run = try await Self.abandon(site, tasks: 2)
            // As if the manager had died between the write of the lease and the start.
            for key in machine.keys where key.task == "t0" { machine.forget(key) }
            let lease = try #require(machine.starts.all.first { $0.key.task == "t0" })
            let manager = try #require(try await RunManager.takeOver(run, purpose: .drive, context: site.context))
            let driving = site.begin(manager)
            await driving.records.wait { $0.event.type == "attempt_started" && $0.event.task?.rawValue == "t0" }
            #expect(machine.calls.all.contains(.claim(lease.key)))
            for task in ["t0", "t1"] { machine.finish(task) }
            #expect(try await driving.end.status == .completed)
        }
    }

    @Test func theNextManagerAdoptsWhatRunsAndGoesOn() async throws {
        let machine = FakeMachine { request in
            ["t0", "t1"].contains(request.key.task) ? .endless : .init()
        }
        try await Site.with(machine) { site in
            let run = try await Self.abandon(site, tasks: 6)
            let manager = try #require(try await RunManager.takeOver(run, purpose: .drive, context: site.context))
            let driving = site.begin(manager)
            await machine.calls.wait { $0 == .status([]) }
            machine.finish("t0")
            machine.finish("t1")
            #expect(try await driving.end.status == .completed)
            #expect(try site.state(of: run).tasks.allSatisfy { $0.attempts.count == 1 })
        }
    }

    @Test func recordsThatTheDeadManagerDidNotRemoveAreRemoved() async throws {
        let machine = FakeMachine { request in request.key.task == "t0" ? .init() : .endless }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(2)))
            await driving.records.wait { $0.event.type == "attempt_finished" }
            await driving.waitForRunning(2)
            await driving.die()
            #expect(Set(machine.keys.map(\.task)) == ["t0", "t1"])
            _ = try await site.operations.end(.all, mode: .stop)
            #expect(machine.keys.isEmpty)
        }
    }

    @Test func theSlotOfAnAbandonedAttemptIsFreeOnceItHasEnded() async throws {
        let machine = FakeMachine { request in request.key.task == "old" ? .endless : .init() }
        try await Site.with(machine) { site in
            var site = site
            site.context.lookSeconds = 0.05
            let old = site.begin(try await site.create([.sample("old")], maxWorkers: 1))
            await old.waitForRunning()
            await old.die()
            let driving = site.begin(try await site.create([.sample("new")], maxWorkers: 1))
            await driving.records.wait { $0.event.type == "manager_started" }
            #expect(machine.starts.all.map(\.key.task) == ["old"])
            machine.finish("old")
            #expect(try await driving.end.status == .completed)
            #expect(try site.state(of: old.run).status == .completed)
        }
    }

    @Test func theSlotOfAnAttemptThatEndedUnseenIsFree() async throws {
        let machine = FakeMachine { request in request.key.task == "old" ? .endless : .init() }
        try await Site.with(machine) { site in
            let old = site.begin(try await site.create([.sample("old")], maxWorkers: 1))
            await old.waitForRunning()
            await old.die()
            machine.finish("old")
            #expect(try await site.drive([.sample("new")], maxWorkers: 1).end.status == .completed)
        }
    }

    @Test func aRunThatIsDrivenIsNotTakenOver() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            #expect(try await RunManager.takeOver(driving.run, purpose: .drive, context: site.context) == nil)
            machine.finish("t0")
            _ = try await driving.end
        }
    }

    @Test func aRunThatIsNotThereOrHasEndedIsNotTakenOver() async throws {
        try await Site.with { site in
            let (_, run, _) = try await site.drive(.samples(1))
            for id in [run.id, RunID(unchecked: "none")] {
                await #expect {
                    _ = try await RunManager.takeOver(id, purpose: .drive, context: site.context)
                } throws: {
                    ($0 as? ManagerError)?.code == .notFound
                }
            }
            let none = try await RunManager.takeOver(run.id, purpose: .settle, context: site.context, orEnded: true)
            #expect(none == nil)
        }
    }

    @Test func aSpecThatWasChangedIsNotDriven() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let run = try await Self.abandon(site, tasks: 2)
            let path = site.workspace.spec(run)
            let spec = try String(contentsOfFile: path, encoding: .utf8)
            try spec.replacing("\"true\"", with: "\"false\"").write(toFile: path, atomically: true, encoding: .utf8)
            await #expect {
                _ = try await RunManager.takeOver(run, purpose: .drive, context: site.context)
            } throws: {
                ($0 as? ManagerError)?.code == .configuration
            }
            #expect(try site.isFree(run))
            try spec.write(toFile: path, atomically: true, encoding: .utf8)
            _ = try await site.operations.end(.all, mode: .stop)
        }
    }
}
