package import FleetCore

/// The ledger of a workspace, and the state that it tells.
///
/// One instance belongs to one thread. Several instances, in one process or in many, may be open at once: each
/// append takes the workspace's lock, and every instance sees what the others wrote at its next ``refresh()`` or
/// append.
package final class Ledger {
    /// The workspace.
    package let workspace: Workspace
    /// How often the state was made anew from the file, as that was replaced, or cut back by who wrote last.
    ///
    /// Who keeps something beside the state makes that anew as well when this number has changed.
    package private(set) var generation = 0

    var file: any OpenFile
    var identity: File.Status
    var fold = LedgerFold()
    let reader = RecordReader()
    var appender: (any OpenFile)?
    var lockFile: (any OpenFile)?
    var writer = RecordWriter()
    /// Up to where the file is on the disk for certain, as far as this instance knows.
    var synced: Int64 = 0
    /// Whether the ledger's name is on the disk: who gave it to this file may have died before it was.
    var isNameSynced = false
    /// Why this instance appends no more.
    var refusal: LedgerError?
    /// The state's count of records of ended runs which the snapshot covers.
    var recordsInSnapshot = 0
    /// Whether the fold began with the snapshot.
    var startedFromSnapshot = false

    /// The fold of all records read so far.
    ///
    /// Don't hold a copy of it, or of a run of it, across an append: the append would have to copy what it changes.
    package var state: WorkspaceState { fold.state }

    /// What could not be read, in the order of the file; the first thousand of it.
    package var damage: [LedgerDamage] { fold.damage }

    /// How much could not be read, all of it.
    package var damageCount: Int { fold.damageCount }

    /// The number of the last record; 0 where there is none.
    package var lastSeq: Int64 { fold.last?.seq ?? 0 }

    /// How many bytes at the end are no whole line: somebody is writing, or has died while writing.
    package internal(set) var unfinished: Int64 = 0

    /// Opens the ledger and folds it, from the snapshot where there is one that fits.
    ///
    /// Nothing is written. Throws `missing`, `foreign`, `unwritable` (may not be read), `system`.
    package init(opening workspace: Workspace) throws(LedgerError) {
        self.workspace = workspace
        (file, identity) = try Self.open(workspace)
        try loadSnapshot()
        _ = try readOn(to: identity.size, after: .max)
    }

    static func open(_ workspace: Workspace) throws(LedgerError) -> (any OpenFile, File.Status) {
        let path = workspace.ledger
        let file = try workspace.disk.open(path, .read)
        let status = try file.status()
        guard status.isRegular else {
            throw LedgerError(.foreign, "\(shown(path)) is not a regular file", hint: "move it away")
        }
        return (file, status)
    }

    /// Reads and folds what others wrote since the last look, and returns it.
    @discardableResult
    package func refresh() throws(LedgerError) -> [LedgerRecord] { try catchUp(isLocked: false) }

    /// Reads on from where the last look ended, from the start where that place is no longer what it was.
    func catchUp(isLocked: Bool) throws(LedgerError) -> [LedgerRecord] {
        guard let named = try workspace.disk.status(of: workspace.ledger) else {
            throw LedgerError(
                .missing,
                "\(shown(workspace.ledger)) is not there",
                hint: "`codewhale fleet init` makes one"
            )
        }
        let known = lastSeq
        let damageBefore = fold.damageCount
        if named.isSameFile(as: identity), try isPlaceUnchanged(size: named.size) {
            let records = try readOn(to: named.size, after: known)
            // Without the lock, what another process takes back again may have been read in part.
            if isLocked || fold.damageCount == damageBefore || fold.lines == 0 || known == 0 { return records }
        }
        (file, identity) = try Self.open(workspace)
        appender = nil
        synced = 0
        isNameSynced = false
        generation += 1
        fold = LedgerFold()
        try loadSnapshot()
        return try readOn(to: identity.size, after: known)
    }

    /// Whether the last record read is still where it was.
    private func isPlaceUnchanged(size: Int64) throws(LedgerError) -> Bool {
        guard size >= fold.position else { return false }
        guard let last = fold.last else { return true }
        return try Self.isRecord(last, in: file)
    }

    /// Whether a record stands where it is said to.
    static func isRecord(_ mark: LedgerFold.Mark, in file: any OpenFile) throws(LedgerError) -> Bool {
        guard mark.length > 0, mark.length <= RecordWriter.maximumLength else { return false }
        let bytes = try file.read(mark.length, at: mark.offset)
        guard bytes.count == mark.length, bytes.last == UInt8(ascii: "\n") else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            let line = UnsafeBufferPointer(rebasing: bytes.dropLast())
            return RecordReader.body(of: line)?.checksum == mark.checksum
        }
    }

    /// Reads and folds the lines up to `size`; returns the records with greater numbers than `known`.
    private func readOn(to size: Int64, after known: Int64) throws(LedgerError) -> [LedgerRecord] {
        if fold.position == 0 { try checkNotForeign(size: size) }
        var records: [LedgerRecord] = []
        var history = RunHistory(file, workspace)
        _ = try LineFeed.read(file, fold.position..<size) { piece, offset throws(LedgerError) in
            let record = fold.fold(piece, at: offset, reader) { history.run($0, upTo: offset) }
            try history.settle(&fold, at: offset)
            if let record, record.seq > known { records.append(record) }
        }
        unfinished = size - fold.position
        return records
    }

    /// Makes sure that what stands in the ledger's place is one, before anything is done with it.
    ///
    /// A first line that was damaged, however long, does not make it another file, as long as a record follows it.
    private func checkNotForeign(size: Int64) throws(LedgerError) {
        guard size > 0 else { return }
        let opening = Array(#"{"v":"#.utf8)
        for length in [64 << 10, 4 << 20, 2 * RecordWriter.maximumLength] {
            let head = try file.read(Int(min(size, Int64(length))), at: 0)
            if head.starts(with: opening) || opening.starts(with: head) { return }
            if head.allSatisfy({ $0 == 0 }) { return }
            let hasRecord = head.split(separator: UInt8(ascii: "\n"))
                .contains { line in line.withUnsafeBufferPointer { RecordReader.body(of: $0) != nil } }
            if hasRecord { return }
            guard head.count < size else { break }
        }
        throw LedgerError(
            .foreign,
            "\(shown(workspace.ledger)) is not a ledger",
            hint: "move it away; `codewhale fleet init` makes a new one"
        )
    }
}
