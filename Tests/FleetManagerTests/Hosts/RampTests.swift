import FleetCore
import FleetHost
import FleetWire
import Testing

@testable import FleetManager

/// A run over more hosts than are contacted at once; the time stands still but for what a test adds.
@Suite(.timeLimit(.minutes(1))) struct RampTests {
    private static let limit = RunManager.contactLimit

    @Test func noMoreThanTheLimitAreContactedAtOnce() async throws {
        let (crowd, gates) = (Crowd(), (0..<12).map { _ in Gate() })
        let machines = Self.machines(gates.count, crowd)
        for (machine, gate) in zip(machines, gates) { machine.beSilent(until: gate) }
        try await Self.drive(machines, tasks: machines.count) { driving, _ in
            for machine in machines.prefix(Self.limit) { await machine.waitForContact() }
            for (place, gate) in gates.enumerated() {
                #expect(machines.count(where: \.isContacted) == min(place + Self.limit, machines.count))
                // Each that answers makes room for one more.
                gate.open()
                if place + Self.limit < machines.count { await machines[place + Self.limit].waitForContact() }
            }
            await driving.waitForRunning(machines.count)
        }
        #expect(crowd.peak == Self.limit)
        #expect(machines.allSatisfy { $0.starts.all.count == 1 })
    }

    @Test func hostsThatRefuseHoldNobodyUp() async throws {
        let machines = Self.machines(12)
        let (dead, others) = (machines.prefix(Self.limit), machines.dropFirst(Self.limit))
        for machine in dead { machine.fail(with: FakeMachine.lost) }
        try await Self.drive(machines, tasks: others.count) { driving, _ in
            // Not a moment has passed.
            await driving.waitForRunning(others.count)
        }
        #expect(dead.allSatisfy { $0.starts.all.isEmpty && $0.calls.all == [.connect] })
    }

    @Test func hostsThatDoNotAnswerHoldOthersUpForATurn() async throws {
        let (machines, gate) = (Self.machines(12), Gate())
        let (dead, others) = (machines.prefix(Self.limit), machines.dropFirst(Self.limit))
        for machine in dead { machine.beSilent(until: gate) }
        try await Self.drive(machines, tasks: others.count) { driving, clock in
            for machine in dead { await machine.waitForContact() }
            #expect(others.count(where: \.isContacted) == 0)
            clock.advance(milliseconds: RunManager.contactTurn)
            await driving.waitForRunning(others.count)
        }
        #expect(dead.allSatisfy { $0.starts.all.isEmpty })
        gate.open()
    }

    /// So many machines, on which every program runs until it is told to end.
    private static func machines(_ count: Int, _ contacts: Crowd = Crowd()) -> [FakeMachine] {
        (0..<count).map { _ in FakeMachine(contacts: contacts) { _ in .endless } }
    }

    /// Drives a run with a worker on each machine; when `body` returns, its programs end, and so must the run.
    private static func drive(
        _ machines: [FakeMachine],
        tasks count: Int,
        _ body: (Driving, TestClock) async throws -> Void
    ) async throws {
        let (names, clock) = (machines.indices.map { "h\($0)" }, TestClock())
        try await Fleet.with(Dictionary(uniqueKeysWithValues: zip(names, machines))) {
            $0.now = { clock.now }
            $0.contactSeconds = 60
        } _: { fleet in
            let driving = fleet.site.begin(
                try await fleet.site.create(.samples(count), workers: names.map { .remote($0) })
            )
            try await body(driving, clock)
            for machine in machines { for request in machine.starts.all { machine.finish(request.key.task) } }
            #expect(try await driving.end.status == .completed)
        }
    }
}

extension FakeMachine {
    /// Whether anybody has tried to contact it.
    fileprivate var isContacted: Bool { calls.all.contains(.connect) }

    fileprivate func waitForContact() async { await calls.wait { $0 == .connect } }
}
