extension WorkspaceState {
    /// How many runs there are.
    public var runCount: Int { entries.count }

    /// The runs in the order in which they were accepted.
    public var runIDs: [RunID] { entries.map(\.id) }

    /// The runs that go on, oldest first.
    public var liveRuns: [RunState] { liveIndices.compactMap { entries[$0].live } }

    /// How many runs go on.
    public var liveRunCount: Int { liveIndices.count }

    /// Whether a run of this id was ever accepted.
    public func contains(_ run: RunID) -> Bool { index[run] != nil }

    /// The run of an id.
    public func run(_ id: RunID) -> Run? { index[id].flatMap { entries[$0].run } }

    /// The run of an id in full, while it goes on.
    public func live(_ id: RunID) -> RunState? { index[id].flatMap { entries[$0].live } }

    /// Every run in short, oldest first.
    public var summaries: [RunSummary] { entries.compactMap(\.summary) }

    /// A run in short.
    public func summary(_ id: RunID) -> RunSummary? { index[id].flatMap { entries[$0].summary } }

    /// How many attempts a worker carries, for all runs together.
    public func openAttempts(_ worker: WorkerID) -> Int { openCounts[worker] ?? 0 }

    /// The largest number of automatic local workers that a live run asked for; runs share them.
    public var automaticWorkers: Int {
        liveIndices.reduce(0) { max($0, entries[$1].live?.created.maxWorkers ?? 0) }
    }

    /// How many attempts some workers carry, for all runs together.
    public func openAttempts(where isIncluded: (WorkerID) -> Bool) -> Int {
        openCounts.reduce(0) { isIncluded($1.key) ? $0 + $1.value : $0 }
    }

    /// What a worker did last, in any run that is not forgotten.
    ///
    /// The latest lease counts, live run or ended one.
    public func latest(of worker: WorkerID) -> (run: RunID, worker: RunSummary.Worker)? {
        var found: (run: RunID, worker: RunSummary.Worker)?
        for entry in entries {
            let candidate: RunSummary.Worker?
            if let live = entry.live {
                candidate = live.workerIndex[worker].map { live.workers[$0] }
            } else {
                candidate = entry.ended?.workers.first { $0.definition.id == worker }
            }
            guard let candidate else { continue }
            if let known = found, known.worker.lastSeq > candidate.lastSeq { continue }
            found = (entry.id, candidate)
        }
        return found
    }

    /// The definition of a worker in the live runs that is not `digest`, by which a new run with it is refused.
    public func conflict(with worker: WorkerSummary) -> (run: RunID, definition: WorkerSummary)? {
        for index in liveIndices {
            guard let live = entries[index].live, let place = live.workerIndex[worker.id] else { continue }
            let known = live.workers[place].definition
            if known.digest != worker.digest { return (live.id, known) }
        }
        return nil
    }
}

extension WorkspaceState.Entry {
    var run: WorkspaceState.Run? {
        if let live { return .live(live) }
        return ended.map { .ended($0) }
    }

    var summary: RunSummary? { ended ?? live?.summary }
}

extension RunState {
    /// The run in short.
    public var summary: RunSummary {
        RunSummary(
            id: id,
            name: created.name,
            labels: created.labels,
            status: status,
            createdAt: createdAt,
            finishedAt: finishedAt,
            counts: counts,
            workers: workers,
            extent: extent,
            isArchived: isArchived,
            seal: seal
        )
    }
}
