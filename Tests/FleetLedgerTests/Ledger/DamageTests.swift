import FleetCore
import TestSupport
import Testing

@testable import FleetLedger

/// Ledgers that something has happened to: they are opened, what is whole is kept, what is not is named.
@Suite struct DamageTests {
    /// Opens a ledger with some content, checks what is kept and what is named, and appends to it.
    private func check(_ bytes: [UInt8], _ comment: Comment? = nil) throws {
        let disk = MemoryDisk()
        let workspace = try Workspace.inMemory(bytes, disk)
        let pieces = Piece.all(of: bytes)
        var whole: [LedgerRecord] = []
        var damaged: [Piece] = []
        for piece in pieces where piece.isWhole {
            if let record = piece.record, record.seq > whole.last?.seq ?? 0 {
                whole.append(record)
            } else {
                damaged.append(piece)
            }
        }
        let ledger = try Ledger(opening: workspace)
        let named = ledger.damage.filter(\.namesBytes)
        let lacks = ledger.damage.count - named.count
        let isAllNamed = ledger.damage.count < LedgerFold.maximumDamage
        #expect(isAllNamed ? ledger.damageCount == damaged.count + lacks : ledger.damageCount >= damaged.count, comment)
        if !isAllNamed { damaged.removeLast(max(0, damaged.count - named.count)) }
        #expect(named.map(\.line) == damaged.map(\.line), comment)
        #expect(named.map(\.offset) == damaged.map { Int64($0.offset) }, comment)
        #expect(named.map(\.length) == damaged.map { Int64($0.bytes.count) }, comment)
        let tail = pieces.last.flatMap { $0.isWhole ? nil : $0 }?.bytes.count ?? 0
        #expect(ledger.unfinished == Int64(tail), comment)
        #expect(ledger.state == .fold(whole), comment)
        let added = try ledger.add([.taskRequeued(.init(run: Samples.run, task: Samples.task, reason: "added"))])
        #expect(added.first?.seq ?? 0 > whole.last?.seq ?? 0, comment)
        let again = try Ledger(opening: workspace)
        #expect(again.state == ledger.state, comment)
        #expect(again.damage.filter(\.namesBytes) == named, comment)
        #expect(disk.bytes(workspace.ledger)?.starts(with: bytes.dropLast(tail)) == true, comment)
        if tail > 0 { #expect(disk.bytes(workspace.ledger + ".torn-1") == bytes.suffix(tail), comment) }
    }

    @Test(arguments: [0x01, 0x80, 0xff] as [UInt8]) func everyFlippedByteIsNamedAndTheRestKept(mask: UInt8) throws {
        let bytes = Array(Samples.lines(Samples.smallRun).joined())
        for place in bytes.indices {
            var flipped = bytes
            flipped[place] ^= mask
            try check(flipped, "byte \(place)")
        }
    }

    @Test(arguments: [10, 0x22] as [UInt8]) func everyByteThatBecomesAnotherIsNamedAndTheRestKept(byte: UInt8) throws {
        let bytes = Array(Samples.lines(Samples.smallRun).joined())
        for place in bytes.indices where bytes[place] != byte {
            var changed = bytes
            changed[place] = byte
            try check(changed, "byte \(place)")
        }
    }

    @Test func everyBytePutInOrTakenOutIsNamedAndTheRestKept() throws {
        let bytes = Array(Samples.lines(Samples.smallRun).joined())
        for place in bytes.indices {
            var shorter = bytes
            shorter.remove(at: place)
            try check(shorter, "without byte \(place)")
            var longer = bytes
            longer.insert(bytes[place] ^ 0x15, at: place)
            try check(longer, "a byte before \(place)")
        }
    }

    @Test func everyPrefixAndEverySuffixAreNamedAndTheRestKept() throws {
        let bytes = Array(Samples.lines(Samples.smallRun).joined())
        let first = Array(Samples.lines(Array(Samples.smallRun.prefix(1))).joined())
        for place in bytes.indices {
            try check(Array(bytes[..<place]), "the first \(place)")
            // With a record before it, so that it is still a ledger.
            try check(first + bytes[place...], "all but the first \(place)")
        }
    }

    @Test(arguments: [1, 300]) func nulBlockAnywhereIsNamedAndTheRestKept(length: Int) throws {
        let bytes = Array(Samples.lines(Samples.smallRun).joined())
        for place in bytes.indices {
            var holed = bytes
            let end = min(bytes.count, place + length)
            holed.replaceSubrange(place..<end, with: repeatElement(0, count: end - place))
            try check(holed, "\(length) at \(place)")
        }
        // As a crashed file system leaves it: zeros after the end.
        try check(bytes + [UInt8](repeating: 0, count: length))
    }

    @Test func fileOfNULBytesIsAnUnfinishedLine() throws { try check([UInt8](repeating: 0, count: 4_096)) }

    @Test(arguments: 0..<4) func randomSplicesAreNamedAndTheRestKept(part: Int) throws {
        let seed = Thorough.seed &+ UInt64(part)
        let rounds = Thorough.rounds(250)
        print("\(rounds) spliced ledgers with CODEWHALE_TEST_SEED=\(seed)")
        var generator = SeededGenerator(seed: seed)
        // The first record is kept, so that it is still a ledger.
        let first = Samples.lines(Array(Samples.smallRun.prefix(1))).joined()
        let bytes = Array(Samples.lines(Samples.smallRun + Samples.events).joined())
        for round in 0..<rounds {
            let spliced = Mutation.splice(bytes, using: &generator)
            try check(first + spliced, "seed \(seed), round \(round)")
        }
    }

    @Test func missingRecordsAreNamedByTheirNumbers() throws {
        try withWorkspace { workspace in
            var lines = Samples.lines(Samples.smallRun)
            lines.removeSubrange(3..<5)
            try Files.write(Array(lines.joined()), to: workspace.ledger)
            let ledger = try Ledger(opening: workspace)
            #expect(ledger.damage.map(\.kind) == [.gap(expected: 4, found: 6)])
            #expect(
                ledger.damage.map(\.description) == [
                    "line 4 (byte \(lines[..<3].joined().count)): records 4 to 5 are missing"
                ]
            )
        }
    }

