package import FleetCore

extension Ledger {
    /// A run in full, live or ended; nil where there is none of that id.
    package func loadRun(_ id: RunID) throws(LedgerError) -> RunState? {
        if let live = fold.state.live(id) { return live }
        guard let summary = fold.state.summary(id) else { return nil }
        return try Self.readRun(id, in: file, summary.extent)
    }

    /// The records of a run, in their order.
    package func records(of id: RunID) throws(LedgerError) -> [LedgerRecord] {
        guard let summary = fold.state.summary(id) else { return [] }
        var records: [LedgerRecord] = []
        try Self.forEachRecord(in: file, summary.extent) { record, _ in
            if record.event.run == id { records.append(record) }
        }
        return records
    }

    /// Folds the records of one run that stand in some bytes of the ledger.
    static func readRun(_ id: RunID, in file: any OpenFile, _ range: Range<Int64>) throws(LedgerError) -> RunState? {
        var run: RunState?
        try forEachRecord(in: file, range) { record, _ in
            if run != nil {
                run?.apply(record)
            } else if case .runCreated(let event) = record.event, event.run == id {
                run = RunState(event, record: record)
            }
        }
        return run
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
