package import FleetCore

extension Ledger {
    /// A run in full, live or ended; nil where there is none of that id.
    package func loadRun(_ id: RunID) throws(LedgerError) -> RunState? {
        if let live = fold.state.live(id) { return live }
        guard let summary = fold.state.summary(id) else { return nil }
        return try Self.readRun(summary, in: file, workspace, upTo: summary.extent.upperBound)
    }

    /// The records of a run, in their order.
    package func records(of id: RunID) throws(LedgerError) -> [LedgerRecord] {
        guard let summary = fold.state.summary(id) else { return [] }
        var records: [LedgerRecord] = []
        try Self.forEachRecord(of: summary, in: file, workspace, upTo: summary.extent.upperBound) { record, _ in
            records.append(record)
        }
        return records
    }

    /// Folds the records of one run, those of its archive and those that stand in the ledger before `end`.
    static func readRun(
        _ summary: RunSummary,
        in file: any OpenFile,
        _ workspace: Workspace,
        upTo end: Int64
    ) throws(LedgerError) -> RunState? {
        var run: RunState?
        try forEachRecord(of: summary, in: file, workspace, upTo: end) { record, _ in
            if run != nil {
                run?.apply(record)
            } else {
                run = RunState(beginningWith: record)
            }
        }
        if summary.isArchived {
            run?.isArchived = true
            run?.extent = summary.extent.lowerBound..<max(end, summary.extent.lowerBound)
        }
        return run
    }

    /// Calls `body` for every record of a run, those of its archive first, then those that stand in the ledger before
    /// `end`.
    static func forEachRecord(
        of summary: RunSummary,
        in file: any OpenFile,
        _ workspace: Workspace,
        upTo end: Int64,
        _ body: (LedgerRecord, UnsafeBufferPointer<UInt8>) -> Void
    ) throws(LedgerError) {
        var last: Int64 = 0
        if summary.isArchived {
            let archive = try openArchive(of: summary.id, in: workspace)
            try forEachRecord(in: archive.file, 0..<archive.size) { record, line in
                guard record.event.run == summary.id else { return }
                last = record.seq
                body(record, line)
            }
        }
        guard summary.extent.lowerBound < end else { return }
        try forEachRecord(in: file, summary.extent.lowerBound..<end) { record, line in
            if record.event.run == summary.id, record.seq > last { body(record, line) }
        }
    }

    /// The records of a run that were moved out of the ledger.
    static func openArchive(
        of run: RunID,
        in workspace: Workspace
    ) throws(LedgerError) -> (file: any OpenFile, size: Int64) {
        do throws(LedgerError) {
            let file = try workspace.disk.open(workspace.archive(run), .read)
            return (file, try file.status().size)
        } catch {
            guard error.code == .missing else { throw error }
            throw LedgerError(
                .system,
                "\(shown(workspace.archive(run))), where the records of run \(run) were moved to, is not there",
                hint: "put it back",
                errno: error.errno
            )
        }
    }

    /// Calls `body` for every record in some bytes of the ledger, with its line; leaves out what is damaged or
    /// repeated.
    static func forEachRecord(
        in file: any OpenFile,
        _ range: Range<Int64>,
        _ body: (LedgerRecord, UnsafeBufferPointer<UInt8>) -> Void
    ) throws(LedgerError) {
        let reader = RecordReader()
        var last: Int64 = 0
        _ = try LineFeed.read(file, range) { piece, offset in
            guard case .line(let bytes) = piece, case .record(let record) = reader.read(bytes, offset: offset),
                record.seq > last
            else { return }
            last = record.seq
            body(record, bytes)
        }
    }
}
