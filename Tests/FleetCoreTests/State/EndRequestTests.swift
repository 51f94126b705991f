import Testing

@testable import FleetCore

/// Wishes that attempts be ended.
@Suite struct EndRequestTests {
    private func targets(_ state: RunState) -> [String] {
        state.pendingEnds.flatMap { $0.targets.map { "\($0.task).\($0.attempt)@\($0.worker)" } }
    }

    @Test(arguments: EndMode.allCases) func wishForARunIsPendingUntilItEnds(_ mode: EndMode) {
        let begin: [Event] = [.leased("a", on: "w"), .wanted(mode, .run)]
        let state = RunState.after(begin)
        #expect(state.requestedEnd == mode)
        #expect(targets(state) == ["a.1@w"])
        #expect(state.pendingEnds.map(\.seq) == [5])
        #expect(state.pendingEnds.map(\.requestedAt) == [History.time(4)])
        #expect(RunState.after(begin + [.confirmed("a", .stopped), .finished("a", .cancelled)]).pendingEnds.count == 1)
        #expect(RunState.after(begin + [.ended(.cancelled)]).pendingEnds.isEmpty)
        #expect(RunState.after([.wanted(mode, .run)]).pendingEnds.count == 1)
    }

    @Test func latestWishForTheRunCounts() {
        let state = RunState.after(
            .leased("a"),
            .wanted(.interrupt, .run, id: "1"),
            .wanted(.stop, .run, id: "2"),
            .wanted(.interrupt, .worker("w"), id: "3")
        )
        #expect(state.requestedEnd == .stop)
        #expect(state.pendingEnds.map(\.id) == ["1", "2", "3"])
    }

    @Test func wishForAWorkerIsForWhatItCarries() {
        let state = RunState.after(.leased("a", on: "w"), .leased("b", on: "v"), .wanted(.stop, .worker("v")))
        #expect(targets(state) == ["b.1@v"])
        #expect(state.requestedEnd == nil)
    }

    @Test(arguments: [EndResult.stopped, .alreadyExited, .survivors]) func verifiedEndSettles(_ result: EndResult) {
        let state = RunState.after(.leased("a"), .wanted(.stop, .worker("w")), .confirmed("a", result))
        #expect(state.pendingEnds.isEmpty)
    }

    @Test func whatIsUnreachableWaitsForContact() {
        let begin: [Event] = [.leased("a"), .wanted(.stop, .worker("w")), .confirmed("a", .unreachable)]
        #expect(RunState.after(begin).pendingEnds.first?.targets.first?.result == .unreachable)
        #expect(RunState.after(begin + [.confirmed("a", .stopped)]).pendingEnds.isEmpty)
        #expect(RunState.after(begin + [.finished("a", .cancelled)]).pendingEnds.isEmpty)
    }

    /// What was given up may still run: only the host's word settles it.
    @Test func lostAttemptIsNotOver() {
        let lost = Event.finished("a", .failed, failure: .lost)
        let begin: [Event] = [.leased("a"), .wanted(.stop, .worker("w")), lost]
        #expect(targets(RunState.after(begin)) == ["a.1@w"])
        #expect(RunState.after(begin + [.confirmed("a", .alreadyExited)]).pendingEnds.isEmpty)
    }

    @Test func otherTargetsOfAWishStay() {
        let state = RunState.after(
            .leased("a"),
            .leased("b"),
            .wanted(.stop, .worker("w")),
            .confirmed("a", .survivors, survivors: [7, 8])
        )
        #expect(targets(state) == ["a.1@w", "b.1@w"])
        #expect(state.pendingEnds.first?.targets.first?.survivors == [7, 8])
    }

    @Test func verifiedEndIsTheLastWord() {
        let state = RunState.after(
            .leased("a"),
            .leased("b"),
            .wanted(.stop, .worker("w")),
            .confirmed("a", .survivors, survivors: [7]),
            .confirmed("a", .unreachable)
        )
        #expect(state.pendingEnds.first?.targets.first?.result == .survivors)
        #expect(state.pendingEnds.first?.targets.first?.survivors == [7])
    }

