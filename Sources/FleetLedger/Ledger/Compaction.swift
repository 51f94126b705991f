package import FleetCore

/// What a compaction did.
package struct Compaction: Sendable, Equatable {
    /// The runs whose records were moved, oldest first.
    package var archived: [RunID] = []
    /// How many records these had in the ledger.
    package var records = 0
    /// The runs that stay, as they have not ended or are being driven.
    package var kept: [RunID] = []
    /// The ledger's length before, in bytes.
    package var bytesBefore: Int64 = 0
    /// Its length now.
    package var bytesAfter: Int64 = 0
}

extension Ledger {
    /// Moves the records of runs that have ended into an archive of each run's own, and leaves a line for each run.
    ///
    /// Nothing is lost, and no state changes: what is damaged, unknown or of runs that go on stays as it is, byte for
    /// byte; the archives hold the lines as they were. Every file is on the disk before the one that needs it takes its
    /// place, and the last step is one rename, so that wherever this ends, the workspace opens with everything there.
    /// What would take the ledger's place is read back first, and must tell the same.
    /// - Returns: what was moved.
    /// - Throws: `newer`, `full`, `unwritable`, `syncFailed`, `system`; then the ledger is as it was.
    package func compact(at time: Timestamp) throws(LedgerError) -> Compaction {
        try locked { () throws(LedgerError) -> Compaction in
            _ = try catchUp(isLocked: true)
            guard fold.state.mayDrive else {
                throw LedgerError(
                    .newer,
                    "a newer version has written to \(shown(workspace.ledger))",
                    hint: "use the newer one to compact it"
                )
            }
            if unfinished > 0 { try moveTornTailAside(try openForAppending()) }
            var compaction = Compaction(bytesBefore: fold.position, bytesAfter: fold.position)
            var moving: [RunID: RunSummary] = [:]
            for summary in fold.state.summaries {
                let isDriven = try RunLock.holder(workspace.managerLock(summary.id), on: workspace.disk) != nil
                if summary.status == nil || isDriven {
                    compaction.kept.append(summary.id)
                } else if !summary.isArchived || hasRecordsAfterItsLine(summary) {
                    moving[summary.id] = summary
                    compaction.archived.append(summary.id)
                }
            }
            guard !moving.isEmpty else { return compaction }
            for id in compaction.archived {
                guard let summary = moving[id] else { continue }
                compaction.records += try Archiver(self).archive(summary)
            }
            compaction.bytesAfter = try Archiver(self).replaceLedger(without: moving, at: time)
            _ = try catchUp(isLocked: true)
            return compaction
        }
    }

    /// Whether a run that was archived has gone on since: then its extent is longer than its line, whose number may have 19 digits.
    private func hasRecordsAfterItsLine(_ summary: RunSummary) -> Bool {
        summary.extent.upperBound - summary.extent.lowerBound > Int64(ArchiveLine.line(summary, seq: 1).count) + 20
    }
}
