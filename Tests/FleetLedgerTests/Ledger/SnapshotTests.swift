import FleetCore
import Foundation
import LedgerSamples
import Testing

@testable import FleetLedger

/// The replay shortcut: with it and without it, the ledger tells the same.
@Suite struct SnapshotTests {
    /// Checks that a ledger tells the same with its snapshot and without it, and returns whether it was used.
    @discardableResult
    private func check(_ workspace: Workspace, _ comment: Comment? = nil) throws -> Bool {
        let with = try Ledger(opening: workspace)
        let snapshot = try Files.read(workspace.snapshot)
        Directory.remove(workspace.snapshot)
        let without = try Ledger(opening: workspace)
        try Files.write(snapshot, to: workspace.snapshot)
        #expect(with.state == without.state, comment)
        #expect(with.damage == without.damage, comment)
        #expect(with.lastSeq == without.lastSeq, comment)
        #expect(with.unfinished == without.unfinished, comment)
        #expect(with.fold.position == without.fold.position, comment)
        #expect(with.fold.lines == without.fold.lines, comment)
        #expect(with.fold.nextSeq == without.fold.nextSeq, comment)
        #expect(!without.startedFromSnapshot)
        return with.startedFromSnapshot
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func stateIsTheSameWithAndWithoutIt(seed: UInt64) throws {
        try withWorkspace { workspace in
            var history = RandomHistory(seed: seed)
            let ledger = try Ledger(opening: workspace)
            try ledger.add(RandomHistory.beginning)
            for _ in 0..<12 {
                try ledger.add(history.next(15))
                #expect(try ledger.writeSnapshot())
                #expect(try check(workspace, "seed \(seed)"))
                try ledger.add(history.next(9))
                #expect(try check(workspace, "seed \(seed)"))
            }
        }
    }

    @Test func instanceThatBeganWithItGoesOn() throws {
        try withWorkspace { workspace in
            var history = RandomHistory(seed: 9)
            let ledger = try Ledger(opening: workspace)
            try ledger.add(RandomHistory.beginning + history.next(60))
            #expect(try ledger.writeSnapshot())
            let short = try Ledger(opening: workspace)
            for _ in 0..<40 {
                let written = try short.add(history.next(3))
                #expect(try ledger.refresh() == written)
                #expect(short.state == ledger.state)
            }
            for run in ledger.state.runIDs { #expect(try short.loadRun(run) == ledger.loadRun(run)) }
            #expect(try short.writeSnapshot())
            #expect(try check(workspace))
        }
    }

    @Test func emptyLedgerHasNone() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            #expect(try ledger.writeSnapshot() == false)
            #expect(!Files.exists(workspace.snapshot))
        }
    }

    @Test func damageIsInIt() throws {
        try withWorkspace { workspace in
            var lines = Samples.lines(Samples.smallRun)
            lines.insert(Array("garbage\n".utf8), at: 4)
            lines.insert([0, 0, 10], at: 6)
            lines.append(lines[2])
            lines.append(Array("more\n".utf8))
            try Files.write(Array(lines.joined()) + Array("torn".utf8), to: workspace.ledger)
            let ledger = try Ledger(opening: workspace)
            #expect(ledger.damage.count == 4)
            #expect(try ledger.writeSnapshot())
            #expect(try check(workspace))
        }
    }

    @Test func mayDriveIsInIt() throws {
        try withWorkspace { workspace in
            let critical = #"{"v":1,"seq":10,"time":"2025-10-09T08:53:20.123Z","type":"x","critical":true"#
            let bytes =
                Array(Samples.lines(Samples.smallRun).joined()) + RecordTests.sealed(Array(critical.utf8)) + [10]
            try Files.write(bytes, to: workspace.ledger)
            #expect(try Ledger(opening: workspace).writeSnapshot())
            #expect(try check(workspace))
            #expect(try !Ledger(opening: workspace).state.mayDrive)
        }
    }

    // MARK: One that does not belong to the ledger as it is

