import FleetCore

/// How far the ends that were asked for in one run are carried out, by what the ledger says.
struct EndProgress {
    private let run: RunID
    private let scope: EndScope
    private var targets: [FleetCore.EndRequest.Target]
    private var found: [Attempt: Event.EndConfirmed] = [:]
    /// What of it is concluded from how the attempts ended, and not the word of who was asked.
    private var concluded: Set<Attempt> = []
    private var isRunOver = false
    /// Whether this process has tried to carry them out itself.
    var isSettledHere = false

    private struct Attempt: Hashable {
        let task: TaskID
        let number: Int
    }

    /// Nothing is carried out yet.
    init(run: RunID, scope: EndScope, targets: [FleetCore.EndRequest.Target]) {
        self.run = run
        self.scope = scope
        self.targets = targets
    }

    /// Takes notice of an event of the run that came after the request.
    mutating func note(_ event: Event, requestID: String) {
        switch event {
        case .endConfirmed(let event) where event.requestID == requestID:
            set(event)
        case .attemptFinished(let event) where event.failure?.class != .lost:
            // It ended before anybody could be asked to end it, or as it should; one that is lost may still run.
            let isEnded = event.outcome == .interrupted || event.outcome == .cancelled
            set(
                Event.EndConfirmed(
                    run: run,
                    task: event.task,
                    attempt: event.attempt,
                    result: isEnded ? .stopped : .alreadyExited
                ),
                isConcluded: true
            )
        case .runFinished: isRunOver = true
        default: break
        }
    }

    private mutating func set(_ event: Event.EndConfirmed, isConcluded: Bool = false) {
        let attempt = Attempt(task: event.task, number: event.attempt)
        // The word of who was asked counts before what is concluded from the end: that processes are left, above all.
        if let known = found[attempt], known.result != .unreachable {
            guard event.result == .survivors, concluded.contains(attempt) else { return }
        }
        if isConcluded { concluded.insert(attempt) } else { concluded.remove(attempt) }
        found[attempt] = event
    }

    /// Whether nothing more is to be waited for.
    var isOver: Bool {
        if isSettledHere || isRunOver { return true }
        let results = targets.map { found[Attempt(task: $0.task, number: $0.attempt)]?.result }
        guard results.allSatisfy({ $0 != nil && $0 != .unreachable }) else { return false }
        return scope != .run || results.contains(.survivors)
    }

    /// What came of each attempt; what was not confirmed is never reported as done.
    func confirmations(requestID: String) -> [Event.EndConfirmed] {
        targets.map { target in
            var event = Event.EndConfirmed(
                run: run,
                task: target.task,
                attempt: target.attempt,
                requestID: requestID,
                result: .unreachable
            )
            if let found = found[Attempt(task: target.task, number: target.attempt)] {
                event.result = found.result
                event.set(survivors: found.survivors, of: found.survivorCount)
            }
            return event
        }
    }
}
