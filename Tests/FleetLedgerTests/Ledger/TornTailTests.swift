import FleetCore
import Testing

@testable import FleetLedger

/// A last line that a writer did not finish.
@Suite struct TornTailTests {
    @Test func tailIsKeptAsideAtEveryLength() throws {
        let bytes = Array(Samples.lines(Samples.smallRun).joined())
        try withWorkspace { workspace in
            for length in 0...bytes.count {
                let cut = Array(bytes.prefix(length))
                try Files.write(cut, to: workspace.ledger)
                let pieces = Piece.all(of: cut)
                let whole = pieces.compactMap(\.record)
                let tail = pieces.last.flatMap { $0.isWhole ? nil : $0.bytes } ?? []
                let ledger = try Ledger(opening: workspace)
                #expect(ledger.unfinished == Int64(tail.count))
                #expect(ledger.damage == [])
                #expect(ledger.state == .fold(whole))
                // Who only reads changes nothing.
                #expect(try Files.read(workspace.ledger) == cut)
                let added = try ledger.add([.runReopened(.init(run: Samples.run))])
                #expect(added.map(\.seq) == [Int64(whole.count) + 1])
                let aside = workspace.ledger + ".torn-1"
                #expect(ledger.unfinished == 0)
                if tail.isEmpty {
                    #expect(ledger.damage == [])
                    #expect(!Files.exists(aside))
                } else {
                    #expect(
                        ledger.damage == [
                            LedgerDamage(
                                line: whole.count + 1,
                                offset: Int64(length - tail.count),
                                length: Int64(tail.count),
                                kind: .tornTail(movedTo: aside)
                            )
                        ]
                    )
                    #expect(try Files.read(aside) == tail)
                    #expect(try Files.mode(aside) == 0o600)
                    Directory.remove(aside)
                }
                let again = try Ledger(opening: workspace)
                #expect(again.damage == [])
                #expect(try again.allRecords() == whole + added)
            }
        }
    }

    /// Whoever reads tells of it, and leaves it where it is.
    @Test func readerTellsOfIt() throws {
        try withWorkspace { workspace in
            try Ledger(opening: workspace).add(Samples.smallRun)
            let whole = try Files.read(workspace.ledger)
            #expect(try Ledger(opening: workspace).tornTail() == nil)
            for tail in [Array("torn".utf8), [0, 0, 0]] {
                try Files.write(whole + tail, to: workspace.ledger)
                let damage = try Ledger(opening: workspace).tornTail()
                #expect(damage?.offset == Int64(whole.count))
                #expect(damage?.length == Int64(tail.count))
                #expect(damage?.kind == .tornTail(movedTo: nil))
                #expect(try Files.read(workspace.ledger) == whole + tail)
            }
        }
    }

    /// What a writer has not finished yet is no damage.
    @Test func writerAtWorkIsNoTornTail() throws {
        try withWorkspace { workspace in
            try Ledger(opening: workspace).add(Samples.smallRun)
            let whole = try Files.read(workspace.ledger)
            let writer = try File(workspace.lock, .append)
            try writer.lock()
            try Files.write(whole.dropLast(), to: workspace.ledger)
            let reader = try Ledger(opening: workspace)
            #expect(reader.unfinished > 0)
            #expect(reader.tornTail() == nil)
            try Files.write(whole, to: workspace.ledger)
            writer.unlock()
            #expect(reader.tornTail() == nil)
            #expect(reader.unfinished == 0)
        }
    }

    @Test func eachTailHasAFileOfItsOwn() throws {
        try withWorkspace { workspace in
            try Ledger(opening: workspace).add(Samples.smallRun)
            for number in 1...3 {
                let torn = try Files.read(workspace.ledger) + Array("torn \(number)".utf8)
                try Files.write(torn, to: workspace.ledger)
                try Ledger(opening: workspace).add(Samples.smallRun)
                #expect(try Files.read(workspace.ledger + ".torn-\(number)") == Array("torn \(number)".utf8))
            }
            #expect(try Ledger(opening: workspace).damage.isEmpty)
        }
    }

    @Test func tailLongerThanAPieceIsKeptWhole() throws {
        try withWorkspace { workspace in
            let tail = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 % 251 + 11) }
            try Files.write(Samples.lines(Samples.smallRun).joined() + tail, to: workspace.ledger)
            try Ledger(opening: workspace).add([.runReopened(.init(run: Samples.run))])
            #expect(try Files.read(workspace.ledger + ".torn-1") == tail)
        }
    }

    /// A writer at work, seen by a reader between its two halves.
    @Test func halfWrittenLineIsReadOnceItIsWhole() throws {
        try withWorkspace { workspace in
            let lines = Samples.lines(Samples.smallRun)
            let whole = Array(lines.joined())
            let reader = try Ledger(opening: workspace)
            var seen: [Int64] = []
            for length in Places.of(whole, every: 151) {
                try overwrite(workspace.ledger, with: Array(whole.prefix(length)))
                seen += try reader.refresh().map(\.seq)
                #expect(reader.damage == [])
            }
            try overwrite(workspace.ledger, with: whole)
            seen += try reader.refresh().map(\.seq)
            #expect(seen == Array(1...Int64(lines.count)))
            #expect(reader.generation == 0)
        }
    }

    private func overwrite(_ path: String, with bytes: [UInt8]) throws {
        let file = try File(path, .update)
        try file.write(bytes)
        try file.truncate(to: Int64(bytes.count))
    }
}
