import FleetCore
import Synchronization
import TestSupport
import Testing

@testable import FleetLedger

/// What others do while a compaction is under way, and after it was killed.
@Suite struct CompactionBesideOthersTests {
    private static func requeued(_ run: String) -> Event {
        .taskRequeued(.init(run: CompactionTests.run(run), task: CompactionTests.task, reason: "x"))
    }

    /// Nobody waits for archives: others append meanwhile, and a run that goes on meanwhile stays.
    @Test func othersAppendWhileArchivesAreWritten() throws {
        let disk = MemoryDisk()
        let workspace = try Workspace.inMemory([], disk)
        let ledger = try Ledger(opening: workspace)
        try ledger.add(CompactionTests.events("a") + CompactionTests.events("b", isEnded: false))
        try ledger.add(CompactionTests.events("c"))
        let before = ledger.lastSeq
        let archives = Mutex(0)
        disk.onRename.withLock { body in
            body = { path in
                guard path.hasSuffix("/ledger.jsonl") else { return }
                archives.withLock { $0 += 1 }
                #expect(!disk.isLocked(workspace.lock))
                #expect(throws: Never.self) {
                    let other = try Ledger(opening: workspace)
                    if path == workspace.archive(CompactionTests.run("c")) {
                        try other.add([.runReopened(.init(run: CompactionTests.run("a")))])
                    }
                    try other.add([Self.requeued("b")])
                }
            }
        }
        let compaction = try ledger.compact(at: Samples.time)
        #expect(archives.withLock { $0 } == 2)
        #expect(compaction.archived == [CompactionTests.run("c")])
        #expect(compaction.kept == ["a", "b"].map(CompactionTests.run))
        #expect(compaction.records == 5)
        #expect(ledger.lastSeq == before + 3)
        #expect(ledger.state.liveRunCount == 2)
        let opened = try Ledger(opening: workspace)
        #expect(opened.damage == [])
        #expect(try CompactionTests.told(opened) == CompactionTests.told(ledger))
        #expect(try opened.records(of: CompactionTests.run("a")).count == 6)
    }

    /// A compaction is killed at each of its steps; who goes on in its ledger, or opens it, writes something durable, and
    /// then the power fails.
    @Test(arguments: [false, true]) func whatIsDurableAfterAKilledCompactionStays(isOpenBefore: Bool) throws {
        var steps = 0
        while true {
            let disk = MemoryDisk()
            let workspace = try Workspace.inMemory(CompactionTests.mixed, disk)
            let compacting = try Ledger(opening: workspace)
            let early = isOpenBefore ? try Ledger(opening: workspace) : nil
            disk.state.withLock { $0.stepsLeft = steps }
            let compaction = try? compacting.compact(at: Samples.time)
            disk.goOn()
            let other = try early ?? Ledger(opening: workspace)
            let written = try other.append([Self.requeued("b")], durable: true, at: Samples.time).written
            let told = try CompactionTests.told(other)
            let found = try Ledger(opening: Workspace(root: "/w", disk: disk.afterCrash(isLucky: false)))
            #expect(found.lastSeq == written.last?.seq, "step \(steps)")
            #expect(try CompactionTests.told(found) == told, "step \(steps)")
            if compaction != nil { break }
            steps += 1
        }
        #expect(steps > 15)
    }

    /// Where a directory cannot be synced, its names may not be there after a crash: nothing is done on the strength of them.
    @Test func aDirectoryThatCannotBeSyncedIsTold() throws {
        let disk = MemoryDisk()
        let workspace = try Workspace.inMemory(CompactionTests.mixed, disk)
        let (ledger, other) = (try Ledger(opening: workspace), try Ledger(opening: workspace))
        let bytes = disk.bytes(workspace.ledger)
        disk.state.withLock { $0.directoryFailure = LedgerError(.system, "input/output error") }
        let failure = #expect(throws: LedgerError.self) { try ledger.compact(at: Samples.time) }
        #expect(failure?.code == .system)
        #expect(disk.bytes(workspace.ledger) == bytes)
        let refusal = #expect(throws: LedgerError.self) { try other.sync() }
        #expect(refusal?.code == .syncFailed)
        #expect(throws: LedgerError.self) { try other.add([Self.requeued("b")]) }
    }

    /// A second compaction of a run dies at each of its steps; the one after it puts no record into the archive twice.
    @Test func noRecordIsArchivedTwice() throws {
        let start = MemoryDisk()
        let a = CompactionTests.run("a")
        let workspace = try Workspace.inMemory([], start)
        let ledger = try Ledger(opening: workspace)
        try ledger.add(CompactionTests.events("a") + CompactionTests.events("b", isEnded: false))
        _ = try ledger.compact(at: Samples.time)
        try ledger.add([.runReopened(.init(run: a))] + CompactionTests.events("a").suffix(1))
        try ledger.sync()
        for isSealed in [true, false] {
            for steps in 0..<40 {
                let disk = MemoryDisk(start.state.withLock { $0 })
                let workspace = Workspace(root: "/w", disk: disk)
                let first = try Ledger(opening: workspace)
                if !isSealed { first.fold.forgetSeal(of: a) }
                disk.state.withLock { $0.stepsLeft = steps }
                _ = try? first.compact(at: Samples.time)
                let found = Workspace(root: "/w", disk: disk.afterCrash(isLucky: true))
                let second = try Ledger(opening: found)
                if !isSealed { second.fold.forgetSeal(of: a) }
                _ = try second.compact(at: Samples.time)
                let archive = try found.disk.open(found.archive(a), .read).readAll()
                let numbers = Piece.all(of: archive).compactMap(\.record?.seq)
                #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count, "step \(steps): \(numbers)")
                #expect(numbers.count == 7)
            }
        }
    }
}

extension LedgerFold {
    /// Takes a run's archive for one of an earlier version.
    fileprivate mutating func forgetSeal(of run: RunID) {
        guard var summary = state.summary(run) else { return }
        summary.seal = nil
        var other = WorkspaceState()
        for each in state.summaries {
            if let live = state.live(each.id) {
                other.restore(live)
            } else {
                other.restore(each.id == run ? summary : each)
            }
        }
        state = other
    }
}
