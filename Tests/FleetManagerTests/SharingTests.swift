import FleetCore
import FleetLedger
import FleetWire
import Testing

@testable import FleetManager

/// Several runs and managers in one workspace.
@Suite(.timeLimit(.minutes(1))) struct SharingTests {
    @Test func twoManagersTogetherNeverExceedTheSlots() async throws {
        let machine = FakeMachine()
        try await Site.with(machine) { site in
            let workers: [WorkerSpec] = [.sample("a", slots: 2), .sample("b")]
            async let first = site.drive(.samples(60, "x"), workers: workers)
            async let second = site.drive(.samples(60, "y"), workers: workers)
            let ends = try await [first.end, second.end]
            #expect(ends.map(\.status) == [.completed, .completed])
            #expect(machine.peak("a") <= 2)
            #expect(machine.peak("b") == 1)
            #expect(machine.starts.all.count == 120)
        }
    }

    @Test(arguments: [1, 2, 3, 4]) func aRunThatComesLaterHasItsTurn(_ slots: Int) async throws {
        let machine = FakeMachine { request in request.key.task.hasPrefix("x") ? .endless : .init() }
        try await Site.with(machine) { site in
            var site = site
            // Nobody is held up by it but for as long as the other takes to wake.
            site.context.yieldMilliseconds = 10_000
            let workers: [WorkerSpec] = [.sample("a", slots: slots)]
            let first = site.begin(try await site.create(.samples(40, "x"), workers: workers))
            await first.waitForRunning(slots)
            let second = site.begin(try await site.create(.samples(3, "y"), workers: workers))
            await second.records.wait { $0.event.type == "manager_started" }
            // Whenever an attempt of the first run ends, its slot could go to either.
            var ended = 0
            while try site.state(of: second.run).status == nil, ended < 20 {
                machine.finish("x\(ended)")
                ended += 1
                await first.records.wait(for: ended) { $0.event.type == "attempt_finished" }
                // What the other takes it gives back by itself.
                await first.waitForRunning(slots + ended)
            }
            #expect(try await second.end.status == .completed)
            #expect(try site.state(of: first.run).counts.queued > 0)
            _ = try await site.operations.end(.all, mode: .stop)
            _ = try await first.end
        }
    }

    @Test func aRunThatDoesNotTakeWhatIsLeftToItIsPassedOver() async throws {
        try await Site.with { site in
            let workers: [WorkerSpec] = [.sample("a", slots: 3)]
            let rival = try await site.create(.samples(2, "r"), workers: workers)
            let manager = try await site.create(.samples(9), workers: workers)
            var state = try Ledger(opening: site.workspace).state
            for place in 0..<3 {
                let lease = Event.TaskLeased(
                    run: manager.runID,
                    task: TaskID(unchecked: "t\(place)"),
                    attempt: 1,
                    worker: WorkerID(unchecked: "a"),
                    nonce: "\(place)"
                )
                state.apply(LedgerRecord(seq: 1_000, time: site.context.now(), event: .taskLeased(lease)))
            }
            let run = try #require(state.live(manager.runID))
            var found: [Int] = []
            for time in [0, 19, 20, 21, 1_019, 1_020, 1_039, 1_040] as [Int64] {
                let now = Timestamp(milliseconds: 1_000_000 + time)
                found.append(await manager.allowance(in: state, run: run, now: now))
            }
            // For twenty milliseconds all is left to the rival, and then for a second nothing.
            #expect(found == [0, 0, .max, .max, .max, 0, 0, .max])
            async let first = rival.run { _ in }
            _ = try await manager.run { _ in }
            _ = try await first
        }
    }

    @Test func aWorkerWithAnotherDefinitionIsRefusedWhileItIsInUse() async throws {
        let machine = FakeMachine { request in request.key.task == "t0" ? .endless : .init() }
        try await Site.with(machine) { site in
            let first = site.begin(try await site.create(.samples(1), workers: [.sample("a")]))
            await first.waitForRunning()
            await #expect {
                _ = try await site.create(.samples(1), workers: [.sample("a", slots: 2)])
            } throws: {
                ($0 as? ManagerError)?.code == .specification
            }
            #expect(try Ledger(opening: site.workspace).state.runCount == 1)
            machine.finish("t0")
            _ = try await first.end
            let again = try await site.drive(.samples(1, "u"), workers: [.sample("a", slots: 2)])
            #expect(again.end.status == .completed)
        }
    }

    @Test func automaticWorkersAreShared() async throws {
        let machine = FakeMachine()
        try await Site.with(machine) { site in
            async let first = site.drive(.samples(30, "x"), maxWorkers: 2)
            async let second = site.drive(.samples(30, "y"), maxWorkers: 3)
            _ = try await (first, second)
            for worker in ["local-1", "local-2", "local-3"] { #expect(machine.peak(worker) <= 1) }
        }
    }
}
