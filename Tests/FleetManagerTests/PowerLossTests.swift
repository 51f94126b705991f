import FleetCore
import FleetHost
import FleetWire
import Testing

@testable import FleetManager

/// Machines that lose power when something has just begun there.
@Suite(.timeLimit(.minutes(1))) struct PowerLossTests {
    @Test(arguments: [true, false]) func whatMayHaveRunIsLostAndNotSaidNeverToHaveBegun(_ isLocal: Bool) async throws {
        let machine = FakeMachine { _ in .init(start: .losePower) }
        try await Fleet.with(["h": machine]) { context in
            guard isLocal else { return }
            context.makeHost = { host, _, onNotice in FakeHost(machine, name: host.name, onNotice: onNotice) }
        } _: { fleet in
            let workers: [WorkerSpec] = [isLocal ? .sample("w") : .remote("h")]
            let tasks: [TaskSpec] = [.sample("a", retry: .atOnce(3, on: [.task, .transport]))]
            let (end, run, _) = try await fleet.site.drive(tasks, workers: workers)
            #expect(end.status == .failed)
            let attempts = try #require(run["a"]?.attempts)
            #expect(attempts.map(\.failure?.class) == [.lost])
            #expect(attempts.map(\.hostBoot) == ["boot 1"])
            #expect(attempts.first?.failure?.message.contains("started anew") == true)
            #expect(attempts.first?.isTry == true)
        }
    }

    @Test func itIsTriedAgainByItsPolicyAlone() async throws {
        let machine = FakeMachine { $0.key.attempt < 3 ? .init(start: .losePower) : .init() }
        try await Fleet.with(["h": machine]) { fleet in
            let tasks: [TaskSpec] = [.sample("a", retry: .atOnce(3, on: [.lost]))]
            let (end, run, _) = try await fleet.site.drive(tasks, workers: [.remote("h")])
            #expect(end.status == .completed)
            #expect(run["a"]?.attempts.map(\.hostBoot) == ["boot 1", "boot 2", "boot 3"])
        }
    }

    @Test func aManagerThatComesAfterwardsKnowsItToo() async throws {
        let gate = Gate()
        let machine = FakeMachine { _ in .init(start: .hold(gate), exit: nil) }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create([.sample("a")]))
            await machine.held.waitForAll { !$0.isEmpty }
            await driving.die()
            machine.losePower()
            var later = site
            later.context.bootID = machine.greeting.bootID
            let next = try #require(
                try await RunManager.takeOver(driving.run, purpose: .drive, context: later.context)
            )
            #expect(try await later.begin(next).end.status == .failed)
            let attempt = try site.state(of: driving.run)["a"]?.attempts.first
            #expect(attempt?.failure?.class == .lost && attempt?.isTry == true)
        }
    }
}
