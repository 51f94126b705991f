import Testing

@testable import FleetCore

/// All runs of a workspace, as the fold of one ledger.
@Suite struct WorkspaceStateTests {
    static let (p, q) = (RunID(unchecked: "p"), RunID(unchecked: "q"))
    static let worker = WorkerID(unchecked: "w")

    /// A workspace after some events, with the history of its own records.
    private func state(_ events: Event...) -> WorkspaceState {
        var history = History()
        var state = WorkspaceState()
        for event in events {
            let record = history.add(event)
            state.apply(record) { history.state(of: $0.id, before: record.offset) }
        }
        return state
    }

    @Test func eachRunHasItsOwnRecords() {
        let state = state(
            .created(Self.p),
            .created(Self.q),
            .enqueued("a", in: Self.p),
            .enqueued("a", in: Self.q),
            .enqueued("b", in: Self.q),
            .leased("a", 1, on: "w", in: Self.q),
            .leased("a", 1, on: "w", in: Self.p),
            .started("a", 1, on: "w", in: Self.q)
        )
        #expect(state.runIDs == [Self.p, Self.q])
        #expect(state.runCount == 2)
        #expect(state.live(Self.p)?.counts.leased == 1)
        #expect(state.live(Self.q)?.counts.running == 1)
        #expect(state.openAttempts(Self.worker) == 2)
        #expect(state.openAttempts { $0 == Self.worker } == 2)
        #expect(state.openAttempts { _ in false } == 0)
        #expect(state.live(Self.p)?.extent == 0..<700)
        #expect(state.live(Self.q)?.extent == 100..<800)
    }

    @Test func recordsOfNoRunChangeNothing() {
        #expect(state(.leased("a"), .ended(), .reopened(), .enqueued("a")) == WorkspaceState())
        let unknown = Event.unknown(UnknownEvent(type: "x", line: []))
        #expect(state(unknown) == WorkspaceState())
    }

    @Test func secondRunOfOneIDIsNone() {
        let state = state(.created(), .enqueued("a"), .created(maxWorkers: 9))
        #expect(state.runCount == 1)
        #expect(state.live(Event.r)?.counts.total == 1)
        #expect(state.automaticWorkers == 0)
    }

    @Test func endedRunIsKeptInShort() throws {
        let state = state(
            .created(),
            .enqueued("a"),
            .enqueued("b"),
            .leased("a"),
            .finished("a"),
            .leased("b"),
            .ended(.incomplete)
        )
        #expect(state.live(Event.r) == nil)
        #expect(state.liveRunCount == 0)
        #expect(state.contains(Event.r))
        #expect(state.openAttempts(Self.worker) == 0)
        #expect(state.endedRecords == 7)
        let summary = try #require(state.summary(Event.r))
        #expect(summary.status == .incomplete)
        #expect(summary.name == "n")
        #expect(summary.labels == ["a": "b"])
        #expect(summary.createdAt == History.time(0))
        #expect(summary.finishedAt == History.time(6))
        #expect(summary.counts.passed == 1)
        #expect(summary.counts.leased == 1)
        #expect(summary.workers.map(\.lastTask?.rawValue) == ["b"])
        #expect(summary.extent == 0..<700)
        #expect(state.run(Event.r) == .ended(summary))
    }

    @Test func recordAfterTheEndBelongsToTheRunAllTheSame() {
        let state = state(.created(), .created(Self.p), .enqueued("a"), .leased("a"), .ended(), .finished("a"))
        #expect(state.summary(Event.r)?.extent == 0..<600)
        #expect(state.summary(Event.r)?.counts.leased == 1)
        #expect(state.openAttempts(Self.worker) == 0)
    }

    @Test func reopenedRunIsThereInFull() {
        let state = state(
            .created(),
            .created(Self.p),
            .enqueued("a"),
            .enqueued("b"),
            .leased("a"),
            .finished("a", .failed),
            .leased("b"),
            .ended(.failed),
            .ended(.completed, in: Self.p),
            .reopened(),
            .requeued("a")
        )
        #expect(state.liveRuns.map(\.id) == [Event.r])
        #expect(state.live(Event.r)?.status("a") == .queued)
        #expect(state.live(Event.r)?.status == nil)
        #expect(state.openAttempts(Self.worker) == 1)
        #expect(state.live(Event.r)?.extent == 0..<1_100)
    }

    @Test func runWhoseHistoryIsGoneStaysEnded() {
        var history = History()
        var state = WorkspaceState()
        for event in [Event.created(), .enqueued("a"), .ended(), .reopened(), .leased("a")] {
            state.apply(history.add(event))
        }
        #expect(state.live(Event.r) == nil)
        #expect(state.summary(Event.r)?.status == .completed)
        #expect(state.summary(Event.r)?.extent == 0..<500)
    }

    @Test func liveRunsAreInTheOrderOfTheirCreation() {
        let state = state(
            .created(Self.p),
            .created(Self.q),
            .created(),
            .ended(.completed, in: Self.p),
            .ended(.completed, in: Self.q),
            .reopened(Self.q),
            .reopened(Self.p)
        )
        #expect(state.liveRuns.map(\.id) == [Self.p, Self.q, Event.r])
        #expect(state.summaries.map(\.id) == [Self.p, Self.q, Event.r])
    }

    @Test(arguments: [(true, false), (false, true)]) func criticalRecordOfANewerVersionForbidsDriving(
        isCritical: Bool,
        mayDrive: Bool
    ) {
        let unknown = Event.unknown(UnknownEvent(type: "x", isCritical: isCritical, line: []))
        #expect(state(.created(), unknown).mayDrive == mayDrive)
    }

    // MARK: Queries

    @Test func latestOfAWorkerIsThatOfItsLastLease() {
        let state = state(
            .created(Self.p),
            .created(Self.q),
            .enqueued("a", in: Self.p),
            .enqueued("b", in: Self.q),
            .leased("b", 1, on: "w", in: Self.q),
            .finished("b", attempt: 1, on: "w", in: Self.q),
            .leased("a", 3, on: "w", in: Self.p),
            .ended(.completed, in: Self.p)
        )
        let latest = state.latest(of: Self.worker)
        #expect(latest?.run == Self.p)
        #expect(latest?.worker.lastTask?.rawValue == "a")
        #expect(latest?.worker.lastAttempt == 3)
        #expect(state.latest(of: WorkerID(unchecked: "x")) == nil)
    }

    @Test func automaticWorkersAreTheMostThatALiveRunAskedFor() {
        let state = state(.created(Self.p, maxWorkers: 4), .created(Self.q, maxWorkers: 8), .created())
        #expect(state.automaticWorkers == 8)
        let later = self.state(
            .created(Self.p, maxWorkers: 4),
            .created(Self.q, maxWorkers: 8),
            .ended(.completed, in: Self.q)
        )
        #expect(later.automaticWorkers == 4)
    }

    @Test func workerInUseMayNotMeanSomethingElse() {
        func summary(_ digest: String) -> WorkerSummary {
            WorkerSummary(id: Self.worker, host: "local", slots: 1, digest: digest)
        }
        let live = state(.created(Self.p, workers: [summary("d")]))
        #expect(live.conflict(with: summary("d")) == nil)
        #expect(live.conflict(with: summary("e"))?.run == Self.p)
        #expect(live.conflict(with: summary("e"))?.definition == summary("d"))
        let ended = state(.created(Self.p, workers: [summary("d")]), .ended(.completed, in: Self.p))
        #expect(ended.conflict(with: summary("e")) == nil)
    }
}
