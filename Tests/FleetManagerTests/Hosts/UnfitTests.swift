import FleetCore
import FleetHost
import FleetWire
import Testing

@testable import FleetManager

/// Hosts that answer and take no starts, as their disk is full.
@Suite(.timeLimit(.minutes(1))) struct UnfitTests {
    private static let full = {
        var error = HostError(.configuration, "fake: the disk is full")
        error.isOfHost = true
        return error
    }()

    @Test(
        arguments: [
            (full, .transport), (HostError(.inputOutput, "x"), .transport),
            (HostError(.configuration, "x"), .configuration), (HostError(.conflict, "x"), .lost),
        ] as [(HostError, FailureClass)]
    )
    func whatIsTheHostsCondemnsNoTask(_ error: HostError, _ class: FailureClass) {
        #expect(error.startFailureClass == `class`)
    }

    @Test func itTakesFewOfManyTasks() async throws {
        let machine = FakeMachine { _ in .init(start: .refuse(Self.full)) }
        let (other, gate) = (FakeMachine(), Gate())
        other.beSilent(until: gate)
        try await Fleet.with(["h": machine, "b": other]) {
            $0.contactSeconds = 30
        } _: { fleet in
            let tasks: [TaskSpec] = .samples(30, retry: .atOnce(4, on: [.transport]))
            let workers: [WorkerSpec] = [.remote("h"), .remote("b")]
            let driving = fleet.site.begin(try await fleet.site.create(tasks, workers: workers))
            await machine.calls.wait(for: Breaker.threshold) { if case .start = $0 { true } else { false } }
            gate.open()
            #expect(try await driving.end.status == .completed)
            #expect(machine.calls.count { if case .start = $0 { true } else { false } } == Breaker.threshold)
            let health = try #require(fleet.health(of: "h"))
            #expect(health.breaker.nextTry != nil)
            #expect(health.failures["configuration"] == Breaker.threshold)
        }
    }

    @Test func itIsTriedAgainWithOneAttemptAndIsWellOnceItTakesThat() async throws {
        let refusals = Journal<Void>()
        let machine = FakeMachine { _ in
            guard refusals.all.count < Breaker.threshold else { return .init() }
            refusals.append(())
            return .init(start: .refuse(Self.full))
        }
        try await Fleet.with(["h": machine]) { fleet in
            let tasks: [TaskSpec] = .samples(5, retry: .atOnce(5, on: [.transport]))
            let (end, _, _) = try await fleet.site.drive(tasks, workers: [.remote("h")])
            #expect(end.status == .completed)
            #expect(fleet.health(of: "h")?.breaker == Breaker())
            #expect(machine.calls.count { if case .start = $0 { true } else { false } } == Breaker.threshold + 5)
        }
    }
}
