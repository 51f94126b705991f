import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Testing

@testable import FleetManager

/// What runs on a host that answers is polled by its channel, which wakes the manager for changes alone.
@Suite(.timeLimit(.minutes(1))) struct PolledTests {
    @Test func whatOnlyAPollHasFoundCounts() async throws {
        let machine = FakeMachine { _ in .init(pushes: 0, isPolled: true) }
        try await Site.with(machine) { site in
            let end = try await site.drive(.samples(4)).end
            #expect(end.status == .completed)
        }
    }

    @Test func aHostThatIsPolledByItsChannelIsNotAskedBesides() async throws {
        let machine = FakeMachine { request in request.key.task == "t0" ? .endless : .init() }
        try await Site.with(machine) { site in
            var site = site
            (site.context.pollSeconds, site.context.lookSeconds) = (0.001, 0.001)
            let driving = site.begin(try await site.create(.samples(200)))
            await driving.records.waitForAll { $0.count { $0.event.type == "attempt_finished" } == 199 }
            machine.finish("t0")
            _ = try await driving.end
            #expect(!machine.calls.all.contains { if case .status = $0 { true } else { false } })
        }
    }
}
