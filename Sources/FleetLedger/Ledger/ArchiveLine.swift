import FleetCore

/// The lines that compaction leaves in the ledger: one at its head, and one for each run whose records were moved.
enum ArchiveLine {
    private static let compacted = "ledger_compacted"
    private static let archived = "run_archived"

    /// The first line of a compacted ledger.
    ///
    /// Its number is 0, which none of an event's is: a version that knows nothing of archives reads on, but drives
    /// nothing.
    static func head(lastSeq: Int64, at time: Timestamp) -> [UInt8] {
        var writer = RecordWriter()
        writer.append(compacted, seq: 0, time: time) { $0.member("last_seq", lastSeq) }
        return writer.bytes
    }

    /// What the first line says was the greatest number when the ledger was compacted; nil for any other line.
    static func lastSeq(_ line: UnsafeBufferPointer<UInt8>) -> Int64? {
        let fields = FieldTable()
        guard let (members, _) = RecordReader.body(of: line), fields.read(members),
            let type = try? fields.slice("type"), type.equals("ledger_compacted"),
            (try? fields.integer("v")) == RecordWriter.version,
            let lastSeq = try? fields.integer("last_seq"), lastSeq >= 0
        else { return nil }
        return lastSeq
    }

    /// The line that stands for a run's records, in place of the first of them.
    static func line(_ summary: RunSummary, seq: Int64) -> [UInt8] {
        var writer = RecordWriter()
        writer.append(archived, seq: seq, time: summary.createdAt) { writer in
            writer.member("run_id", summary.id)
            writer.fields(of: summary)
        }
        return writer.bytes
    }

    /// Whether a record is such a line.
    static func isSummary(_ record: LedgerRecord) -> Bool {
        if case .unknown(let event) = record.event { event.type == archived } else { false }
    }

    /// The run in short, where a record is such a line, and `reader` has just read it.
    static func summary(_ record: LedgerRecord, _ reader: RecordReader) -> RunSummary? {
        guard isSummary(record) else { return nil }
        let extent = record.offset..<record.offset + Int64(record.length)
        guard var summary = try? reader.summary(in: reader.fields, extent: extent), summary.status != nil else {
            return nil
        }
        summary.isArchived = true
        return summary
    }
}
