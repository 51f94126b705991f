package import FleetCore

/// What a compaction did.
package struct Compaction: Sendable, Equatable {
    /// The runs whose records were moved, oldest first.
    package var archived: [RunID] = []
    /// How many records these had in the ledger.
    package var records = 0
    /// The runs that stay: they have not ended, are being driven, or have an archive that is not whole.
    package var kept: [RunID] = []
    /// The ledger's length before, in bytes.
    package var bytesBefore: Int64 = 0
    /// Its length now.
    package var bytesAfter: Int64 = 0
}

extension Ledger {
    /// A run that is to be moved.
    private struct Moving {
        /// As it was when its archive was written.
        var summary: RunSummary
        var seal: ArchiveSeal
        var records: Int
    }

    /// Moves the records of runs that have ended into an archive of each run's own, and leaves a line for each run.
    ///
    /// Nothing is lost, and no state changes: what is damaged, unknown or of runs that go on stays as it is, byte for
    /// byte; the archives hold the lines as they were. Every file is on the disk before the one that needs it takes its
    /// place, and the last step is one rename, so that wherever this ends, the workspace opens with everything there.
    /// What would take the ledger's place is read back first, and must tell the same.
    ///
    /// Others append meanwhile: what takes long is done of the ledger as it was, and only what they have added is
    /// carried over while they wait. A run that went on meanwhile stays.
    /// - Returns: what was moved.
    /// - Throws: `newer`, `full`, `unwritable`, `system`; then the ledger is as it was. `syncFailed` where it was
    ///   replaced, and may be as it was after a crash.
    package func compact(at time: Timestamp) throws(LedgerError) -> Compaction {
        let lock = try workspace.disk.open(workspace.compactionLock, .append, .ifMissing)
        try lock.lock()
        defer { lock.unlock() }
        try refresh()
        try checkMayDrive()
        var compaction = Compaction(bytesBefore: fold.position, bytesAfter: fold.position)
        var moving = try archiveEnded()
        while !moving.isEmpty {
            let summaries = moving.mapValues { moving in
                var summary = moving.summary
                (summary.isArchived, summary.seal) = (true, moving.seal)
                return summary
            }
            var draft = try LedgerDraft(of: self, without: summaries, at: time)
            let changed: [RunID]
            do throws(LedgerError) {
                try draft.carryOver(fold)
                try draft.checkArchives(fold)
                changed = try replace(by: &draft, unlessChanged: moving)
            } catch {
                draft.discard()
                throw error
            }
            if changed.isEmpty {
                compaction.bytesAfter = draft.size
                break
            }
            draft.discard()
            for id in changed { moving[id] = nil }
        }
        for summary in fold.state.summaries {
            if let moved = moving[summary.id] {
                compaction.archived.append(summary.id)
                compaction.records += moved.records
            } else if !summary.isArchived || hasRecordsAfterItsLine(summary) || summary.status == nil {
                compaction.kept.append(summary.id)
            }
        }
        try refresh()
        return compaction
    }

    /// Writes the archives of all runs that have ended and are driven by nobody.
    private func archiveEnded() throws(LedgerError) -> [RunID: Moving] {
        let archiver = Archiver(self)
        var moving: [RunID: Moving] = [:]
        for summary in fold.state.summaries {
            guard summary.status != nil, !summary.isArchived || hasRecordsAfterItsLine(summary),
                try !isDriven(summary.id), let archive = try archiver.archive(summary)
            else { continue }
            moving[summary.id] = Moving(summary: summary, seal: archive.seal, records: archive.records)
        }
        if !moving.isEmpty { try archiver.syncNames(of: moving.keys) }
        return moving
    }

    /// Puts the draft in the ledger's place, with what others have appended meanwhile.
    ///
    /// - Returns: the runs that went on since their archives were written; where there are any, nothing was done.
    private func replace(
        by draft: inout LedgerDraft,
        unlessChanged moving: [RunID: Moving]
    ) throws(LedgerError) -> [RunID] {
        let generation = generation
        return try locked { () throws(LedgerError) in
            _ = try catchUp(isLocked: true)
            guard generation == self.generation else {
                throw LedgerError(.system, "\(shown(workspace.ledger)) was replaced at this moment", hint: "try again")
            }
            try checkMayDrive()
            if unfinished > 0 { try moveTornTailAside(try openForAppending()) }
            var changed: [RunID] = []
            for (id, run) in moving {
                guard let now = fold.state.summary(id), now == run.summary, try !isDriven(id) else {
                    changed.append(id)
                    continue
                }
            }
            guard changed.isEmpty else { return changed }
            try draft.carryOver(fold)
            try draft.takePlace()
            return []
        }
    }

    private func isDriven(_ run: RunID) throws(LedgerError) -> Bool {
        try RunLock.holder(workspace.managerLock(run), on: workspace.disk) != nil
    }

    private func checkMayDrive() throws(LedgerError) {
        guard !fold.state.mayDrive else { return }
        throw LedgerError(
            .newer,
            "a newer version has written to \(shown(workspace.ledger))",
            hint: "use the newer one to compact it"
        )
    }

    /// Whether a run that was archived has gone on since: then its extent is longer than its line, whose number may have 19 digits.
    private func hasRecordsAfterItsLine(_ summary: RunSummary) -> Bool {
        summary.extent.upperBound - summary.extent.lowerBound > Int64(ArchiveLine.line(summary, seq: 1).count) + 20
    }
}
