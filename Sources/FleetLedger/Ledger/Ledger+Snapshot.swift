import FleetCore

extension Ledger {
    /// How many records a new snapshot must save before it is worth writing.
    static let usefulSavings = 20_000

    /// Writes the snapshot anew where replaying from the present one costs more than about 20,000 records.
    ///
    /// It is a shortcut: that it cannot be written (read-only, full) is no error, and false is returned.
    @discardableResult
    package func writeSnapshotIfUseful() -> Bool {
        guard fold.state.endedRecords - recordsInSnapshot >= Self.usefulSavings else { return false }
        return (try? writeSnapshot()) ?? false
    }

    /// How many records a new snapshot must save before a process that only reads writes it: about a second's reading.
    static let readerSavings = 100_000

    /// Writes the snapshot anew where this process, which only reads, had to read very much without it.
    ///
    /// As nobody appends at that moment, nothing is in it that a writer takes back again. Another user's workspace is
    /// left alone: its owner could not read the file. That it cannot be written is no error, and false is returned.
    @discardableResult
    package func writeSnapshotAsReader(saving records: Int = Ledger.readerSavings) -> Bool {
        guard fold.state.endedRecords - recordsInSnapshot >= records, identity.owner == Directory.userID else {
            return false
        }
        let isCaughtUp: Void? = try? whileNobodyAppends { () throws(LedgerError) in _ = try catchUp(isLocked: true) }
        guard isCaughtUp != nil, fold.state.endedRecords - recordsInSnapshot >= records else { return false }
        return (try? writeSnapshot()) ?? false
    }

    /// Starts from the snapshot, where there is one that belongs to this file as it is.
    func loadSnapshot() throws(LedgerError) {
        recordsInSnapshot = 0
        startedFromSnapshot = false
        guard let snapshot = try? workspace.disk.open(workspace.snapshot, .read), let status = try? snapshot.status(),
            // What it says of runs is shorter than their records.
            status.isRegular, status.size <= 2 * identity.size + 1 << 20,
            let bytes = try? snapshot.readAll(),
            let restored = bytes.withUnsafeBufferPointer({ SnapshotReader.fold($0, of: identity) }),
            let last = restored.last, try Self.isRecord(last, in: file)
        else { return }
        fold = restored
        startedFromSnapshot = true
    }

    /// Writes the snapshot; false where another process does so at this moment.
    func writeSnapshot() throws(LedgerError) -> Bool {
        // Where an archive is not there, its run is told in short; put back, it would be told in full again.
        guard let last = fold.last, !fold.lacksArchives else { return false }
        let draft = workspace.snapshot + ".new"
        let output = try workspace.disk.open(draft, .update, .ifMissing)
        guard try output.tryLock(), let named = try workspace.disk.status(of: draft),
            try output.status().isSameFile(as: named)
        else { return false }
        try output.truncate(to: 0)
        do throws(LedgerError) {
            try output.write(try SnapshotWriter.bytes(of: fold, last: last, in: file, workspace, identity))
            try output.sync()
            try workspace.disk.rename(draft, to: workspace.snapshot)
        } catch {
            workspace.disk.remove(draft)
            throw error
        }
        recordsInSnapshot = fold.state.endedRecords
        return true
    }
}
