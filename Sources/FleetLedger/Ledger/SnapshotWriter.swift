import FleetCore

/// Writes a snapshot: lines of the ledger's form, the first of which vouches for the others.
///
/// The first names the ledger's file, the last record covered with its checksum, and the length and checksum of all
/// that follows: a line for each damage, a line for each ended run, and for each live run a line and its records as
/// they stand in the ledger. So reading it is the same fold as reading the ledger, over less.
enum SnapshotWriter {
    /// The types of its lines.
    enum LineType {
        static let header = "snapshot"
        static let damage = "damage"
        static let ended = "run_summary"
        static let live = "run_extent"
    }

    static func bytes(
        of fold: LedgerFold,
        last: LedgerFold.Mark,
        in file: any OpenFile,
        _ workspace: Workspace,
        _ identity: File.Status
    ) throws(LedgerError) -> [UInt8] {
        var body = RecordWriter()
        for damage in fold.damage where damage.offset <= last.offset { append(damage, last, to: &body) }
        var records = try liveRecords(fold, last, in: file, workspace)
        for id in fold.state.runIDs {
            guard let summary = fold.state.summary(id) else { continue }
            let own = records.removeValue(forKey: id)
            append(summary, last, records: own?.count ?? 0, to: &body)
            if let own { body.append(lines: own.lines) }
        }
        let content = body.bytes
        var result = RecordWriter()
        result.append(LineType.header, seq: last.seq, time: last.time) { writer in
            writer.member("ledger", identity.name)
            writer.member("offset", last.offset)
            writer.member("length", last.length)
            writer.member("checksum", last.checksum)
            writer.member("line", last.line)
            writer.member("compacted", fold.floor)
            writer.member("damages", fold.damageCountAtLast)
            writer.member("may_drive", fold.state.mayDrive)
            writer.member("body_bytes", content.count)
            writer.member("body_checksum", content.withUnsafeBufferPointer { CRC32C.checksum($0) })
        }
        return result.bytes + content
    }

    /// The records of each live run, as they stand in the ledger, and how many these are.
    private static func liveRecords(
        _ fold: LedgerFold,
        _ last: LedgerFold.Mark,
        in file: any OpenFile,
        _ workspace: Workspace
    ) throws(LedgerError) -> [RunID: (count: Int, lines: [UInt8])] {
        var records: [RunID: (count: Int, lines: [UInt8])] = [:]
        func add(_ run: RunID, _ line: UnsafeBufferPointer<UInt8>) {
            records[run]?.count += 1
            records[run]?.lines.append(contentsOf: line)
            records[run]?.lines.append(UInt8(ascii: "\n"))
        }
        for run in fold.state.liveRuns {
            records[run.id] = (0, [])
            guard run.isArchived else { continue }
            let archive = try Archive(of: run.summary, in: workspace)
            _ = try archive.forEachRecord { _, line in
                add(run.id, line)
            } onDamage: { _ in
            }
        }
        guard let start = fold.state.liveRuns.map(\.extent.lowerBound).min() else { return [:] }
        try Ledger.forEachRecord(in: file, start..<last.offset + Int64(last.length)) { record, line in
            guard let run = record.event.run, !ArchiveLine.isSummary(record) else { return }
            add(run, line)
        }
        return records
    }

    private static func append(_ damage: LedgerDamage, _ last: LedgerFold.Mark, to body: inout RecordWriter) {
        body.append(LineType.damage, seq: last.seq, time: last.time) { writer in
            writer.member("line", damage.line)
            writer.member("offset", damage.offset)
            writer.member("length", damage.length)
            switch damage.kind {
            case .checksum: writer.member("kind", "checksum")
            case .nulBytes: writer.member("kind", "nul_bytes")
            case .notARecord: writer.member("kind", "not_a_record")
            case .malformed(let what):
                writer.member("kind", "malformed")
                writer.member("what", what)
            case .gap(let expected, let found):
                writer.member("kind", "gap")
                writer.member("expected", expected)
                writer.member("found", found)
            case .repeated(let seq):
                writer.member("kind", "repeated")
                writer.member("repeated", seq)
            case .tornTail(let path):
                writer.member("kind", "torn_tail")
                if let path { writer.member("path", path) }
            // Of a fold with such damage no snapshot is written.
            case .archive: writer.member("kind", "archive")
            }
        }
    }

    private static func append(
        _ summary: RunSummary,
        _ last: LedgerFold.Mark,
        records: Int,
        to body: inout RecordWriter
    ) {
        let type = summary.status == nil ? LineType.live : LineType.ended
        body.append(type, seq: last.seq, time: summary.createdAt) { writer in
            writer.member("run_id", summary.id)
            writer.member("first", summary.extent.lowerBound)
            writer.member("end", summary.extent.upperBound)
            if summary.isArchived { writer.member("archived", true) }
            guard summary.status != nil else {
                writer.member("records", records)
                if let seal = summary.seal { writer.fields(of: seal) }
                return
            }
            writer.fields(of: summary)
        }
    }
}
