import FleetCore

/// What reading a ledger up to a place has yielded.
struct LedgerFold {
    /// Where a record stands, and its checksum, by which it is known again.
    struct Mark: Equatable {
        var offset: Int64
        var length: Int
        var checksum: UInt32
        var seq: Int64
        var time: Timestamp
        /// The number of its line, from 1.
        var line: Int
    }

    /// The state so far.
    var state = WorkspaceState()
    /// What could not be read so far; no more than ``maximumDamage`` of it.
    var damage: [LedgerDamage] = []
    /// How much could not be read so far, all of it.
    var damageCount = 0
    /// How much of it stands before the last record's end.
    var damageCountAtLast = 0
    /// Whether a run is told otherwise than its records would have it, as its archive is not whole.
    private(set) var lacksArchives = false
    /// Where the next line begins.
    var position: Int64 = 0
    /// How many lines were read.
    var lines = 0
    /// The last record.
    var last: Mark?
    /// How many lines since that record could not be read: each may have been a record.
    var skipped: Int64 = 0
    /// The greatest number when the ledger was compacted last: up to it, numbers may be missing.
    var floor: Int64 = 0

    static let maximumDamage = 1_000

    /// The number that the next record is to have.
    var nextSeq: Int64 { max((last?.seq ?? 0) + skipped, floor) + 1 }

    /// Folds one line; returns its record, if it is a new one.
    mutating func fold(
        _ piece: LineFeed.Piece,
        at offset: Int64,
        _ reader: RecordReader,
        history: (RunSummary) -> RunState?
    ) -> LedgerRecord? {
        lines += 1
        switch piece {
        case .oversized(let length):
            position = offset + length
            skip(offset, length, .notARecord)
            return nil
        case .line(let bytes):
            position = offset + Int64(bytes.count) + 1
            if offset == 0, let compacted = ArchiveLine.lastSeq(bytes) {
                floor = compacted
                return nil
            }
            switch reader.read(bytes, offset: offset) {
            case .damaged(let kind):
                // Its checksum is right: somebody meant something by it that this version does not understand.
                if case .malformed = kind { state.mayDrive = false }
                skip(offset, Int64(bytes.count) + 1, kind)
                return nil
            case .record(let record):
                let archived = ArchiveLine.summary(record, reader)
                return accept(record, checksum: reader.checksum, archived, history) ? record : nil
            }
        }
    }

    /// Folds a record that was just written at the end.
    mutating func fold(_ record: LedgerRecord, checksum: UInt32, history: (RunSummary) -> RunState?) {
        lines += 1
        position = record.offset + Int64(record.length)
        _ = accept(record, checksum: checksum, nil, history)
    }

    private mutating func accept(
        _ record: LedgerRecord,
        checksum: UInt32,
        _ archived: RunSummary?,
        _ history: (RunSummary) -> RunState?
    ) -> Bool {
        if let last, record.seq <= last.seq {
            note(record.offset, Int64(record.length), .repeated(seq: record.seq))
            return false
        }
        if record.seq > nextSeq {
            note(record.offset, 0, .gap(expected: nextSeq, found: record.seq))
        }
        if let archived {
            state.restore(archived)
        } else {
            state.apply(record, history: history)
        }
        last = Mark(
            offset: record.offset,
            length: record.length,
            checksum: checksum,
            seq: record.seq,
            time: record.time,
            line: lines
        )
        skipped = 0
        damageCountAtLast = damageCount
        return true
    }

    private mutating func skip(_ offset: Int64, _ length: Int64, _ kind: LedgerDamage.Kind) {
        skipped += 1
        note(offset, length, kind)
    }

    private mutating func note(_ offset: Int64, _ length: Int64, _ kind: LedgerDamage.Kind) {
        note(LedgerDamage(line: lines, offset: offset, length: length, kind: kind))
    }

    private mutating func note(_ each: LedgerDamage) {
        damageCount += 1
        if case .archive = each.kind { lacksArchives = true }
        if damage.count < Self.maximumDamage { damage.append(each) }
    }

    /// Notes that the archive of the run which the last line reopened is not there, or not whole.
    mutating func noteArchive(_ what: String, at offset: Int64) { note(offset, 0, .archive(what)) }

    /// Notes that the end of the file was no whole line, and was moved away.
    mutating func noteTornTail(_ length: Int64, movedTo path: String) {
        let kind = LedgerDamage.Kind.tornTail(movedTo: path)
        note(LedgerDamage(line: lines + 1, offset: position, length: length, kind: kind))
    }
}
