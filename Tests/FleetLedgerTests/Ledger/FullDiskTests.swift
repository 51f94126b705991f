import FleetCore
import Testing

@testable import FleetLedger

/// A file system that is full: nothing is lost, and it works again when there is room.
@Suite(.enabled(if: Mounts.areAllowed, "needs the right to mount")) struct FullDiskTests {
    private static func note(_ size: Int) -> Event {
        .taskRequeued(.init(run: Samples.run, task: Samples.task, reason: String(repeating: "x", count: size)))
    }

    @Test(arguments: [10, 700, 20_000]) func appendFailsAndWorksAgainWhenThereIsRoom(size: Int) throws {
        try Mounts.withWorkspace(kibibytes: 256) { workspace in
            let ledger = try Ledger(opening: workspace)
            var written = try ledger.add(Samples.smallRun)
            let filler = try Mounts.fill(workspace)
            var failure: LedgerError?
            while failure == nil {
                do throws(LedgerError) {
                    written += try ledger.add([Self.note(size), Self.note(size)])
                } catch {
                    failure = error
                }
            }
            #expect(failure?.code == .full)
            #expect(failure?.hint?.contains("nothing was lost") == true)
            let again = try Ledger(opening: workspace)
            #expect(try again.allRecords() == written)
            #expect(again.unfinished == 0)
            #expect(again.damage == [])
            #expect(again.state == ledger.state)
            Directory.remove(filler)
            written += try ledger.add([Self.note(size)])
            #expect(try ledger.append([Self.note(1)], durable: true, at: Samples.time).wasAppended)
            #expect(try Ledger(opening: workspace).lastSeq == written.last.map { $0.seq + 1 })
            #expect(ledger.damage == [])
        }
    }

    @Test func tornTailStaysWhereItIsUntilThereIsRoom() throws {
        try Mounts.withWorkspace(kibibytes: 256) { workspace in
            try Ledger(opening: workspace).add(Samples.smallRun)
            let tail = [UInt8](repeating: UInt8(ascii: "t"), count: 10_000)
            try File(workspace.ledger, .append).write(tail)
            let before = try Files.read(workspace.ledger)
            let filler = try Mounts.fill(workspace)
            let ledger = try Ledger(opening: workspace)
            let error = try #require(throws: LedgerError.self) { try ledger.add([Self.note(1)]) }
            #expect(error.code == .full)
            #expect(try Files.read(workspace.ledger) == before)
            #expect(!Files.exists(workspace.ledger + ".torn-1"))
            Directory.remove(filler)
            try ledger.add([Self.note(1)])
            #expect(try Files.read(workspace.ledger + ".torn-1") == tail)
        }
    }

    @Test func snapshotThatDoesNotFitLeavesNothing() throws {
        try Mounts.withWorkspace(kibibytes: 1_024) { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun + [Self.note(200_000)])
            let filler = try Mounts.fill(workspace)
            #expect(throws: LedgerError.self) { try ledger.writeSnapshot() }
            #expect(try Files.names(in: workspace.fleet) == ["workspace"])
            Directory.remove(filler)
            #expect(try ledger.writeSnapshot())
            #expect(try Files.names(in: workspace.fleet) == ["snapshot", "workspace"])
        }
    }

    @Test func initializingFailsAndCanBeRepeated() throws {
        try Mounts.withWorkspace(kibibytes: 64) { workspace in
            let inner = Workspace(root: workspace.root + "/inner")
            #expect(try Directory.make(inner.root))
            let filler = try Mounts.fill(workspace)
            let error = try #require(throws: LedgerError.self) { try inner.initialize() }
            #expect(error.code == .full)
            Directory.remove(filler)
            #expect(try inner.initialize())
            #expect(try inner.id().utf8.count == 16)
            #expect(try Files.names(in: inner.fleet) == ["workspace"])
        }
    }

    @Test func readOnlyFileSystemIsReadAndNotWritten() throws {
        try Mounts.withWorkspace(kibibytes: 256) { workspace in
            let written = try Ledger(opening: workspace).add(Samples.smallRun)
            let open = try Ledger(opening: workspace)
            try Mounts.remount(workspace, readOnly: true)
            let ledger = try Ledger(opening: workspace)
            #expect(try ledger.allRecords() == written)
            #expect(try ledger.refresh() == [])
            for ledger in [ledger, open] {
                let error = try #require(throws: LedgerError.self) { try ledger.add([Self.note(1)]) }
                #expect(error.code == .unwritable)
                #expect(error.hint == "use a workspace on a file system that can be written")
            }
            #expect(!ledger.writeSnapshotIfUseful())
            #expect(
                try #require(throws: LedgerError.self) { try RunLock.tryAcquire(workspace.root + "/l") }.code
                    == .unwritable
            )
            #expect(try workspace.initialize() == false)
            try Mounts.remount(workspace, readOnly: false)
            #expect(try ledger.add([Self.note(1)]).count == 1)
        }
    }
}
