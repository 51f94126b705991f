import FleetCore
import FleetLedger
import Testing

@testable import FleetManager

/// Somebody holds the lock of a run who does not drive it, when somebody wants to drive it.
@Suite(.timeLimit(.minutes(1))) struct BystanderTests {
    /// A run without a manager, whose ledger names none.
    private static func abandoned(_ site: Site) async throws -> RunID {
        let manager = try await site.create(.samples(1))
        await manager.release()
        return manager.runID
    }

    @Test func whoOnlyLooksIsWaitedFor() async throws {
        try await Site.with { site in
            let run = try await Self.abandoned(site)
            let lock = try #require(try RunLock.tryAcquire(site.workspace.managerLock(run)))
            async let resumed = site.operations.resume(run)
            while try RunLock.holder(site.workspace.managerLock(run)) == nil, !Task.isCancelled { await Task.yield() }
            lock.release()
            #expect(try await site.begin(resumed).end.status == .completed)
        }
    }

    @Test func whoLooksForTooLongIsNamedAsWhatItIs() async throws {
        try await Site.with { site in
            var site = site
            site.context.bystanderSeconds = 0.2
            let run = try await Self.abandoned(site)
            let lock = try #require(try RunLock.tryAcquire(site.workspace.managerLock(run)))
            let operations = site.operations
            let error = await #expect(throws: ManagerError.self) { _ = try await operations.resume(run) }
            #expect(error?.code == .busy)
            #expect(error?.message.hasSuffix("looks at run \(run), and does not drive it") == true)
            lock.release()
        }
    }
}