    @Test func everyFlippedByteIsNoticed() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            let ended = Event.runFinished(
                .init(run: Samples.run, status: .failed, tasks: Tally(total: 2, passed: 0), seconds: 1)
            )
            let live = RunID(unchecked: "live")
            try ledger.add(
                Samples.smallRun + [
                    ended, .runCreated(.init(run: live, name: "n", specDigest: "", taskCount: 1)),
                    .taskEnqueued(.init(run: live, task: Samples.task)),
                ]
            )
            #expect(try ledger.writeSnapshot())
            let snapshot = try Files.read(workspace.snapshot)
            for place in Places.of(snapshot, every: 7) {
                var flipped = snapshot
                flipped[place] ^= 1 << UInt8(place % 8)
                try Files.write(flipped, to: workspace.snapshot)
                let again = try Ledger(opening: workspace)
                #expect(again.state == ledger.state, "byte \(place)")
                #expect(!again.startedFromSnapshot, "byte \(place)")
            }
            for length in 0..<snapshot.count {
                try Files.write(Array(snapshot.prefix(length)), to: workspace.snapshot)
                #expect(try !Ledger(opening: workspace).startedFromSnapshot, "length \(length)")
            }
            try Files.write(snapshot + snapshot, to: workspace.snapshot)
            #expect(try !Ledger(opening: workspace).startedFromSnapshot)
            try Files.write(snapshot, to: workspace.snapshot)
            #expect(try Ledger(opening: workspace).startedFromSnapshot)
        }
    }

    @Test func oneOfAnotherFileIsIgnored() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            #expect(try ledger.writeSnapshot())
            try Files.write(try Files.read(workspace.ledger), to: workspace.ledger + ".copy")
            try Directory.rename(workspace.ledger + ".copy", to: workspace.ledger)
            #expect(try check(workspace) == false)
        }
    }

    @Test func oneWhoseLastRecordIsNotThereIsIgnored() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            #expect(try ledger.writeSnapshot())
            let whole = try Files.read(workspace.ledger)
            let file = try File(workspace.ledger, .update)
            try file.truncate(to: Int64(whole.count - 1))
            #expect(try check(workspace) == false)
            try file.truncate(to: Int64(whole.count / 2))
            #expect(try check(workspace) == false)
            // It has grown beyond the place again, with other records.
            try file.truncate(to: 0)
            try file.write(Array(Samples.lines(Samples.events).joined()))
            #expect(try check(workspace) == false)
        }
    }

    @Test(arguments: ["", "\n", "hello\n", "{\"v\":1}\n"]) func otherContentIsIgnored(_ text: String) throws {
        try withWorkspace { workspace in
            try Ledger(opening: workspace).add(Samples.smallRun)
            try Files.write(Array(text.utf8), to: workspace.snapshot)
            #expect(try check(workspace) == false)
        }
    }

    /// A file of a terabyte in its place costs no memory.
    @Test func enormousFileIsIgnored() throws {
        try withWorkspace { workspace in
            try Ledger(opening: workspace).add(Samples.smallRun)
            try File(workspace.snapshot, .update, .ifMissing).truncate(to: 1 << 40)
            #expect(try !Ledger(opening: workspace).startedFromSnapshot)
        }
    }

    // MARK: Writing

    @Test func oneWriterIsEnough() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            let draft = try File(workspace.snapshot + ".new", .update, .ifMissing)
            try draft.lock()
            #expect(try ledger.writeSnapshot() == false)
            draft.unlock()
            #expect(try ledger.writeSnapshot())
            #expect(try Files.mode(workspace.snapshot) == 0o600)
            #expect(try Files.names(in: workspace.fleet) == ["snapshot", "workspace"])
        }
    }

    /// Worth writing where it saves the reading of many records.
    @Test func isWrittenWhereItSavesMuch() throws {
        try withWorkspace { workspace in
            let file = try File(workspace.ledger, .append)
            try LedgerGenerator(endedRuns: 10, liveRuns: 1, tasksPerRun: 550).write { try file.write($0) }
            let ledger = try Ledger(opening: workspace)
            #expect(ledger.damage == [])
            #expect(ledger.state.endedRecords > Ledger.usefulSavings)
            #expect(ledger.writeSnapshotIfUseful())
            #expect(!ledger.writeSnapshotIfUseful())
            #expect(try check(workspace))
            #expect(!(try Ledger(opening: workspace).writeSnapshotIfUseful()))
        }
    }

    private func fill(_ workspace: Workspace) throws {
        let file = try File(workspace.ledger, .append)
        try LedgerGenerator(endedRuns: 4, liveRuns: 1, tasksPerRun: 20).write { try file.write($0) }
    }

    @Test func readerThatHadToReadMuchWritesIt() throws {
        try withWorkspace { workspace in
            try fill(workspace)
            let reader = try Ledger(opening: workspace)
            let records = reader.state.endedRecords
            #expect(!reader.writeSnapshotAsReader())
            #expect(!reader.writeSnapshotAsReader(saving: records + 1))
            #expect(!Files.exists(workspace.snapshot))
            #expect(reader.writeSnapshotAsReader(saving: records))
            #expect(try check(workspace))
            // One is enough for all who come after.
            #expect(!reader.writeSnapshotAsReader(saving: records))
            #expect(try !Ledger(opening: workspace).writeSnapshotAsReader(saving: records))
        }
    }

    @Test func readerLeavesItWhileSomebodyAppends() throws {
        try withWorkspace { workspace in
            try fill(workspace)
            let reader = try Ledger(opening: workspace)
            let writer = try File(workspace.lock, .append)
            try writer.lock()
            #expect(!reader.writeSnapshotAsReader(saving: 1))
            writer.unlock()
            #expect(reader.writeSnapshotAsReader(saving: 1))
        }
    }

    @Test(.enabled(if: geteuid() == 0, "needs root")) func readerLeavesAnotherUsersWorkspaceAlone() throws {
        try withWorkspace { workspace in
            try fill(workspace)
            try #require(chown(workspace.ledger, 65_534, 65_534) == 0)
            #expect(try !Ledger(opening: workspace).writeSnapshotAsReader(saving: 1))
            #expect(!Files.exists(workspace.snapshot))
        }
    }

    @Test(.enabled(if: Mounts.areAllowed, "needs the right to mount"), arguments: [true, false])
    func readerMayFailToWriteIt(isReadOnly: Bool) throws {
        try Mounts.withWorkspace(kibibytes: 1_024) { workspace in
            try fill(workspace)
            if isReadOnly { try Mounts.remount(workspace, readOnly: true) } else { _ = try Mounts.fill(workspace) }
            let reader = try Ledger(opening: workspace)
            #expect(!reader.writeSnapshotAsReader(saving: 1))
            #expect(try Files.names(in: workspace.fleet) == ["workspace"])
        }
    }

    @Test func isNotWrittenWhereItSavesLittle() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            #expect(!ledger.writeSnapshotIfUseful())
            #expect(!Files.exists(workspace.snapshot))
        }
    }
}
