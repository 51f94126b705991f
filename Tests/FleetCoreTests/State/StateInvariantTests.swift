import TestSupport
import Testing

@testable import FleetCore

/// Random histories, in which much does not fit: what is counted along the way is what a recount finds.
@Suite struct StateInvariantTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64]) func countsEqualARecount(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var history = History()
        var state = WorkspaceState()
        for _ in 0..<1_200 {
            let record = history.add(Self.event(state, &generator))
            state.apply(record) { history.state(of: $0.id, before: record.offset) }
            let violation = Self.violation(of: state)
            try #require(violation == nil, "seed \(seed), record \(record.seq)")
        }
        #expect(state.runCount == Self.runs.count, "seed \(seed)")
        // A run is the fold of its own records, whatever stood between them, and whether it was ended meanwhile.
        for run in state.liveRuns { #expect(history.state(of: run.id) == run, "seed \(seed)") }
        var again = WorkspaceState()
        for record in history.records { again.apply(record) { history.state(of: $0.id, before: record.offset) } }
        #expect(again == state, "seed \(seed)")
    }

    static let runs = ["p", "q", "r"].map { RunID(unchecked: $0) }

    /// An event of any kind; often one that fits, as else hardly anything would happen.
    private static func event(_ state: WorkspaceState, _ generator: inout SeededGenerator) -> Event {
        func pick<Element>(_ elements: [Element]) -> Element {
            elements[Int.random(in: 0..<elements.count, using: &generator)]
        }
        let run = pick(runs)
        guard state.contains(run) else { return .created(run, maxWorkers: Int.random(in: 1...9, using: &generator)) }
        let task = pick(["a", "b", "c", "d", "e", "f"])
        let worker = pick(["u", "v", "w"])
        let known = state.live(run)?.task(TaskID(unchecked: task))
        let fits = Int.random(in: 0..<10, using: &generator) > 0
        let number = fits ? known?.attempts.last?.number ?? 1 : Int.random(in: 0...4, using: &generator)
        let result = pick([EndResult.stopped, .alreadyExited, .survivors, .unreachable])
        let requestID = pick(["1", "2", "3", "4", "5"])
        switch Int.random(in: 0..<40, using: &generator) {
        case 0..<4: return .enqueued(task, in: run)
        case 4..<13: return .leased(task, fits ? known?.nextAttempt ?? 1 : number, on: worker, in: run)
        case 13..<19: return .started(task, number, on: worker, in: run)
        case 19..<27:
            let failure = pick([nil, FailureClass.task, .lost, .cancelled])
            let retryAt = pick([nil, nil, Timestamp(milliseconds: 7)])
            let outcome = pick(Outcome.allCases)
            return .finished(task, outcome, attempt: number, on: worker, failure: failure, retryAt: retryAt, in: run)
        case 27..<29: return .cancelled(task, pick([.cancelled, .interrupted]), in: run)
        case 29..<31: return .requeued(task, in: run)
        case 31..<34:
            return .wanted(pick(EndMode.allCases), pick([.run, .worker(worker), .task(task)]), id: requestID, in: run)
        case 34..<37: return .confirmed(task, result, attempt: number, id: pick([nil, requestID]), in: run)
        case 37: return Int.random(in: 0..<3, using: &generator) == 0 ? .ended(.failed, in: run) : .created(run)
        case 38: return .reopened(run)
        default: return .unknown(UnknownEvent(type: "x", run: run, line: []))
        }
    }

    /// What does not hold of a run that goes on.
    private static func violation(of run: RunState) -> String? {
        var counts = TaskCounts()
        var open: [WorkerID: Int] = [:]
        for task in run.tasks {
            counts[task.status] += 1
            let isOpen = task.status == .leased || task.status == .running
            let numbers = task.attempts.map(\.number)
            let hasGood: [(String, Bool)] = [
                ("an open attempt", (task.openAttempt != nil) == isOpen),
                ("its phase", !isOpen || (task.openAttempt?.phase == .running) == (task.status == .running)),
                ("ends", task.attempts.dropLast().allSatisfy { !$0.isOpen && $0.outcome != nil }),
                ("rising numbers", zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }),
                ("a time to wait for", task.retryAt == nil || task.status == .queued),
                ("a restart", !task.isRestarting || isOpen),
                ("a cancellation", task.cancellation == nil || [.cancelled, .interrupted].contains(task.status)),
            ]
            if let wrong = hasGood.first(where: { !$0.1 }) { return "\(task.id): \(wrong.0)" }
            if let attempt = task.openAttempt { open[attempt.worker, default: 0] += 1 }
        }
        let isGood: [(String, Bool)] = [
            ("counts", run.counts == counts && counts.total == run.tasks.count), ("slots", run.openCounts == open),
            ("open attempts", run.openAttempts.count == open.values.reduce(0, +)), ("status", run.status == nil),
            ("wishes", run.pendingEnds.allSatisfy { $0.isPending }),
            ("names of wishes", Set(run.pendingEnds.map(\.id)).count == run.pendingEnds.count),
        ]
        return isGood.first { !$0.1 }.map { "\(run.id): \($0.0)" }
    }

    /// What does not hold of a workspace.
    private static func violation(of state: WorkspaceState) -> String? {
        var open: [WorkerID: Int] = [:]
        for run in state.liveRuns { open.merge(run.openCounts, uniquingKeysWith: +) }
        let isGood: [(String, Bool)] = [
            ("slots", state.openCounts == open), ("order", state.liveIndices == state.liveIndices.sorted()),
            ("either live or ended", state.entries.allSatisfy { ($0.live == nil) != ($0.ended == nil) }),
        ]
        return isGood.first { !$0.1 }?.0 ?? state.liveRuns.lazy.compactMap { violation(of: $0) }.first
    }
}
