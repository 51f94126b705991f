import FleetCore
import FleetHost
import Testing

@testable import FleetManager

/// Ends of what runs on a host that is away.
@Suite(.timeLimit(.minutes(1))) struct UnreachableEndTests {
    @Test func thatItCannotBeConfirmedIsWrittenOnce() async throws {
        let machine = FakeMachine { _ in .endless }
        let gate = Gate()
        try await Fleet.with(["h": machine]) {
            $0.contactSeconds = 60
        } _: { fleet in
            let driving = fleet.site.begin(try await fleet.site.create(.samples(1), workers: [.remote("h")]))
            await driving.waitForRunning()
            machine.beSilent(until: gate)
            machine.disconnect()
            // The host is being asked when the end is wanted.
            await machine.calls.wait { if case .status = $0 { true } else { false } }
            async let confirmations = fleet.site.operations.end(.run(driving.run), mode: .stop)
            await driving.records.wait { if case .endRequested = $0.event { true } else { false } }
            machine.fail(with: FakeMachine.lost)
            gate.open()
            await driving.records.wait { $0.event.endResult == .unreachable }
            machine.fail(with: nil)
            #expect(try await confirmations.map(\.result) == [.stopped])
            #expect(try await driving.end.status == .cancelled)
            #expect(try fleet.site.events(of: driving.run).filter { $0.endResult == .unreachable }.count == 1)
        }
    }
}
