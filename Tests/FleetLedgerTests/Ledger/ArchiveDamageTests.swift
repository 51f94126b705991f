import FleetCore
import TestSupport
import Testing

@testable import FleetLedger

/// Archives that are missing or damaged: that is told, and concerns the one run alone.
@Suite struct ArchiveDamageTests {
    private static let (a, b) = (CompactionTests.run("a"), CompactionTests.run("b"))

    /// A workspace with two archived runs, a and b.
    private func withArchives(_ body: (Workspace, Ledger) throws -> Void) throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(CompactionTests.events("a") + CompactionTests.events("b"))
            #expect(try ledger.compact(at: Samples.time).archived == [Self.a, Self.b])
            try body(workspace, ledger)
        }
    }

    /// What is told of a run's archive; a sentence where it cannot be read at all.
    private func told(_ ledger: Ledger, _ run: RunID = a) throws -> [String] {
        var damage: [String] = []
        do throws(LedgerError) {
            _ = try ledger.loadRun(run) { damage.append($0.description) }
        } catch {
            guard error.code == .archive else { throw error }
            damage.append(error.message)
        }
        return damage
    }

    @Test func aMissingArchiveIsNamedAndStopsNoCompaction() throws {
        try withArchives { workspace, ledger in
            Directory.remove(workspace.archive(Self.a))
            let error = #expect(throws: LedgerError.self) { try ledger.loadRun(Self.a) }
            #expect(error?.code == .archive && error?.message.contains("ledger.jsonl") == true)
            #expect(try told(ledger, Self.b) == [])
            try ledger.add(CompactionTests.events("c"))
            #expect(try ledger.compact(at: Samples.time).archived == [CompactionTests.run("c")])
            let opened = try Ledger(opening: workspace)
            #expect(opened.damage == [])
            #expect(opened.state.summary(Self.a)?.status == .completed)
        }
    }

    /// However much else is damaged: of a state without that run's past, no snapshot is written.
    @Test func theMissingArchiveIsKnownBesideAThousandDamages() throws {
        try withArchives { workspace, ledger in
            try File(workspace.ledger, .append).write([UInt8](repeating: 10, count: 2_000))
            Directory.remove(workspace.archive(Self.a))
            try ledger.add([.runReopened(.init(run: Self.a))])
            for it in [ledger, try Ledger(opening: workspace)] {
                #expect(it.damageCount >= 2_001)
                #expect(try !it.writeSnapshot())
            }
        }
    }

    /// The run goes on in the ledger, and what came before cannot be had.
    @Test func theMissingArchiveOfAReopenedRunIsDamageOfThatRun() throws {
        try withArchives { workspace, ledger in
            let other = try Ledger(opening: workspace)
            let archive = try Files.read(workspace.archive(Self.a))
            Directory.remove(workspace.archive(Self.a))
            try ledger.add([.runReopened(.init(run: Self.a))] + CompactionTests.events("c"))
            try other.refresh()
            for it in [ledger, other, try Ledger(opening: workspace)] {
                #expect(it.damage.count == 1)
                #expect(it.damage.first?.description.contains("fleet/a/ledger.jsonl") == true)
                #expect(it.damage.first?.line == 4)
                #expect(it.state.summary(Self.a)?.status == .completed)
                #expect(try told(it).count == 1)
                #expect(try told(it, Self.b) == [])
                try it.add([.taskRequeued(.init(run: Self.b, task: CompactionTests.task, reason: "x"))])
                #expect(try !it.writeSnapshot())
            }
            let compaction = try other.compact(at: Samples.time)
            #expect(compaction.archived.contains(CompactionTests.run("c")))
            #expect(compaction.kept == [Self.a])
            // Put back, it is told as ever.
            try Files.write(archive, to: workspace.archive(Self.a))
            let opened = try Ledger(opening: workspace)
            #expect(opened.damage == [])
            #expect(opened.state.live(Self.a)?.tasks.count == 1)
        }
    }

    /// A byte is changed, at many places: it is never silent, and what is before and after it is kept.
    @Test func everyChangedByteIsTold() throws {
        try withArchives { workspace, ledger in
            let path = workspace.archive(Self.a)
            let whole = try Files.read(path)
            for place in Places.of(whole, every: 7) {
                var bytes = whole
                bytes[place] ^= 0x04
                try Files.write(bytes, to: path)
                #expect(try !told(ledger).isEmpty, "byte \(place)")
                #expect(try ledger.records(of: Self.a).count >= 3, "byte \(place)")
            }
            try Files.write(whole, to: path)
            #expect(try told(ledger) == [])
        }
    }

    @Test func damageIsToldWithItsPlaceAndTheLedgersWordOfTheEnd() throws {
        try withArchives { workspace, ledger in
            let path = workspace.archive(Self.a)
            let pieces = Piece.all(of: try Files.read(path))
            var bytes = pieces.flatMap(\.bytes)
            bytes[pieces[3].offset + 30] ^= 0x04
            try Files.write(bytes, to: path)
            let sentences = try told(ledger)
            #expect(sentences.count == 3)
            #expect(sentences.first?.hasPrefix("\(path): line 4 (byte \(pieces[3].offset)): the checksum") == true)
            #expect(sentences.dropFirst().first?.contains("5 records were moved there, 4 can be read") == true)
            #expect(sentences.last?.contains("the ledger says that run a is completed, with 1 passed") == true)
        }
    }

    /// Whole lines are lost, put twice, or come from elsewhere.
    @Test(arguments: ["", "0", "0123", "01234X", "0124", "12340", "B"]) func otherLinesAreTold(_ lines: String) throws {
        try withArchives { workspace, ledger in
            let path = workspace.archive(Self.a)
            let pieces = Piece.all(of: try Files.read(path)).map(\.bytes)
            let other = Piece.all(of: try Files.read(workspace.archive(Self.b))).map(\.bytes)
            let bytes = lines.flatMap { name -> [UInt8] in
                if name == "B" { return other.flatMap(\.self) }
                return Int(String(name)).map { pieces[$0] } ?? Array("torn".utf8)
            }
            try Files.write(bytes, to: path)
            // What a compaction that was broken off has added is no damage.
            #expect(try told(ledger).isEmpty == (lines == "01234X"), "\(lines)")
        }
    }

    /// A run that went on and ended again is not moved onto an archive that is not whole: that would hide it.
    @Test func aDamagedArchiveIsNotAddedTo() throws {
        try withArchives { workspace, ledger in
            try ledger.add([.runReopened(.init(run: Self.a))] + CompactionTests.events("a").suffix(1))
            var bytes = try Files.read(workspace.archive(Self.a))
            bytes[bytes.count / 2] ^= 0x04
            try Files.write(bytes, to: workspace.archive(Self.a))
            #expect(try ledger.compact(at: Samples.time).kept == [Self.a])
            #expect(try Files.read(workspace.archive(Self.a)) == bytes)
            let damage = try Ledger(opening: workspace).damage
            #expect(damage.contains { $0.description.contains("fleet/a/ledger.jsonl: line 3") })
        }
    }

    /// Earlier versions wrote no seal.
    @Test func aLineWithoutASealIsRead() throws {
        try withArchives { workspace, ledger in
            var lines: [[UInt8]] = []
            for piece in Piece.all(of: try Files.read(workspace.ledger)) {
                guard let record = piece.record, let run = record.event.run, var summary = ledger.state.summary(run)
                else {
                    lines.append(piece.bytes)
                    continue
                }
                #expect(summary.seal?.records == 5)
                summary.seal = nil
                lines.append(ArchiveLine.line(summary, seq: record.seq))
            }
            try Files.write(lines.flatMap(\.self), to: workspace.ledger)
            let opened = try Ledger(opening: workspace)
            #expect(opened.damage == [])
            #expect(opened.state.summary(Self.a)?.seal == nil)
            #expect(try CompactionTests.told(opened) == CompactionTests.told(ledger))
            try opened.add([.runReopened(.init(run: Self.a))] + CompactionTests.events("a").suffix(1))
            #expect(try opened.compact(at: Samples.time).archived == [Self.a])
            #expect(opened.state.summary(Self.a)?.seal?.records == 7)
            #expect(try told(opened) == [])
        }
    }
}
