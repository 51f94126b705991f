extension WorkspaceState {
    /// Folds one record into the state.
    ///
    /// A run that has ended is kept in short from there on. Where a record reopens it, `history` is asked for the
    /// run as it was before that record; where it has none, the run stays ended.
    public mutating func apply(_ record: LedgerRecord, history: (RunSummary) -> RunState? = { _ in nil }) {
        switch record.event {
        case .runCreated(let event): create(event.run, record)
        case .managerStarted(let event): create(event.run, record)
        case .unknown(let event):
            if event.isCritical { mayDrive = false }
            if let run = event.run { pass(record, to: run) }
        case .runFinished(let event):
            pass(record, to: event.run)
            end(event.run)
        case .runReopened(let event):
            reopen(event.run, history)
            pass(record, to: event.run)
        default:
            if let run = record.event.run { pass(record, to: run) }
        }
    }

    /// Puts a run that ended back in short, as a snapshot has it.
    package mutating func restore(_ summary: RunSummary) {
        guard index[summary.id] == nil else { return }
        index[summary.id] = entries.count
        entries.append(Entry(id: summary.id, live: nil, ended: summary))
    }

    /// Puts a run that goes on back, as a snapshot has it.
    package mutating func restore(_ live: RunState) {
        guard index[live.id] == nil else { return }
        index[live.id] = entries.count
        liveIndices.append(entries.count)
        entries.append(Entry(id: live.id, live: live, ended: nil))
        for (worker, count) in live.openCounts { openCounts[worker, default: 0] += count }
    }

    private mutating func create(_ run: RunID, _ record: LedgerRecord) {
        guard index[run] == nil else { return pass(record, to: run) }
        guard let state = RunState(beginningWith: record) else { return }
        latest = entries.count
        index[run] = latest
        liveIndices.append(latest)
        entries.append(Entry(id: run, live: state, ended: nil))
    }

    private mutating func place(of run: RunID) -> Int? {
        if latest < entries.count, entries[latest].id == run { return latest }
        guard let place = index[run] else { return nil }
        latest = place
        return place
    }

    private mutating func pass(_ record: LedgerRecord, to run: RunID) {
        guard let place = place(of: run) else { return }
        guard let change = entries[place].live?.fold(record) else {
            entries[place].ended?.extend(over: record)
            return
        }
        if let worker = change.opened { openCounts[worker, default: 0] += 1 }
        if let worker = change.closed { close(1, worker) }
    }

    private mutating func close(_ count: Int, _ worker: WorkerID) {
        guard let open = openCounts[worker] else { return }
        openCounts[worker] = open > count ? open - count : nil
    }

    private mutating func end(_ run: RunID) {
        guard let place = index[run], let live = entries[place].live else { return }
        for (worker, count) in live.openCounts { close(count, worker) }
        endedRecords += live.recordCount
        entries[place].ended = live.summary
        entries[place].live = nil
        liveIndices.removeAll { $0 == place }
    }

    private mutating func reopen(_ run: RunID, _ history: (RunSummary) -> RunState?) {
        guard let place = index[run], let summary = entries[place].ended, let live = history(summary) else { return }
        for (worker, count) in live.openCounts { openCounts[worker, default: 0] += count }
        entries[place].live = live
        entries[place].ended = nil
        liveIndices.append(place)
        liveIndices.sort()
    }
}

extension RunSummary {
    /// Counts a record that came after the end among the run's.
    fileprivate mutating func extend(over record: LedgerRecord) {
        let end = record.offset + Int64(record.length)
        if end > extent.upperBound { extent = extent.lowerBound..<end }
    }
}
