import FleetCore

/// A ledger in which some runs are a line each, which is to take the place of the present one.
struct LedgerDraft {
    private let workspace: Workspace
    /// The present ledger's file.
    private let file: any OpenFile
    /// The runs that are a line each.
    private let moving: [RunID: RunSummary]
    /// Those whose line is written.
    private var told: Set<RunID> = []
    /// Up to where the present ledger was carried over.
    private var position: Int64 = 0
    private var output: DraftFile
    /// What the draft tells, as far as it was read back.
    private var fold = LedgerFold()
    private let reader = RecordReader()

    /// How long it is.
    var size: Int64 { output.size }

    /// An empty one, for a ledger that was read to its end.
    init(of ledger: Ledger, without moving: [RunID: RunSummary], at time: Timestamp) throws(LedgerError) {
        (workspace, file, self.moving) = (ledger.workspace, ledger.file, moving)
        output = try DraftFile(of: workspace.ledger, on: workspace.disk)
        do throws(LedgerError) {
            try output.add(bytes: ArchiveLine.head(lastSeq: ledger.fold.nextSeq - 1, at: time))
        } catch {
            output.discard()
            throw error
        }
    }

    /// Carries over what the present ledger has up to where `present` has read it, and makes sure that the draft, with
    /// the archives, tells what `present` does.
    mutating func carryOver(_ present: LedgerFold) throws(LedgerError) {
        var (output, told) = (self.output, self.told)
        position = try LineFeed.read(file, position..<present.position) { piece, offset throws(LedgerError) in
            switch piece {
            case .oversized(let length): try output.copy(file, offset..<offset + length)
            case .line(let bytes):
                if offset == 0, ArchiveLine.lastSeq(bytes) != nil { return }
                guard case .record(let record) = reader.read(bytes, offset: offset), let run = record.event.run,
                    let summary = moving[run]
                else { return try output.add(bytes) }
                if told.insert(run).inserted {
                    try output.add(bytes: ArchiveLine.line(summary, seq: record.seq))
                }
            }
        }
        try output.flush()
        (self.output, self.told) = (output, told)
        try readBack()
        guard fold.nextSeq == present.nextSeq, fold.state.mayDrive, fold.state.runIDs == present.state.runIDs else {
            throw differs("its runs")
        }
        for (before, after) in zip(present.state.summaries, fold.state.summaries)
        where before.withoutPlace != after.withoutPlace { throw differs("run \(before.id)") }
        for (before, after) in zip(present.state.liveRuns, fold.state.liveRuns)
        where before.withoutPlace != after.withoutPlace { throw differs("run \(before.id)") }
    }

    /// Makes sure that the archives of the runs that are a line each tell of them what the present ledger does.
    func checkArchives(_ present: LedgerFold) throws(LedgerError) {
        for id in moving.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            guard let before = present.state.summary(id), let after = fold.state.summary(id) else { continue }
            var isWhole = true
            let one = try Ledger.readRun(before, in: file, workspace, upTo: before.extent.upperBound)
            let other = try Ledger.readRun(after, in: output.file, workspace, upTo: after.extent.upperBound) { _ in
                isWhole = false
            }
            guard isWhole, one?.withoutPlace == other?.withoutPlace else { throw differs("run \(id)") }
        }
    }

    /// Puts it in the present ledger's place.
    mutating func takePlace() throws(LedgerError) {
        try output.takePlace()
        try workspace.disk.syncDirectory(workspace.directory)
    }

    /// Removes it, where it is not to take the place.
    func discard() { output.discard() }

    private mutating func readBack() throws(LedgerError) {
        var (fold, history) = (self.fold, RunHistory(output.file, workspace))
        _ = try LineFeed.read(output.file, fold.position..<output.size) { piece, offset throws(LedgerError) in
            _ = fold.fold(piece, at: offset, reader) { history.run($0, upTo: offset) }
            try history.settle(&fold, at: offset)
        }
        self.fold = fold
    }

    private func differs(_ what: String) -> LedgerError {
        LedgerError(
            .system,
            "\(shown(workspace.ledger)) was not compacted: \(what) would not be told as now",
            hint: "keep a copy of it, and report this; nothing was changed"
        )
    }
}

extension RunSummary {
    /// What it tells, wherever that stands.
    fileprivate var withoutPlace: RunSummary {
        var summary = self
        (summary.extent, summary.isArchived, summary.seal) = (0..<0, false, nil)
        return summary
    }
}

extension RunState {
    /// What it tells, wherever that stands.
    fileprivate var withoutPlace: RunState {
        var state = self
        (state.extent, state.isArchived, state.seal) = (0..<0, false, nil)
        return state
    }
}
