import FleetCore
import Testing

@testable import FleetLedger

/// A ledger file that is replaced, or cut back, while it is open.
@Suite struct ReplacementTests {
    private static let reopened = Event.runReopened(.init(run: Samples.run))

    @Test func fileThatTookItsPlaceIsReadFromTheStart() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            let other = Array(Samples.lines(Array(Samples.smallRun.prefix(3))).joined())
            try Files.write(other, to: workspace.ledger + ".new")
            try Directory.rename(workspace.ledger + ".new", to: workspace.ledger)
            #expect(try ledger.refresh() == [])
            #expect(ledger.generation == 1)
            #expect(ledger.lastSeq == 3)
            let added = try ledger.add([Self.reopened])
            #expect(added.map(\.seq) == [4])
            #expect(try Files.read(workspace.ledger).starts(with: other))
            #expect(try Ledger(opening: workspace).state == ledger.state)
        }
    }

    /// As compaction does it: another file with the same records and more.
    @Test func whatIsNewInTheFileThatTookItsPlaceIsTold() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            try Files.write(
                Array(Samples.lines(Samples.smallRun + [Self.reopened]).joined()),
                to: workspace.ledger + ".new"
            )
            try Directory.rename(workspace.ledger + ".new", to: workspace.ledger)
            #expect(try ledger.refresh().map(\.seq) == [10])
            #expect(ledger.generation == 1)
        }
    }

    /// A writer that found the disk full takes back what a reader has seen already.
    @Test func recordsThatWereTakenBackAreForgotten() throws {
        try withWorkspace { workspace in
            let lines = Samples.lines(Samples.smallRun)
            try Files.write(Array(lines.joined()), to: workspace.ledger)
            let reader = try Ledger(opening: workspace)
            try File(workspace.ledger, .append).truncate(to: Int64(lines[..<6].joined().count))
            #expect(try reader.refresh() == [])
            #expect(reader.lastSeq == 6)
            #expect(reader.generation == 1)
            // Others of the same number and length come in their place.
            let others = Samples.lines(
                [
                    .taskLeased(
                        .init(
                            run: Samples.run,
                            task: TaskID(unchecked: "t2"),
                            attempt: 7,
                            worker: Samples.worker,
                            nonce: "n2"
                        )
                    )
                ],
                from: 7
            )
            try Files.write(Array((lines[..<6] + others).joined()), to: workspace.ledger)
            #expect(try reader.refresh().map(\.seq) == [7])
            #expect(try Ledger(opening: workspace).state == reader.state)
        }
    }

    /// What it took back may have been read in part, and then the next record begins amid what was read.
    @Test(arguments: [0, 2_000]) func halfARecordThatWasTakenBackIsForgotten(damages: Int) throws {
        try withWorkspace { workspace in
            let lines = Samples.lines(Samples.smallRun)
            let start = Array(lines[0] + [UInt8](repeating: 10, count: damages) + lines[1..<6].joined())
            try Files.write(start, to: workspace.ledger)
            let reader = try Ledger(opening: workspace)
            #expect(reader.damageCount == damages)
            let file = try File(workspace.ledger, .append)
            // Two lines that nobody can read, as blocks of a write that did not reach the disk leave them.
            try file.write(Array("\0\0\0\n\0\n".utf8))
            try reader.refresh()
            try file.truncate(to: Int64(start.count))
            try file.write(Array(lines[6...].joined()))
            #expect(try reader.refresh().map(\.seq) == [7, 8, 9])
            #expect(reader.damageCount == damages)
            #expect(try Ledger(opening: workspace).state == reader.state)
        }
    }

    @Test func recordOfTheSameLengthInPlaceOfTheLastIsSeen() throws {
        try withWorkspace { workspace in
            func lease(_ nonce: String) -> [Event] {
                Array(Samples.smallRun.prefix(3))
                    + [
                        .taskLeased(
                            .init(
                                run: Samples.run,
                                task: Samples.task,
                                attempt: 1,
                                worker: Samples.worker,
                                nonce: nonce
                            )
                        )
                    ]
            }
            try Files.write(Array(Samples.lines(lease("n1")).joined()), to: workspace.ledger)
            let reader = try Ledger(opening: workspace)
            let file = try File(workspace.ledger, .update)
            try file.write(Array(Samples.lines(lease("n2")).joined()))
            try reader.refresh()
            #expect(reader.state.live(Samples.run)?.openAttempts.map(\.attempt.nonce) == ["n2"])
            #expect(reader.generation == 1)
        }
    }

    @Test func lockFileThatWasRemovedIsMadeAgain() throws {
        try withWorkspace { workspace in
            let (first, second) = (try Ledger(opening: workspace), try Ledger(opening: workspace))
            try first.add(Samples.smallRun)
            Directory.remove(workspace.lock)
            try second.add([Self.reopened])
            try first.add([Self.reopened])
            #expect(try Ledger(opening: workspace).lastSeq == 11)
            #expect(Files.exists(workspace.lock))
        }
    }
}
