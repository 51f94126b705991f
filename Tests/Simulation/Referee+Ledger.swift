import FleetCore
import FleetLedger
import FleetWire

/// What the ledger has, and what of it would outlive a loss of power.
extension Referee {
    /// Up to which record all would be there after a loss of power.
    var durableSeq: Int64 {
        guard let node = disk.node(workspace.ledger) else { return 0 }
        let here = lastRecord(in: node)
        // Where the name may still lead to the file that was replaced, that one must have it as well.
        return disk.isNameSynced(workspace.ledger) ? here : min(here, durableBefore)
    }

    /// Somebody was told that something is done: the last record of it must be on the disk.
    func checkIsDurable(_ what: String, _ isMeant: (LedgerRecord) -> Bool) {
        look()
        guard let record = records.last(where: isMeant), record.seq > durableSeq else { return }
        breach("\(what) was told of before record \(record.seq) of it was durable")
    }

    /// What was durable stays so.
    func checkDurability() {
        let seq = durableSeq
        if seq < durableOnce {
            breach("records up to \(durableOnce) were durable, and only those up to \(seq) are now")
        }
        durableOnce = max(durableOnce, seq)
    }

    /// A manager tells of what it has written: what is done must be durable.
    func noteTold(_ told: [LedgerRecord], of run: RunID?) {
        checkIsDurable("what was done") { record in
            guard record.event.run == run, told.contains(where: { $0.seq == record.seq }) else { return false }
            return switch record.event {
            case .attemptFinished, .taskCancelled, .runFinished: true
            default: false
            }
        }
    }

    /// A run has ended: nothing of it that was given up runs where its manager could end it.
    func checkNothingRuns(of run: RunID) {
        guard let known = model.runs[run] else { return }
        for (key, truth) in truths where key.run == run.rawValue && truth.isRunning && truth.begun < stage.time - 30_000
        {
            guard let attempt = model.attempt(key), let end = attempt.finishTime, end < stage.time - 30_000,
                !truth.machine.isStubborn(key),
                truth.machine.isWellConnected(to: known.manager, since: stage.time - 30_000)
            else { continue }
            breach("the run has ended, and \(key.task) \(key.attempt) still runs on a machine that was there")
        }
    }

    /// After the power has failed: what was durable must be there.
    func noteReplay() {
        let seq = durableOnce
        ledger = nil
        isStale = true
        origins = [:]
        let before = records
        look()
        durableOnce = durableSeq
        let kept = before.filter { $0.seq <= seq }
        if kept.count > records.count || !zip(kept, records).allSatisfy({ $0.says($1) }) {
            breach("records up to \(seq) were durable, and are not what they were")
        }
    }

    /// Another file has the ledger's place: it must have all that the former had.
    func replayReplaced() throws {
        durableBefore = durableSeqOfReplaced
        let before = records
        try replay()
        if before.count > records.count || !zip(before, records).allSatisfy({ $0.says($1) }) {
            breach("the ledger was replaced, and does not have all \(before.count) records")
        }
    }

    /// As ``durableSeq``, of the file that had the name before.
    private var durableSeqOfReplaced: Int64 {
        guard let node, node !== disk.node(workspace.ledger) else { return durableBefore }
        let here = lastRecord(in: node)
        return disk.isSyncedName(workspace.ledger, of: node) ? here : min(here, durableBefore)
    }

    /// The number of the last record that lies in what is durable of a file of the ledger, or of its run's archive.
    private func lastRecord(in node: SimulatedDisk.Node) -> Int64 {
        records.last { record in
            let end = Int(record.offset) + record.length
            guard let run = record.event.run, ledger?.state.summary(run)?.isArchived ?? false, !node.has(record) else {
                return end <= node.durableLength
            }
            return end <= disk.node(workspace.archive(run))?.durableLength ?? 0
        }?
        .seq ?? 0
    }

    /// Reads all of it anew.
    func replay() throws {
        let ledger = try Ledger(opening: workspace)
        self.ledger = ledger
        node = disk.node(workspace.ledger)
        var all: [LedgerRecord] = []
        for run in ledger.state.runIDs { all += try ledger.records(of: run) }
        records = all.sorted { $0.seq < $1.seq }
        let writer = model.writer
        model = LedgerModel(plan: plan)
        model.hasDamage = !ledger.damage.isEmpty
        for record in records {
            let origin = origins[record.seq]
            model.writer = origin?.writer ?? writer
            _ = model.apply(record, at: origin?.time ?? 0)
        }
        model.writer = writer
        compare(with: ledger.state)
    }

    /// What `status` says is what the ledger says.
    func compare(with state: WorkspaceState) {
        for (id, run) in model.runs {
            guard let told = state.summary(id) else {
                breach("run \(id) is in the ledger, and status does not know it")
                continue
            }
            if told.status != run.status { breach("run \(id) is \(run.words), and status says otherwise") }
            if told.counts != run.counts { breach("the tasks of run \(id) stand at \(run.counts), not \(told.counts)") }
            guard let live = state.live(id) else { continue }
            for (task, known) in zip(run.tasks, live.tasks) where !known.isSame(as: task) {
                breach("task \(known.id) is \(task.status), and status says \(known.status)")
            }
            let wanted = run.requests.filter { $0.mode != .restart && (!$0.targets.isEmpty || !$0.waiting.isEmpty) }
            let ends = live.pendingEnds.filter { request in
                request.mode != .restart
                    && (request.targets.contains { !$0.isSettled } || !request.waiting.isEmpty)
            }
            if Set(wanted.map(\.id)) != Set(ends.map(\.id)) {
                breach("pending ends are \(wanted.map(\.id)), and status says \(ends.map(\.id))")
            }
        }
        for (worker, count) in model.open where state.openAttempts(WorkerID(unchecked: worker)) != count {
            breach("worker \(worker) carries \(count), not \(state.openAttempts(WorkerID(unchecked: worker)))")
        }
    }

    /// What the ledger says now is what a fresh look at it says.
    func compareWithFreshLook() {
        look()
        guard let ledger else { return }
        do {
            let fresh = try Ledger(opening: workspace)
            if fresh.state != ledger.state {
                breach("a fresh look at the ledger says something else than following it")
            }
            if fresh.lastSeq != ledger.lastSeq { breach("a fresh look at the ledger ends elsewhere") }
        } catch {
            breach("the ledger cannot be read: \(error)")
        }
    }

    /// The records of a run.
    func records(of run: RunID) -> [LedgerRecord] { records.filter { $0.event.run == run } }
}

extension LedgerRecord {
    /// Whether it says what another does, wherever they stand.
    fileprivate func says(_ other: LedgerRecord) -> Bool {
        seq == other.seq && time == other.time && event == other.event
    }
}

extension SimulatedDisk.Node {
    /// Whether a record stands in it where it is said to, and not in an archive.
    fileprivate func has(_ record: LedgerRecord) -> Bool {
        let (start, end) = (Int(record.offset), Int(record.offset) + record.length)
        guard end <= content.count else { return false }
        return String(decoding: content[start..<end], as: UTF8.self).contains("\"seq\":\(record.seq),")
    }
}
