package import FleetCore

extension Ledger {
    /// Appends what `events` makes of the state, which nobody else changes meanwhile; nothing where it returns nil.
    ///
    /// All of it or nothing is written, in one call to the system.
    /// - Parameters:
    ///   - durable: whether to return only when it is on the disk, with everything that was written before.
    ///   - time: the time that the records bear.
    ///   - events: called once, under the lock, with the state of that moment.
    /// - Returns: what was written, and what others had written before it.
    /// - Throws: `unwritable`, `full` (nothing was written), `syncFailed` (no further append), `newer`, `foreign`,
    ///   `missing`, `tooLarge`, `system`.
    package func append(
        durable: Bool,
        at time: Timestamp,
        _ events: (WorkspaceState) -> [Event]?
    ) throws(LedgerError) -> AppendResult {
        let result = try locked { () throws(LedgerError) in
            let seen = try catchUp(isLocked: true)
            guard fold.state.mayDrive else {
                throw LedgerError(
                    .newer,
                    "a newer version has written to \(shown(workspace.ledger))",
                    hint: "this version reads it, but writes nothing to it; use the newer one"
                )
            }
            let file = try openForAppending()
            if unfinished > 0 { try moveTornTailAside(file) }
            guard let events = events(fold.state) else {
                return AppendResult(wasAppended: false, seen: seen, written: [])
            }
            return AppendResult(wasAppended: true, seen: seen, written: try write(events, to: file, at: time))
        }
        if durable, result.wasAppended { try sync() }
        return result
    }

    /// Appends events, where the precondition holds for the state of that moment.
    package func append(
        _ events: [Event],
        durable: Bool,
        at time: Timestamp,
        if precondition: (WorkspaceState) -> Bool = { _ in true }
    ) throws(LedgerError) -> AppendResult {
        try append(durable: durable, at: time) { precondition($0) ? events : nil }
    }

    /// Returns when everything appended so far is on the disk; one call serves all appends before it.
    ///
    /// Where it fails, what was written may be lost, and a repetition would not tell (`fsync(2)`): this instance
    /// appends no more.
    package func sync() throws(LedgerError) {
        if let refusal { throw refusal }
        let position = fold.position
        guard position > synced || !isNameSynced else { return }
        do throws(LedgerError) {
            if !isNameSynced { try workspace.disk.syncDirectory(workspace.directory) }
            try file.sync()
        } catch {
            let refusal = LedgerError(
                .syncFailed,
                "what was written to \(shown(workspace.ledger)) may not be on the disk (\(error.message))",
                hint: "see to the disk, then start again",
                errno: error.errno
            )
            self.refusal = refusal
            throw refusal
        }
        (synced, isNameSynced) = (position, true)
    }

    /// Does something while no other process appends.
    func locked<Result>(
        _ body: () throws(LedgerError) -> Result
    ) throws(LedgerError) -> Result {
        if let refusal { throw refusal }
        let file = try takeLock()
        defer { file.unlock() }
        return try body()
    }

    private func takeLock() throws(LedgerError) -> any OpenFile {
        while true {
            let file: any OpenFile
            if let lockFile {
                file = lockFile
            } else {
                file = try workspace.disk.open(workspace.lock, .append, .ifMissing)
            }
            lockFile = file
            try file.lock()
            // The file may have been removed, and another made: then the lock is nobody's.
            if let named = try workspace.disk.status(of: workspace.lock), try file.status().isSameFile(as: named) {
                return file
            }
            file.unlock()
            lockFile = nil
        }
    }

    func openForAppending() throws(LedgerError) -> any OpenFile {
        if let appender { return appender }
        let file = try workspace.disk.open(workspace.ledger, .append)
        guard try file.status().isSameFile(as: identity) else {
            throw LedgerError(.system, "\(shown(workspace.ledger)) was replaced at this moment", hint: "try again")
        }
        appender = file
        return file
    }

    /// Puts an unfinished last line into a file of its own: a writer died there, and its bytes may be of use.
    func moveTornTailAside(_ file: any OpenFile) throws(LedgerError) {
        var number = 1
        while try workspace.disk.status(of: "\(workspace.ledger).torn-\(number)") != nil { number += 1 }
        let path = "\(workspace.ledger).torn-\(number)"
        let aside = try workspace.disk.open(path, .append, .mustBeNew)
        do throws(LedgerError) {
            var place = fold.position
            let end = fold.position + unfinished
            while place < end {
                let bytes = try self.file.read(Int(min(end - place, 1 << 20)), at: place)
                if bytes.isEmpty { break }
                try aside.write(bytes)
                place += Int64(bytes.count)
            }
            try aside.sync()
            try workspace.disk.syncDirectory(workspace.directory)
        } catch {
            workspace.disk.remove(path)
            throw error
        }
        try file.truncate(to: fold.position)
        fold.noteTornTail(unfinished, movedTo: path)
        unfinished = 0
    }

    private func write(_ events: [Event], to file: any OpenFile, at time: Timestamp) throws(LedgerError)
        -> [LedgerRecord]
    {
        guard !events.isEmpty else { return [] }
        writer.removeAll()
        var records: [LedgerRecord] = []
        var checksums: [UInt32] = []
        var offset = fold.position
        for event in events {
            var record = LedgerRecord(
                seq: fold.nextSeq + Int64(records.count),
                time: time,
                event: event,
                offset: offset
            )
            record.length = writer.append(record)
            guard record.length <= RecordWriter.maximumLength else {
                throw LedgerError(
                    .tooLarge,
                    "a record of \(record.length) bytes is more than the \(RecordWriter.maximumLength) allowed",
                    hint: "make the run smaller"
                )
            }
            offset += Int64(record.length)
            records.append(record)
            checksums.append(writer.checksum)
        }
        do throws(LedgerError) {
            try file.write(writer.bytes)
        } catch {
            // Where even this fails, the next writer finds an unfinished line.
            try? file.truncate(to: fold.position)
            throw error
        }
        for (record, checksum) in zip(records, checksums) { try take(record, checksum) }
        if writer.bytes.count > 1 << 20 { writer = RecordWriter() }
        return records
    }

    private func take(_ record: LedgerRecord, _ checksum: UInt32) throws(LedgerError) {
        var history = RunHistory(file, workspace)
        fold.fold(record, checksum: checksum) { history.run($0, upTo: record.offset) }
        try history.settle(&fold, at: record.offset)
    }
}
