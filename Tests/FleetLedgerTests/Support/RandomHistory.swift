import FleetCore
import TestSupport

/// Events of three runs at random, of which about half fit.
struct RandomHistory {
    private var generator: SeededGenerator
    /// How many attempts each task has had.
    private var attempts: [String: Int] = [:]

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// The first events: the runs and their tasks.
    static let beginning: [Event] = runs.flatMap { run in
        [
            .runCreated(
                .init(run: run, name: run.rawValue, labels: ["a": "b"], specDigest: "5e", taskCount: 4, maxWorkers: 3)
            )
        ]
            + tasks.map { .taskEnqueued(.init(run: run, task: $0)) }
    }

    private static let runs = ["p", "q", "r"].map { RunID(unchecked: $0) }
    private static let tasks = ["a", "b", "c", "d"].map { TaskID(unchecked: $0) }
    private static let workers = ["u", "v"].map { WorkerID(unchecked: $0) }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &generator)]
    }

    mutating func next() -> Event {
        let (run, task, worker) = (pick(Self.runs), pick(Self.tasks), pick(Self.workers))
        let key = "\(run)/\(task)"
        let attempt = attempts[key] ?? 1
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<6:
            attempts[key] = attempt + 1
            return .taskLeased(.init(run: run, task: task, attempt: attempt, worker: worker, nonce: Samples.text))
        case 6..<9:
            let time = Samples.time
            return .attemptStarted(
                .init(run: run, task: task, attempt: attempt - 1 | 1, worker: worker, pid: 5, startedAt: time)
            )
        case 9..<14:
            let retryAt = pick([nil, Samples.time])
            let number = max(1, attempt - 1)
            let outcome = pick(Outcome.allCases)
            return .attemptFinished(
                .init(run: run, task: task, attempt: number, worker: worker, outcome: outcome, retryAt: retryAt)
            )
        case 14: return .taskCancelled(.init(run: run, task: task, reason: "x", class: .cancelled))
        case 15: return .taskRequeued(.init(run: run, task: task, reason: "x"))
        case 16:
            let scope = pick([EndScope.run, .task(task), .worker(worker)])
            return .endRequested(.init(run: run, scope: scope, mode: pick(EndMode.allCases), requestID: "e\(attempt)"))
        case 17:
            return .endConfirmed(
                .init(run: run, task: task, attempt: attempt, result: pick(EndResult.allCases), survivors: [7])
            )
        case 18:
            return .runFinished(.init(run: run, status: .failed, tasks: Tally(total: 4, passed: 1), seconds: 1.5))
        default: return .runReopened(.init(run: run))
        }
    }

    mutating func next(_ count: Int) -> [Event] { (0..<count).map { _ in next() } }
}
