import FleetCore
import Testing

@testable import FleetLedger

/// Records that a newer version wrote.
@Suite struct NewerVersionTests {
    private static let lines = Samples.lines(Samples.smallRun)

    private static func record(_ seq: Int, version: Int = 1, type: String = "task_praised", _ fields: String = "")
        -> [UInt8]
    {
        let head = "{\"v\":\(version),\"seq\":\(seq),\"time\":\"2025-10-09T08:53:20.123Z\",\"type\":\"\(type)\""
        return RecordTests.sealed(Array((head + ",\"run_id\":\"nightly-1\"" + fields).utf8)) + [10]
    }

    @Test func unknownRecordIsKeptAndSkipped() throws {
        try withWorkspace { workspace in
            let unknown = Self.record(10, ",\"by\":\"ann\",\"nested\":[{\"a\":\"}\"}]")
            try Files.write(Array(Self.lines.joined()) + unknown, to: workspace.ledger)
            let ledger = try Ledger(opening: workspace)
            #expect(ledger.damage == [])
            #expect(ledger.state.mayDrive)
            #expect(ledger.lastSeq == 10)
            let added = try ledger.add([.runReopened(.init(run: Samples.run))])
            #expect(added.map(\.seq) == [11])
            #expect(try Files.read(workspace.ledger).starts(with: Array(Self.lines.joined()) + unknown))
            let records = try Ledger(opening: workspace).records(of: Samples.run)
            #expect(records.map(\.seq) == Array(1...11))
            #expect(records[9].event.type == "task_praised")
            // Its place is the run's, so that a copy of the run has it as well.
            #expect(
                ledger.state.live(Samples.run)?.extent.upperBound == added.last.map { $0.offset + Int64($0.length) }
            )
        }
    }

    @Test(arguments: [
        record(10, ",\"critical\":true"), record(10, version: 2, type: "task_enqueued"),
        // A known type in another form: the checksum is right, so somebody meant it.
        record(10, type: "task_enqueued", ",\"tasks\":[]"),
    ])
    func criticalRecordForbidsWriting(_ line: [UInt8]) throws {
        try withWorkspace { workspace in
            let bytes = Array(Self.lines.joined()) + line
            try Files.write(bytes, to: workspace.ledger)
            let ledger = try Ledger(opening: workspace)
            #expect(!ledger.state.mayDrive)
            #expect(ledger.state.live(Samples.run)?.counts.total == 2)
            var wasAsked = false
            let error = try #require(throws: LedgerError.self) {
                try ledger.append(durable: true, at: Samples.time) { _ in
                    wasAsked = true
                    return [.runReopened(.init(run: Samples.run))]
                }
            }
            #expect(error.code == .newer)
            #expect(error.hint == "this version reads it, but writes nothing to it; use the newer one")
            #expect(!wasAsked)
            #expect(try Files.read(workspace.ledger) == bytes)
        }
    }

    @Test func criticalRecordThatComesLaterForbidsWriting() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            try File(workspace.ledger, .append).write(Self.record(10, ",\"critical\":true"))
            #expect(try #require(throws: LedgerError.self) { try ledger.add(Samples.smallRun) }.code == .newer)
        }
    }

    /// The torn tail of a newer version is its own to care for.
    @Test func nothingIsMovedWhereWritingIsForbidden() throws {
        try withWorkspace { workspace in
            let bytes = Array(Self.lines.joined()) + Self.record(10, ",\"critical\":true") + Array("{\"v\":2".utf8)
            try Files.write(bytes, to: workspace.ledger)
            let ledger = try Ledger(opening: workspace)
            #expect(throws: LedgerError.self) { try ledger.add(Samples.smallRun) }
            #expect(try Files.read(workspace.ledger) == bytes)
            #expect(!Files.exists(workspace.ledger + ".torn-1"))
        }
    }

    /// Types of a newer version that are called like lines of the snapshot.
    @Test(arguments: ["damage", "run_summary", "run_extent", "snapshot"]) func anyTypeMayStandInASnapshot(
        _ type: String
    ) throws {
        try withWorkspace { workspace in
            try Files.write(Array(Self.lines.joined()) + Self.record(10, type: type), to: workspace.ledger)
            let ledger = try Ledger(opening: workspace)
            #expect(try ledger.writeSnapshot())
            let again = try Ledger(opening: workspace)
            #expect(again.state == ledger.state)
            #expect(again.startedFromSnapshot)
        }
    }
}
