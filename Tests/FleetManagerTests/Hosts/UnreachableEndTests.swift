import FleetCore
import FleetHost
import FleetWire
import Testing

@testable import FleetManager

/// Ends of what runs on a host that is away.
@Suite(.timeLimit(.minutes(1))) struct UnreachableEndTests {
    @Test func whatARunGaveUpIsEndedWhenAnotherMeetsItsHost() async throws {
        let machine = FakeMachine { $0.key.task == "old" ? .endless : .init() }
        try await Fleet.with(["h": machine]) { fleet in
            let manager = try await fleet.site.create([.sample("old")], workers: [.remote("h")], lostAfter: 0.05)
            let driving = fleet.site.begin(manager)
            await driving.waitForRunning()
            let key = try #require(machine.keys.first)
            machine.fail(with: FakeMachine.lost)
            machine.disconnect()
            let confirmations = try await fleet.site.operations.end(.run(driving.run), mode: .stop)
            #expect(confirmations.map(\.result) == [.unreachable])
            #expect(try await driving.end.status == .cancelled)
            #expect(machine.runningCount == 1)
            machine.fail(with: nil)
            let (next, _, _) = try await fleet.site.drive([.sample("new")], workers: [.remote("h")])
            #expect(next.status == .completed)
            #expect(machine.calls.all.contains(.end(key, .stop)))
            #expect(machine.runningCount == 0)
            #expect(machine.keys.isEmpty, "its record is left")
        }
    }

    @Test func whatTheLedgerDoesNotNameAsGivenUpIsLeftAlone() async throws {
        let machine = FakeMachine { $0.key.task == "old" ? .endless : .init() }
        try await Fleet.with(["h": machine]) { fleet in
            let workers: [WorkerSpec] = [.remote("h", slots: 2)]
            let old = fleet.site.begin(try await fleet.site.create([.sample("old")], workers: workers))
            await old.waitForRunning()
            await old.die()
            // And one of which the ledger knows nothing.
            let stranger = AttemptKey(run: "elsewhere", task: "old", attempt: 1, nonce: "n")
            _ = try await machine.start(StartRequest(key: stranger, arguments: ["x"], workingDirectory: "/"))
            let (next, _, _) = try await fleet.site.drive([.sample("new")], workers: workers)
            #expect(next.status == .completed)
            #expect(machine.runningCount == 2)
            #expect(!machine.calls.all.contains { if case .end = $0 { true } else { false } })
        }
    }

    @Test func whatItsHostHasForgottenIsNotTakenForOneThatHasEnded() async throws {
        let machine = FakeMachine { _ in .endless }
        let gate = Gate()
        let other = FakeMachine { _ in
            .init(
                exit: nil,
                end: { _, _ in
                    await gate.pass()
                    return nil
                }
            )
        }
        try await Fleet.with(["h": machine, "b": other]) { fleet in
            let tasks: [TaskSpec] = [.sample("a", requires: ["x"]), .sample("c", requires: ["y"])]
            let workers: [WorkerSpec] = [.remote("h", capabilities: ["x"]), .remote("b", capabilities: ["y"])]
            let driving = fleet.site.begin(try await fleet.site.create(tasks, workers: workers, lostAfter: 0.05))
            await driving.waitForRunning(2)
            let key = try #require(machine.keys.first)
            machine.fail(with: FakeMachine.lost)
            machine.disconnect()
            async let confirmations = fleet.site.operations.end(.run(driving.run), mode: .stop)
            await driving.records.wait { $0.event.type == "attempt_finished" }
            machine.forget(key)
            machine.fail(with: nil)
            await machine.calls.wait { $0 == .end(key, .stop) }
            gate.open()
            #expect(try await confirmations.map(\.result) == [.unreachable, .stopped])
            #expect(try await driving.end.status == .cancelled)
            #expect(await driving.manager.hostStates[0].ghosts == [key])
        }
    }

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
