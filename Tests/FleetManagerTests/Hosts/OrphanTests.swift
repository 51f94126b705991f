import FleetCore
import FleetHost
import Testing

@testable import FleetManager

/// Attempts of runs without managers, looked at by the managers of others.
@Suite(.timeLimit(.minutes(1))) struct OrphanTests {
    @Test func aHostThatWaitsForSomebodyIsNotTriedForTheirSake() async throws {
        let machine = FakeMachine { _ in .endless }
        let other = FakeMachine { _ in .endless }
        try await Fleet.with(["h": machine, "b": other]) {
            $0.pollSeconds = 0.02
        } _: { fleet in
            let workers: [WorkerSpec] = [.remote("h", capabilities: ["x"]), .remote("b", capabilities: ["y"])]
            let old = fleet.site.begin(
                try await fleet.site.create([.sample("old", requires: ["x"])], workers: workers)
            )
            await old.waitForRunning()
            await old.die()
            machine.fail(with: .refused)
            machine.disconnect()
            let before = machine.calls.count { $0 == .connect }
            let tasks: [TaskSpec] = [.sample("a", requires: ["y"]), .sample("c", requires: ["x"])]
            let driving = fleet.site.begin(try await fleet.site.create(tasks, workers: workers))
            await driving.waitForRunning()
            // It was looked at often enough by then, and less and less often.
            while await driving.manager.orphanRests[old.run].map({ $0.seconds < 0.3 }) ?? true, !Task.isCancelled {
                await Task.yield()
            }
            #expect(machine.calls.count { $0 == .connect } - before <= 2, "more than its own contact and one more")
            other.finish("a")
            #expect(try await driving.end.status == .incomplete)
        }
    }
}
