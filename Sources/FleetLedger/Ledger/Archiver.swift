import FleetCore

/// Writes the files of a compaction; who uses it holds the ledger's lock.
struct Archiver {
    private let workspace: Workspace
    private let file: any OpenFile
    private let fold: LedgerFold

    /// For a ledger that was read to its end.
    init(_ ledger: Ledger) {
        workspace = ledger.workspace
        file = ledger.file
        fold = ledger.fold
    }

    /// Puts a run's records into its archive, after those that are there already.
    ///
    /// - Returns: how many records of the ledger's these are.
    func archive(_ summary: RunSummary) throws(LedgerError) -> Int {
        _ = try workspace.disk.makeDirectory(workspace.run(summary.id))
        let path = workspace.archive(summary.id)
        var records = 0
        try replace(path) { output throws(LedgerError) in
            // Where the ledger does not say that there is an archive, what stands there was left by a compaction that
            // did not get to its end, and the ledger has all of it.
            if summary.isArchived {
                let known = try Ledger.openArchive(of: summary.id, in: workspace)
                try output.copy(known.file, 0..<known.size)
            }
            let reader = RecordReader()
            _ = try LineFeed.read(file, summary.extent) { piece, offset throws(LedgerError) in
                guard case .line(let bytes) = piece, case .record(let record) = reader.read(bytes, offset: offset),
                    record.event.run == summary.id, !ArchiveLine.isSummary(record)
                else { return }
                records += 1
                try output.add(bytes)
            }
        }
        workspace.disk.syncDirectory(workspace.run(summary.id))
        workspace.disk.syncDirectory(workspace.fleet)
        return records
    }

    /// Puts a ledger in the place of the present one in which some runs are a line each.
    ///
    /// - Returns: its length.
    func replaceLedger(without moving: [RunID: RunSummary], at time: Timestamp) throws(LedgerError) -> Int64 {
        var size: Int64 = 0
        try replace(workspace.ledger, isLedger: true) { output throws(LedgerError) in
            try output.add(bytes: ArchiveLine.head(lastSeq: fold.nextSeq - 1, at: time))
            var told: Set<RunID> = []
            let reader = RecordReader()
            _ = try LineFeed.read(file, 0..<fold.position) { piece, offset throws(LedgerError) in
                switch piece {
                case .oversized(let length): try output.copy(file, offset..<offset + length)
                case .line(let bytes):
                    if offset == 0, ArchiveLine.lastSeq(bytes) != nil { return }
                    guard case .record(let record) = reader.read(bytes, offset: offset), let run = record.event.run,
                        let summary = moving[run]
                    else { return try output.add(bytes) }
                    if told.insert(run).inserted { try output.add(bytes: ArchiveLine.line(summary, seq: record.seq)) }
                }
            }
            size = output.size
        }
        workspace.disk.syncDirectory(workspace.directory)
        return size
    }

    /// Writes a file under another name, and gives it its own when it is on the disk.
    private func replace(
        _ path: String,
        isLedger: Bool = false,
        _ write: (inout Output) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        let draft = path + ".new"
        workspace.disk.remove(draft)
        let file = try workspace.disk.open(draft, .update, .mustBeNew)
        do throws(LedgerError) {
            var output = Output(file)
            try write(&output)
            try output.flush()
            try file.sync()
            if isLedger { try check(file) }
            try workspace.disk.rename(draft, to: path)
        } catch {
            workspace.disk.remove(draft)
            throw error
        }
    }

    /// Makes sure that a draft of the ledger, with the archives, tells what the ledger tells.
    private func check(_ draft: any OpenFile) throws(LedgerError) {
        var other = LedgerFold()
        let reader = RecordReader()
        var failure: LedgerError?
        _ = try LineFeed.read(draft, 0..<draft.status().size) { piece, offset throws(LedgerError) in
            _ = other.fold(piece, at: offset, reader) { summary in
                do throws(LedgerError) {
                    return try Ledger.readRun(summary, in: draft, workspace, upTo: offset)
                } catch {
                    failure = error
                    return nil
                }
            }
            if let failure { throw failure }
        }
        guard other.nextSeq == fold.nextSeq, other.state.mayDrive, other.state.runIDs == fold.state.runIDs else {
            throw differs("its runs")
        }
        for id in fold.state.runIDs {
            let (before, after) = (try run(id, fold, file), try run(id, other, draft))
            guard fold.state.summary(id)?.withoutPlace == other.state.summary(id)?.withoutPlace,
                before?.withoutPlace == after?.withoutPlace
            else { throw differs("run \(id)") }
        }
    }

    private func run(_ id: RunID, _ fold: LedgerFold, _ file: any OpenFile) throws(LedgerError) -> RunState? {
        if let live = fold.state.live(id) { return live }
        guard let summary = fold.state.summary(id) else { return nil }
        return try Ledger.readRun(summary, in: file, workspace, upTo: summary.extent.upperBound)
    }

    private func differs(_ what: String) -> LedgerError {
        LedgerError(
            .system,
            "\(shown(workspace.ledger)) was not compacted: \(what) would not be told as now",
            hint: "keep a copy of it, and report this; nothing was changed"
        )
    }
}

extension Archiver {
    /// A file that is written from its start.
    struct Output {
        private let file: any OpenFile
        private var waiting: [UInt8] = []
        /// How much was written, or waits to be.
        private(set) var size: Int64 = 0

        init(_ file: any OpenFile) { self.file = file }

        /// A line, given without its newline.
        mutating func add(_ line: UnsafeBufferPointer<UInt8>) throws(LedgerError) {
            waiting.append(contentsOf: line)
            waiting.append(UInt8(ascii: "\n"))
            try added(line.count + 1)
        }

        mutating func add(bytes: [UInt8]) throws(LedgerError) {
            waiting += bytes
            try added(bytes.count)
        }

        /// Some bytes of another file.
        mutating func copy(_ other: any OpenFile, _ range: Range<Int64>) throws(LedgerError) {
            var place = range.lowerBound
            while place < range.upperBound {
                let bytes = try other.read(Int(min(range.upperBound - place, 1 << 20)), at: place)
                guard !bytes.isEmpty else { return }
                place += Int64(bytes.count)
                try add(bytes: bytes)
            }
        }

        mutating func flush() throws(LedgerError) {
            guard !waiting.isEmpty else { return }
            try file.write(waiting)
            waiting.removeAll(keepingCapacity: true)
        }

        private mutating func added(_ count: Int) throws(LedgerError) {
            size += Int64(count)
            if waiting.count >= 1 << 20 { try flush() }
        }
    }
}

extension RunSummary {
    /// What it tells, wherever that stands.
    fileprivate var withoutPlace: RunSummary {
        var summary = self
        summary.extent = 0..<0
        summary.isArchived = false
        return summary
    }
}

extension RunState {
    /// What it tells, wherever that stands.
    fileprivate var withoutPlace: RunState {
        var state = self
        state.extent = 0..<0
        state.isArchived = false
        return state
    }
}
