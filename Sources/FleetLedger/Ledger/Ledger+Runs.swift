package import FleetCore

extension Ledger {
    /// A run in full, live or ended; nil where there is none of that id.
    ///
    /// - Parameters:
    ///   - id: the run.
    ///   - onDamage: is called for all that is wrong with the archive of a run that has ended.
    /// - Returns: the run.
    /// - Throws: `archive` where its archive is not there, or tells nothing of it; `system`.
    package func loadRun(
        _ id: RunID,
        onDamage: (ArchiveDamage) -> Void = { _ in }
    ) throws(LedgerError) -> RunState? {
        if let live = fold.state.live(id) { return live }
        guard let summary = fold.state.summary(id) else { return nil }
        return try Self.readRun(
            summary,
            in: file,
            workspace,
            upTo: summary.extent.upperBound,
            onDamage: onDamage
        )
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
        upTo end: Int64,
        onDamage: (ArchiveDamage) -> Void = { _ in }
    ) throws(LedgerError) -> RunState? {
        var run: RunState?
        /// As it ended last: what came after that is not in a summary.
        var ending: (status: RunStatus?, counts: TaskCounts)?
        let add = { (record: LedgerRecord, _: UnsafeBufferPointer<UInt8>) in
            if let status = run?.status {
                run?.apply(record)
                if run?.status != status { ending = nil }
            } else if run != nil {
                run?.apply(record)
                ending = run.flatMap { $0.status == nil ? nil : ($0.status, $0.counts) }
            } else {
                run = RunState(beginningWith: record)
            }
        }
        try forEachRecord(of: summary, in: file, workspace, upTo: end, add, onDamage: onDamage)
        guard summary.isArchived else { return run }
        let archive = try Archive(of: summary, in: workspace)
        guard var run else { throw archive.holdsNothing }
        (run.isArchived, run.seal) = (true, summary.seal)
        run.extent = summary.extent.lowerBound..<max(end, summary.extent.lowerBound)
        if summary.status != nil, ending?.status != summary.status || ending?.counts != summary.counts {
            onDamage(ArchiveDamage(path: archive.path, kind: .differs(summary)))
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
        _ body: (LedgerRecord, UnsafeBufferPointer<UInt8>) -> Void,
        onDamage: (ArchiveDamage) -> Void = { _ in }
    ) throws(LedgerError) {
        var last: Int64 = 0
        if summary.isArchived {
            last = try Archive(of: summary, in: workspace).forEachRecord(body, onDamage: onDamage)
        }
        guard summary.extent.lowerBound < end else { return }
        try forEachRecord(in: file, summary.extent.lowerBound..<end) { record, line in
            if record.event.run == summary.id, record.seq > last { body(record, line) }
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
