import FleetCore
import FleetHost
import FleetWire
import Testing

@testable import FleetManager

/// Hosts that answer, and cannot note that an attempt is given up.
@Suite(.timeLimit(.minutes(1))) struct UnwillingTests {
    /// A fleet in which one host accepts no claims.
    private static func with(
        _ unwilling: String,
        _ machines: [String: FakeMachine],
        _ body: (Fleet) async throws -> Void
    ) async throws {
        try await Fleet.with(machines) { context in
            let inner = context.makeHost
            context.makeHost = { configuration, loop, onNotice in
                let host = inner(configuration, loop, onNotice)
                return host.name == unwilling ? UnwillingHost(host, refusals: .max) : host
            }
        } _: { fleet in
            try await body(fleet)
        }
    }

    @Test func whatCannotBeGivenUpIsLostAfterLostAfter() async throws {
        let machine = FakeMachine { _ in .init(start: .loseRequest) }
        try await Self.with("h", ["h": machine]) { fleet in
            let driving = fleet.site.begin(
                try await fleet.site.create(.samples(1), workers: [.remote("h")], lostAfter: 0.05)
            )
            #expect(try await driving.end.status == .failed)
            let failure = try fleet.site.state(of: driving.run)["t0"]?.failure
            #expect(failure?.class == .lost)
            #expect(failure?.message == "it could not be given up: the disk is full")
        }
    }

    @Test func itsTaskGoesElsewhereAndItStaysWhatIsToBeEnded() async throws {
        let machine = FakeMachine { _ in .init(start: .loseRequest) }
        let (other, gate) = (FakeMachine(), Gate())
        other.beSilent(until: gate)
        try await Self.with("h", ["h": machine, "b": other]) { fleet in
            let tasks: [TaskSpec] = [.sample("a", retry: .atOnce(3, on: [.lost]))]
            let workers: [WorkerSpec] = [.remote("h"), .remote("b")]
            let driving = fleet.site.begin(try await fleet.site.create(tasks, workers: workers, lostAfter: 0.05))
            await machine.calls.wait { if case .start = $0 { true } else { false } }
            gate.open()
            #expect(try await driving.end.status == .completed)
            let attempts = try fleet.site.state(of: driving.run)["a"]?.attempts
            #expect(attempts?.map(\.failure?.class) == [.lost, nil])
            #expect(attempts?.map(\.worker.rawValue) == ["h", "b"])
            let ghosts = await driving.manager.hostStates[0].ghosts
            #expect(ghosts.map(\.attempt) == [1])
        }
    }

    @Test func anEndOfItIsNotWaitedForWithoutEnd() async throws {
        let machine = FakeMachine { _ in .init(start: .loseRequest) }
        try await Self.with("h", ["h": machine]) { fleet in
            let driving = fleet.site.begin(
                try await fleet.site.create(.samples(1), workers: [.remote("h")], lostAfter: 3_600)
            )
            await machine.calls.wait { if case .start = $0 { true } else { false } }
            let confirmations = try await fleet.site.operations.end(.run(driving.run), mode: .stop)
            #expect(confirmations.map(\.result) == [.unreachable])
            await driving.die()
        }
    }

    @Test func whatWasGivenUpAndRunsIsStoppedThere() async throws {
        let machine = FakeMachine { $0.key.attempt == 1 ? .endless : .init() }
        try await Self.with("h", ["h": machine]) { fleet in
            let tasks: [TaskSpec] = [.sample("a", retry: .atOnce(3, on: [.lost]))]
            let driving = fleet.site.begin(
                try await fleet.site.create(tasks, workers: [.remote("h")], lostAfter: 0.05)
            )
            await driving.waitForRunning()
            machine.fail(with: FakeMachine.lost)
            machine.disconnect()
            await driving.records.wait { $0.event.type == "attempt_finished" }
            machine.fail(with: nil)
            #expect(try await driving.end.status == .completed)
            #expect(machine.runningCount == 0)
            #expect(!machine.calls.all.contains { if case .claim = $0 { true } else { false } })
        }
    }
}