    @Test func answerWithoutANameIsForAllWishes() {
        let begin: [Event] = [
            .leased("a"), .wanted(.interrupt, .worker("w"), id: "1"), .wanted(.stop, .task("a"), id: "2"),
        ]
        #expect(RunState.after(begin + [.confirmed("a", .stopped, id: nil)]).pendingEnds.isEmpty)
        #expect(RunState.after(begin + [.confirmed("a", .stopped, id: "1")]).pendingEnds.map(\.id) == ["2"])
    }

    // MARK: Tasks that wait

    @Test(arguments: [EndMode.interrupt, .stop]) func waitingTaskIsToBeCancelled(_ mode: EndMode) {
        let state = RunState.after(.wanted(mode, .task("a")))
        #expect(state.pendingEnds.first?.waiting.map(\.rawValue) == ["a"])
        #expect(RunState.after(.wanted(mode, .task("a")), .cancelled("a")).pendingEnds.isEmpty)
    }

    /// It was leased before who drives the run read the wish.
    @Test(arguments: [EndScope.run, .task("a")]) func taskLeasedMeanwhileIsCovered(_ scope: EndScope) {
        let state = RunState.after(.wanted(.stop, scope), .leased("a", on: "w"))
        #expect(targets(state) == ["a.1@w"])
        #expect(state.pendingEnds.first?.waiting.isEmpty == true)
    }

    @Test func taskLeasedMeanwhileIsNotCoveredByAWorkersWish() {
        let state = RunState.after(.leased("a"), .wanted(.stop, .worker("w")), .leased("b"))
        #expect(targets(state) == ["a.1@w"])
    }

    // MARK: Restart

    @Test func restartOfAWorkerQueuesWhatItCarriesAgain() {
        let begin: [Event] = [.leased("a"), .started("a"), .wanted(.restart, .worker("w"))]
        let wanted = RunState.after(begin)
        #expect(targets(wanted) == ["a.1@w"])
        #expect(wanted.pendingEnds.first?.waiting.map(\.rawValue) == ["a"])
        let queued = RunState.after(begin + [.requeued("a")])
        #expect(queued.pendingEnds.first?.waiting.isEmpty == true)
        #expect(queued.pendingEnds.count == 1)
        #expect(RunState.after(begin + [.requeued("a"), .confirmed("a", .stopped)]).pendingEnds.isEmpty)
        let over = RunState.after(begin + [.requeued("a"), .finished("a", .cancelled)])
        #expect(over.pendingEnds.isEmpty)
        #expect(over.status("a") == .queued)
        // The next lease is not ended by it.
        #expect(targets(RunState.after(begin + [.requeued("a"), .finished("a", .cancelled), .leased("a", 2)])) == [])
    }

    @Test func restartOfAnIdleWorkerIsForItsLastTask() {
        let begin: [Event] = [
            .leased("a"), .finished("a"), .leased("b"), .finished("b"), .wanted(.restart, .worker("w")),
        ]
        #expect(RunState.after(begin).pendingEnds.first?.waiting.map(\.rawValue) == ["b"])
        #expect(RunState.after(begin + [.requeued("b")]).pendingEnds.isEmpty)
    }

    @Test(arguments: [[Event.leased("a")], [.leased("a"), .finished("a")], []]) func restartOfATask(_ before: [Event]) {
        let begin = before + [.wanted(.restart, .task("a"))]
        #expect(RunState.after(begin).pendingEnds.first?.waiting.map(\.rawValue) == ["a"])
        #expect(RunState.after(begin + [.requeued("a"), .confirmed("a", .stopped)]).pendingEnds.isEmpty)
    }

    @Test func restartIsNotCarriedOutByACancellation() {
        let state = RunState.after(
            .wanted(.restart, .task("a"), id: "1"),
            .wanted(.stop, .task("a"), id: "2"),
            .cancelled("a")
        )
        #expect(state.pendingEnds.map(\.id) == ["1"])
    }
}
