import FleetCore
import Testing

@testable import FleetLedger

/// What is said to be on the disk is there, or nothing is said any more.
@Suite struct SyncTests {
    /// A file that cannot be synced.
    private static func unsyncable() throws -> File { try File("/dev/null", .read) }

    @Test func failedSyncEndsAppending() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            ledger.file = try Self.unsyncable()
            let error = try #require(throws: LedgerError.self) { try ledger.sync() }
            #expect(error.code == .syncFailed)
            #expect(error.errno != nil)
            #expect(error.message.contains("may not be on the disk"))
            // The same answer to everything from here on, though the disk may be well again.
            ledger.file = try File(workspace.ledger, .read)
            let before = try Files.read(workspace.ledger)
            #expect(try #require(throws: LedgerError.self) { try ledger.sync() }.code == .syncFailed)
            #expect(try #require(throws: LedgerError.self) { try ledger.add(Samples.smallRun) }.code == .syncFailed)
            #expect(try Files.read(workspace.ledger) == before)
            // Reading goes on, and another instance may write.
            #expect(try ledger.refresh() == [])
            #expect(
                try Ledger(opening: workspace)
                    .append([.runReopened(.init(run: Samples.run))], durable: true, at: Samples.time).wasAppended
            )
            #expect(try ledger.refresh().count == 1)
        }
    }

    @Test func oneSyncServesAllAppendsBefore() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            try ledger.add([.runReopened(.init(run: Samples.run))])
            try ledger.sync()
            // Nothing is left to be synced: the file is not asked again.
            ledger.file = try Self.unsyncable()
            try ledger.sync()
        }
    }

    @Test func appendThatIsNotDurableDoesNotWaitForTheDisk() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            #expect(ledger.synced == 0)
            _ = try ledger.append([.runReopened(.init(run: Samples.run))], durable: true, at: Samples.time)
            #expect(ledger.synced == Int64(try Files.read(workspace.ledger).count))
        }
    }
}
