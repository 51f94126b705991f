import FleetCore

/// Writes the archives of runs that have ended; who uses it holds the lock of compactions, not the ledger's.
///
/// What is written here means nothing before the ledger says so: where it never does, its records are still there.
struct Archiver {
    private let workspace: Workspace
    private let file: any OpenFile

    /// For a ledger that was read to its end.
    init(_ ledger: Ledger) { (workspace, file) = (ledger.workspace, ledger.file) }

    /// Puts a run's records into its archive, after those that are there already.
    ///
    /// - Returns: the seal of the archive, and how many records of the ledger's it holds; nil where the archive that is
    ///   there is not what it was: then what the ledger has of the run stays where it is.
    func archive(_ summary: RunSummary) throws(LedgerError) -> (seal: ArchiveSeal, records: Int)? {
        let known = summary.isArchived ? examine(summary) : (archive: nil, records: 0, last: 0)
        guard let known else { return nil }
        _ = try workspace.disk.makeDirectory(workspace.run(summary.id))
        var output = try DraftFile(of: workspace.archive(summary.id), on: workspace.disk)
        do throws(LedgerError) {
            try known.archive?.copy(to: &output)
            var (last, records) = (known.last, 0)
            let reader = RecordReader()
            _ = try LineFeed.read(file, summary.extent) { piece, offset throws(LedgerError) in
                // What the archive has already was put there by a compaction that did not get to its end.
                guard case .line(let bytes) = piece, case .record(let record) = reader.read(bytes, offset: offset),
                    record.event.run == summary.id, record.seq > known.last, !ArchiveLine.isSummary(record)
                else { return }
                try output.add(bytes)
                if record.seq > last { (last, records) = (record.seq, records + 1) }
            }
            try output.takePlace()
            let all = known.records + Int64(records)
            return (ArchiveSeal(records: all, bytes: output.size, checksum: output.checksum), records)
        } catch {
            output.discard()
            throw error
        }
    }

    /// Returns when the archives of some runs have their names on the disk.
    func syncNames(of runs: some Sequence<RunID>) throws(LedgerError) {
        for run in runs { try workspace.disk.syncDirectory(workspace.run(run)) }
        try workspace.disk.syncDirectory(workspace.fleet)
    }

    /// The archive that is there; nil where it is not whole.
    private func examine(_ summary: RunSummary) -> (archive: Archive?, records: Int64, last: Int64)? {
        guard let archive = try? Archive(of: summary, in: workspace) else { return nil }
        var (records, isWhole): (Int64, Bool) = (0, true)
        let last = try? archive.forEachRecord { _, _ in
            records += 1
        } onDamage: { _ in
            isWhole = false
        }
        guard let last, isWhole else { return nil }
        return (archive, records, last)
    }
}
