import Testing

@testable import FleetCore

/// Records that do not fit: they change nothing.
@Suite struct RunStateMisfitTests {
    /// What happened before, and what does not fit then.
    struct Misfit: Sendable, CustomTestStringConvertible {
        var name: String
        var before: [Event]
        var event: Event
        var testDescription: String { name }
    }

    static let other = RunID(unchecked: "other")

    static let misfits: [Misfit] = [
        .init(name: "a run that was created", before: [], event: .created(maxWorkers: 7)),
        .init(name: "a task that was enqueued", before: [.leased("a")], event: .enqueued("a")),
        .init(name: "lease of a leased task", before: [.leased("a")], event: .leased("a", 1, on: "v")),
        .init(name: "lease of a running task", before: [.leased("a"), .started("a")], event: .leased("a", on: "v")),
        .init(name: "lease of a passed task", before: [.leased("a"), .finished("a")], event: .leased("a", 2)),
        .init(name: "lease of a cancelled task", before: [.cancelled("a")], event: .leased("a")),
        .init(
            name: "lease of a used number",
            before: [.leased("a", 3), .finished("a", .failed, attempt: 3, retryAt: Timestamp(milliseconds: 1))],
            event: .leased("a", 3)
        ),
        .init(name: "lease of number 0", before: [], event: .leased("a", 0)),
        .init(name: "lease in an ended run", before: [.ended()], event: .leased("a")),
        .init(name: "start of no task", before: [], event: .started("x")),
        .init(name: "start of a queued task", before: [], event: .started("a")),
        .init(name: "start of another attempt", before: [.leased("a")], event: .started("a", 2)),
        .init(name: "start again", before: [.leased("a"), .started("a")], event: .started("a")),
        .init(name: "start after the end", before: [.leased("a"), .finished("a")], event: .started("a")),
        .init(name: "end of no task in an ended run", before: [.ended()], event: .finished("x")),
        .init(name: "end of a cancelled task", before: [.cancelled("a")], event: .finished("a")),
        .init(name: "end of another attempt", before: [.leased("a", 2)], event: .finished("a", attempt: 1)),
        .init(
            name: "end of an earlier attempt",
            before: [
                .leased("a"), .finished("a", .failed, retryAt: Timestamp(milliseconds: 1)), .leased("a", 2),
            ],
            event: .finished("a", attempt: 1)
        ),
        .init(name: "another end", before: [.leased("a"), .finished("a", .failed)], event: .finished("a", .passed)),
        .init(name: "cancelling no task", before: [], event: .cancelled("x")),
        .init(name: "cancelling a leased task", before: [.leased("a")], event: .cancelled("a")),
        .init(name: "cancelling a passed task", before: [.leased("a"), .finished("a")], event: .cancelled("a")),
        .init(name: "cancelling twice", before: [.cancelled("a", .interrupted)], event: .cancelled("a")),
        .init(name: "queueing no task", before: [], event: .requeued("x")),
        .init(name: "a wish in an ended run", before: [.leased("a"), .ended()], event: .wanted(.stop, .run)),
        .init(name: "a wish of a known name", before: [.wanted(.stop, .run)], event: .wanted(.interrupt, .run)),
        .init(name: "a wish for no worker", before: [.leased("a")], event: .wanted(.stop, .worker("x"))),
        .init(name: "a wish for no task", before: [.leased("a")], event: .wanted(.restart, .task("x"))),
        .init(
            name: "a wish for a passed task",
            before: [.leased("a"), .finished("a")],
            event: .wanted(.stop, .task("a"))
        ),
        .init(name: "an answer to no wish", before: [.leased("a")], event: .confirmed("a", .stopped)),
        .init(
            name: "an answer about another task",
            before: [.leased("a"), .leased("b", on: "v"), .wanted(.stop, .task("a"))],
            event: .confirmed("b", .stopped)
        ),
        .init(
            name: "an answer to another wish",
            before: [.leased("a"), .wanted(.stop, .task("a"))],
            event: .confirmed("a", .stopped, id: "f")
        ),
        .init(name: "another run's lease", before: [], event: .leased("a", 1, on: "w", in: other)),
        .init(name: "another run's end", before: [], event: .ended(.failed, in: other)),
        .init(
            name: "a record of an unknown type",
            before: [],
            event: .unknown(UnknownEvent(type: "x", run: Event.r, isCritical: true, line: []))
        ),
    ]

    @Test(arguments: misfits) func changesNothing(_ misfit: Misfit) {
        let before = RunState.after(misfit.before)
        var after = RunState.after(misfit.before + [misfit.event])
        after.recordCount = before.recordCount
        after.extent = before.extent
        #expect(after == before)
    }

    /// The first end of an attempt wins, whoever tells it.
    @Test func endBySomebodyElseCountsForTheWorkerThatHasTheLease() {
        let state = RunState.after(.leased("a", on: "w"), .finished("a", on: "v"))
        #expect(state.open("w") == 0)
        #expect(state.status("a") == .passed)
    }

    /// An attempt that was open when its run ended may still end; if the run goes on, its slot must be free.
    @Test func endAfterTheRunsEndGivesTheSlotBack() {
        let state = RunState.after(.leased("a"), .ended(.incomplete), .finished("a"), .reopened())
        #expect(state.open("w") == 0)
        #expect(state.status("a") == .passed)
    }
}