    @Test func repeatedRecordIsNotAppliedAgain() throws {
        try withWorkspace { workspace in
            let lines = Samples.lines(Samples.smallRun)
            try Files.write(Array((lines + lines.suffix(2)).joined()), to: workspace.ledger)
            let ledger = try Ledger(opening: workspace)
            #expect(ledger.damage.map(\.kind) == [.repeated(seq: 8), .repeated(seq: 9)])
            #expect(try ledger.add([.runReopened(.init(run: Samples.run))]).map(\.seq) == [10])
        }
    }

    @Test func damageIsToldInASentence() {
        func text(_ kind: LedgerDamage.Kind) -> String {
            LedgerDamage(line: 3, offset: 99, length: 7, kind: kind).description
        }
        #expect(text(.checksum) == "line 3 (byte 99): the checksum does not fit the record; 7 bytes skipped")
        #expect(text(.nulBytes) == "line 3 (byte 99): NUL bytes; 7 bytes skipped")
        #expect(text(.notARecord) == "line 3 (byte 99): not a record; 7 bytes skipped")
        #expect(text(.malformed("pid")) == "line 3 (byte 99): a record that cannot be understood (pid); skipped")
        #expect(text(.repeated(seq: 5)) == "line 3 (byte 99): record 5 again; skipped")
        #expect(text(.tornTail(movedTo: "/x")) == "line 3 (byte 99): an unfinished last line of 7 bytes, moved to /x")
        #expect(
            text(.tornTail(movedTo: nil))
                == "line 3 (byte 99): an unfinished last line of 7 bytes, which the next writer keeps aside"
        )
    }

    @Test func onlyAThousandDamagesAreNamedAndAllAreCounted() throws {
        try withWorkspace { workspace in
            let lines = Samples.lines(Samples.smallRun)
            let garbage = [UInt8](repeating: 10, count: 5_000)
            try Files.write(Array(lines[0] + garbage + lines[1...].joined() + garbage), to: workspace.ledger)
            let ledger = try Ledger(opening: workspace)
            #expect(ledger.damage.count == 1_000)
            #expect(ledger.damageCount == 10_000)
            #expect(ledger.lastSeq == Int64(lines.count))
            // Those that the snapshot covers are counted from it, those after it from the ledger.
            #expect(try ledger.writeSnapshot())
            let again = try Ledger(opening: workspace)
            #expect(again.startedFromSnapshot)
            #expect(again.damage == ledger.damage)
            #expect(again.damageCount == 10_000)
            try again.add([.runReopened(.init(run: Samples.run))])
            #expect(try again.writeSnapshot())
            #expect(try Ledger(opening: workspace).damageCount == 10_000)
        }
    }

    /// What was damaged while it was open is named at the next look; the number of looks does not matter.
    @Test func damageThatComesLaterIsNamed() throws {
        try withWorkspace { workspace in
            let lines = Samples.lines(Samples.smallRun)
            try Files.write(Array(lines[..<4].joined()), to: workspace.ledger)
            let ledger = try Ledger(opening: workspace)
            let file = try File(workspace.ledger, .append)
            try file.write(Array("garbage\n".utf8) + lines[4...].joined())
            #expect(try ledger.refresh().map(\.seq) == [5, 6, 7, 8, 9])
            #expect(ledger.damage.map(\.kind) == [.notARecord])
            #expect(try ledger.refresh() == [])
            #expect(ledger.damage.count == 1)
        }
    }
}
