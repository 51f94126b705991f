import FleetCore
import Synchronization
import TestSupport
import Testing

@testable import FleetLedger

/// Compactions that end at every step in turn, and appends beside them.
@Suite struct CompactionCrashTests {
    /// Compacts on a disk that crashes after so many changes; nil where it got to its end.
    private func crash(_ start: MemoryDisk.State, after steps: Int) throws -> MemoryDisk? {
        let disk = MemoryDisk(start)
        let ledger = try Ledger(opening: Workspace(root: "/w", disk: disk))
        disk.state.withLock { $0.stepsLeft = steps }
        do {
            _ = try ledger.compact(at: Samples.time)
            return nil
        } catch {
            return disk
        }
    }

    /// Checks every step, with what was not synced lost and kept; returns how many steps there are.
    private func check(_ start: MemoryDisk.State, _ told: [String]) throws -> Int {
        var steps = 0
        while let disk = try crash(start, after: steps) {
            for isLucky in [false, true] {
                let found = disk.afterCrash(isLucky: isLucky)
                let workspace = Workspace(root: "/w", disk: found)
                let ledger = try Ledger(opening: workspace)
                #expect(try CompactionTests.told(ledger) == told, "step \(steps), lucky: \(isLucky)")
                let added = try ledger.add([.managerStarted(.init(run: CompactionTests.run("b"), pid: 7))])
                #expect(added.count == 1)
                let now = try CompactionTests.told(ledger)
                _ = try ledger.compact(at: Samples.time)
                #expect(try CompactionTests.told(try Ledger(opening: workspace)) == now, "step \(steps)")
            }
            steps += 1
        }
        return steps
    }

    @Test func aCrashAtAnyStepLosesNothing() throws {
        let disk = MemoryDisk()
        let workspace = try Workspace.inMemory(CompactionTests.mixed + Array("torn".utf8), disk)
        let told = try CompactionTests.told(try Ledger(opening: workspace))
        let steps = try check(disk.state.withLock { $0 }, told)
        #expect(steps > 15)
        print("a compaction of two runs, crashed at each of its \(steps) steps")
    }

    /// As before, where a run that is in the archive already has gone on and ended again.
    @Test func aCrashInASecondCompactionLosesNothing() throws {
        let disk = MemoryDisk()
        let workspace = try Workspace.inMemory(CompactionTests.mixed, disk)
        let ledger = try Ledger(opening: workspace)
        _ = try ledger.compact(at: Samples.time)
        try ledger.add([.runReopened(.init(run: CompactionTests.run("a")))])
        try ledger.add(Array(CompactionTests.events("a").suffix(1)))
        try ledger.sync()
        #expect(try check(disk.state.withLock { $0 }, try CompactionTests.told(ledger)) > 8)
    }

    /// Some append while others compact, each with an open ledger of its own.
    @Test func appendersBesideCompactionsLoseNothing() async throws {
        try await withWorkspaceAsync { workspace in
            await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        let ledger = try Ledger(opening: workspace)
                        for round in 0..<25 { try ledger.add(CompactionTests.events("r\(number)-\(round)")) }
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        let ledger = try Ledger(opening: workspace)
                        for _ in 0..<25 { _ = try ledger.compact(at: Samples.time) }
                    }
                }
                while let result = await group.nextResult() { #expect(throws: Never.self) { try result.get() } }
            }
            let ledger = try Ledger(opening: workspace)
            #expect(ledger.damage == [])
            #expect(ledger.state.runCount == 100)
            for id in ledger.state.runIDs { #expect(try ledger.records(of: id).count == 5, "\(id)") }
            _ = try ledger.compact(at: Samples.time)
            let areArchived = ledger.state.summaries.map(\.isArchived)
            #expect(!areArchived.contains(false))
            for id in ledger.state.runIDs { #expect(try ledger.records(of: id).count == 5, "\(id)") }
        }
    }

    /// Histories at random, compacted now and then: every ledger that was never compacted tells the same.
    @Test(arguments: 0..<40 as Range<UInt64>) func randomHistoriesAreToldAlike(seed: UInt64) throws {
        let (plain, compacted) = (try Workspace.inMemory([]), try Workspace.inMemory([]))
        let (one, other) = (try Ledger(opening: plain), try Ledger(opening: compacted))
        var (history, generator) = (RandomHistory(seed: seed), SeededGenerator(seed: seed))
        for ledger in [one, other] { try ledger.add(RandomHistory.beginning) }
        for round in 0..<60 {
            let events = history.next(Int.random(in: 1...4, using: &generator))
            for ledger in [one, other] { try ledger.add(events) }
            if Int.random(in: 0..<5, using: &generator) == 0 { _ = try other.compact(at: Samples.time) }
            if Int.random(in: 0..<7, using: &generator) == 0 { _ = try other.writeSnapshot() }
            if Int.random(in: 0..<9, using: &generator) == 0 {
                let opened = try Ledger(opening: compacted)
                #expect(try CompactionTests.told(opened) == CompactionTests.told(one), "seed \(seed), round \(round)")
            }
        }
        #expect(try CompactionTests.told(other) == CompactionTests.told(one), "seed \(seed)")
    }
}
