import FleetCore

/// The archive of a run: its records that were moved out of the ledger.
struct Archive {
    /// Its place.
    let path: String
    /// How many of its bytes are the run's: what a compaction has added without getting to its end is in the ledger too.
    let size: Int64

    private let run: RunID
    private let seal: ArchiveSeal?
    private let file: any OpenFile

    /// Opens it.
    ///
    /// Throws `archive` where it is not there, or cannot be read.
    init(of summary: RunSummary, in workspace: Workspace) throws(LedgerError) {
        (run, seal, path) = (summary.id, summary.seal, workspace.archive(summary.id))
        do throws(LedgerError) {
            file = try workspace.disk.open(path, .read)
            size = min(try file.status().size, seal?.bytes ?? .max)
        } catch {
            let what =
                error.code == .missing
                ? "\(shown(path)), where the records of run \(run) were moved to, is not there" : error.message
            throw LedgerError(.archive, what, hint: "put it back from a copy", errno: error.errno)
        }
    }

    /// What a run that should be in it cannot be told from.
    var holdsNothing: LedgerError {
        LedgerError(
            .archive,
            "\(shown(path)), where the records of run \(run) were moved to, does not tell of it any more",
            hint: "put it back from a copy"
        )
    }

    /// Calls `body` for every record, with its line, and `onDamage` for all that is not as it was written.
    ///
    /// - Returns: the number of the last record; 0 where there is none.
    /// - Throws: `archive` where it cannot be read to its end.
    func forEachRecord(
        _ body: (LedgerRecord, UnsafeBufferPointer<UInt8>) -> Void,
        onDamage: (ArchiveDamage) -> Void
    ) throws(LedgerError) -> Int64 {
        let reader = RecordReader()
        var (last, line, found): (Int64, Int, Int64) = (0, 0, 0)
        var isWhole = true
        func note(_ offset: Int64, _ length: Int64, _ kind: LedgerDamage.Kind) {
            isWhole = false
            let damage = LedgerDamage(line: line, offset: offset, length: length, kind: kind)
            onDamage(ArchiveDamage(path: path, kind: .place(damage)))
        }
        do throws(LedgerError) {
            let end = try LineFeed.read(file, 0..<size) { piece, offset in
                line += 1
                switch piece {
                case .oversized(let length): note(offset, length, .notARecord)
                case .line(let bytes):
                    switch reader.read(bytes, offset: offset) {
                    case .damaged(let kind): note(offset, Int64(bytes.count) + 1, kind)
                    case .record(let record) where record.event.run != run:
                        note(offset, Int64(bytes.count) + 1, .malformed("of another run"))
                    case .record(let record):
                        // Compactions of earlier versions that were broken off may have left some twice.
                        guard record.seq > last else { return }
                        (last, found) = (record.seq, found + 1)
                        body(record, bytes)
                    }
                }
            }
            line += 1
            if end < size { note(end, size - end, .notARecord) }
            if let seal, found != seal.records {
                isWhole = false
                onDamage(ArchiveDamage(path: path, kind: .count(expected: seal.records, found: found)))
            }
            if let seal, isWhole, try checksum() != seal.checksum || size != seal.bytes {
                onDamage(ArchiveDamage(path: path, kind: .replaced))
            }
        } catch {
            throw LedgerError(.archive, error.message, hint: "put it back from a copy", errno: error.errno)
        }
        return last
    }

    /// Adds its bytes to a file that is being written.
    func copy(to output: inout DraftFile) throws(LedgerError) { try output.copy(file, 0..<size) }

    private func checksum() throws(LedgerError) -> UInt32 {
        var (checksum, place): (UInt32, Int64) = (0, 0)
        while place < size {
            let bytes = try file.read(Int(min(size - place, 1 << 20)), at: place)
            guard !bytes.isEmpty else { break }
            checksum = bytes.withUnsafeBufferPointer { CRC32C.checksum($0, after: checksum) }
            place += Int64(bytes.count)
        }
        return checksum
    }
}
