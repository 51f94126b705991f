import FleetCore

/// Reads what ``SnapshotWriter`` wrote; anything that is not exactly that is no snapshot.
struct SnapshotReader {
    private let fields = FieldTable()
    private let reader = RecordReader()
    private var fold = LedgerFold()
    private var live: Live?

    /// A live run, and how many of the lines that follow are its records.
    private struct Live {
        var id: RunID
        var extent: Range<Int64>
        var records: Int64
        var isArchived: Bool
        var seal: ArchiveSeal?
        var state: RunState?
    }

    /// What a snapshot says of the ledger's file; nil where it is none, or of another file.
    ///
    /// Whether the last record is still where it says, the caller has to see.
    static func fold(_ bytes: UnsafeBufferPointer<UInt8>, of identity: File.Status) -> LedgerFold? {
        var reader = SnapshotReader()
        do throws(MalformedRecord) {
            try reader.read(bytes, identity)
        } catch {
            return nil
        }
        return reader.fold
    }

    private mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ identity: File.Status
    ) throws(MalformedRecord) {
        guard let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) else { throw MalformedRecord(what: "header") }
        let body = UnsafeBufferPointer(rebasing: bytes[(newline + 1)...])
        try header(UnsafeBufferPointer(rebasing: bytes[..<newline]), body, identity)
        var start = 0
        while let end = body[start...].firstIndex(of: UInt8(ascii: "\n")) {
            try line(UnsafeBufferPointer(rebasing: body[start..<end]))
            start = end + 1
        }
        try closeLive()
        guard start == body.count else { throw MalformedRecord(what: "end") }
        guard fold.damage.count == min(fold.damageCount, LedgerFold.maximumDamage) else {
            throw MalformedRecord(what: "damages")
        }
    }

    private mutating func header(
        _ line: UnsafeBufferPointer<UInt8>,
        _ body: UnsafeBufferPointer<UInt8>,
        _ identity: File.Status
    ) throws(MalformedRecord) {
        guard let (members, _) = RecordReader.body(of: line), fields.read(members),
            try fields.integer("v") == RecordWriter.version, try fields.text("type") == SnapshotWriter.LineType.header,
            try fields.text("ledger") == identity.name,
            try fields.integer("body_bytes") == Int64(body.count),
            try fields.integer("body_checksum") == Int64(CRC32C.checksum(body))
        else { throw MalformedRecord(what: "header") }
        let last = LedgerFold.Mark(
            offset: try fields.integer("offset"),
            length: Int(try fields.integer("length")),
            checksum: UInt32(truncatingIfNeeded: try fields.integer("checksum")),
            seq: try fields.integer("seq"),
            time: try fields.time("time"),
            line: Int(try fields.integer("line"))
        )
        guard last.offset >= 0, last.offset + Int64(last.length) <= identity.size else {
            throw MalformedRecord(what: "offset")
        }
        fold.last = last
        fold.position = last.offset + Int64(last.length)
        fold.lines = last.line
        fold.floor = try fields.integer("compacted")
        fold.damageCount = Int(try fields.integer("damages"))
        fold.damageCountAtLast = fold.damageCount
        fold.state.mayDrive = fields.flag("may_drive")
    }

    private mutating func line(_ line: UnsafeBufferPointer<UInt8>) throws(MalformedRecord) {
        guard let (members, _) = RecordReader.body(of: line), fields.read(members),
            let type = try fields.slice("type")
        else { throw MalformedRecord(what: "line") }
        // A newer version may have records of types that are called like the lines here.
        if let live, live.records > 0 { return try self.record(line) }
        if type.equals("damage") { return try damage() }
        if type.equals("run_summary") { return try ended() }
        guard type.equals("run_extent") else { throw MalformedRecord(what: "type") }
        try closeLive()
        live = Live(
            id: try fields.id("run_id"),
            extent: try extent(),
            records: try fields.integer("records"),
            isArchived: fields.flag("archived"),
            seal: try fields.seal()
        )
    }

    /// The next record of the live run.
    private mutating func record(_ line: UnsafeBufferPointer<UInt8>) throws(MalformedRecord) {
        guard case .record(let record) = reader.read(line, offset: 0) else { throw MalformedRecord(what: "record") }
        live?.records -= 1
        if live?.state != nil {
            live?.state?.apply(record)
        } else {
            // What stands before the run's first whole record tells of nothing, here as in the ledger.
            live?.state = RunState(beginningWith: record)
        }
    }

    private mutating func closeLive() throws(MalformedRecord) {
        guard var live else { return }
        self.live = nil
        live.state?.extent = live.extent
        live.state?.isArchived = live.isArchived
        live.state?.seal = live.seal
        guard let state = live.state, state.id == live.id, live.records == 0 else { throw MalformedRecord(what: "run") }
        live.state = nil
        fold.state.restore(state)
    }

    private func extent() throws(MalformedRecord) -> Range<Int64> {
        let first = try fields.integer("first")
        let end = try fields.integer("end")
        guard first >= 0, end >= first else { throw MalformedRecord(what: "extent") }
        return first..<end
    }

    private mutating func ended() throws(MalformedRecord) {
        try closeLive()
        var summary = try reader.summary(in: fields, extent: try extent())
        summary.isArchived = fields.flag("archived")
        fold.state.restore(summary)
    }

    private mutating func damage() throws(MalformedRecord) {
        let kind: LedgerDamage.Kind
        switch try fields.text("kind") {
        case "checksum": kind = .checksum
        case "nul_bytes": kind = .nulBytes
        case "not_a_record": kind = .notARecord
        case "malformed": kind = .malformed(try fields.text("what"))
        case "gap": kind = .gap(expected: try fields.integer("expected"), found: try fields.integer("found"))
        case "repeated": kind = .repeated(seq: try fields.integer("repeated"))
        case "torn_tail": kind = .tornTail(movedTo: try fields.optionalText("path"))
        default: throw MalformedRecord(what: "kind")
        }
        fold.damage.append(
            LedgerDamage(
                line: Int(try fields.integer("line")),
                offset: try fields.integer("offset"),
                length: try fields.integer("length"),
                kind: kind
            )
        )
    }
}
