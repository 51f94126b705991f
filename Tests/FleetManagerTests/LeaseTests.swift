import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Testing

@testable import FleetManager

/// The workspace's lease on a host: renewed by who drives attempts there, and by nobody else.
@Suite(.timeLimit(.minutes(1))) struct LeaseTests {
    @Test func aStartTellsAfterWhichSilenceItIsToBeEnded() async throws {
        let machine = FakeMachine()
        try await Site.with(machine) { site in
            let policy = ManagerLossPolicy.stopAfter(seconds: 20)
            let driving = site.begin(try await site.create(.samples(1), onManagerLoss: policy))
            #expect(try await driving.end.status == .completed)
            #expect(machine.starts.all.map(\.lossLimit) == [20_000])
            #expect(machine.starts.all.map(\.leaseValidity) == [300_000])
        }
    }

    @Test func whatIsToFinishHereNeedsNoLease() async throws {
        let machine = FakeMachine()
        try await Site.with(machine) { site in
            try await site.drive(.samples(2))
            #expect(machine.starts.all.allSatisfy { $0.lossLimit == 0 && $0.leaseValidity == 0 })
            #expect(machine.renewals.all.isEmpty)
        }
    }

    @Test func theLeaseIsRenewedForAsLongAsAnythingRuns() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let policy = ManagerLossPolicy.stopAfter(seconds: 0.2)
            let driving = site.begin(try await site.create(.samples(1), onManagerLoss: policy))
            await machine.renewals.waitForAll { $0.count >= 4 }
            #expect(machine.renewals.all.allSatisfy { $0 == 300_000 })
            // Who lets what runs finish drives it still.
            driving.manager.drain()
            let before = machine.renewals.all.count
            await machine.renewals.waitForAll { $0.count >= before + 3 }
            machine.finish("t0")
            #expect(try await driving.end.status == .completed)
        }
    }

    /// Compaction, a slow disk or another manager may keep a turn waiting for longer than a host waits for a manager.
    @Test func theLeaseIsRenewedWhileTheManagerWaitsForTheLedger() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let policy = ManagerLossPolicy.stopAfter(seconds: 0.2)
            let driving = site.begin(try await site.create(.samples(2), onManagerLoss: policy))
            await machine.renewals.waitForAll { !$0.isEmpty }
            let lock = try SystemDisk().open(site.workspace.lock, .append)
            try lock.lock()
            let bytes = try SystemDisk().status(of: site.workspace.ledger)?.size
            // It has something to write from now on, and cannot.
            machine.finish("t0")
            let before = machine.renewals.all.count
            await machine.renewals.waitForAll { $0.count >= before + 8 }
            #expect(try SystemDisk().status(of: site.workspace.ledger)?.size == bytes)
            lock.unlock()
            machine.finish("t1")
            #expect(try await driving.end.status == .completed)
        }
    }

    @Test func whoTakesOverRenewsAtOnceAndWhoOnlyLooksDoesNot() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let policy = ManagerLossPolicy.stopAfter(seconds: 100)
            let driving = site.begin(try await site.create(.samples(1), onManagerLoss: policy))
            await driving.waitForRunning()
            await driving.die()
            #expect(machine.renewals.all.isEmpty)
            try await site.operations.refresh()
            #expect(machine.renewals.all.isEmpty)
            let next = site.begin(try await site.operations.resume(driving.run))
            await machine.renewals.waitForAll { !$0.isEmpty }
            machine.finish("t0")
            #expect(try await next.end.status == .completed)
            #expect(machine.renewals.all.count == 1)
        }
    }

    @Test func anAttemptThatItsHostEndedIsTriedAgainByPolicy() async throws {
        let machine = FakeMachine { request in request.key.attempt == 1 ? .endless : .init() }
        try await Site.with(machine) { site in
            let policy = ManagerLossPolicy.stopAfter(seconds: 100)
            let manager = try await site.create(.samples(1, retry: .atOnce(3)), onManagerLoss: policy)
            let driving = site.begin(manager)
            await driving.waitForRunning()
            await driving.die()
            for key in machine.keys { _ = machine.end(key, .signal(15), .managerLoss) }
            let next = site.begin(try await site.operations.resume(driving.run))
            #expect(try await next.end.status == .completed)
            let attempts = try site.state(of: driving.run)["t0"]?.attempts ?? []
            #expect(attempts.map(\.failure?.class) == [.lost, nil])
            #expect(attempts.first?.exit == .signal(15))
            #expect(machine.keys.isEmpty)
        }
    }
}
