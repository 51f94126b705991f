/// Those who want channels.
extension PoolState {
    /// A caller wants a channel.
    ///
    /// - Parameters:
    ///   - caller: who; a number that was not used before.
    ///   - deadline: when it has waited long enough; nil for the pool's own patience.
    ///   - now: the time.
    /// - Returns: what the executor does.
    mutating func acquire(_ caller: CallerID, deadline: PoolInstant? = nil, now: PoolInstant) -> [PoolAction] {
        let now = advance(to: now)
        precondition(callers[caller] == nil, "a caller is there already: \(caller.number)")
        if shutdown != nil { return [.fail(caller, PoolFailure(.closed))] }
        lastPlace += 1
        callers[caller] = PoolCaller(place: lastPlace)
        waiting.set(caller, lastPlace)
        deadlines.set(caller, deadline ?? now.advanced(by: settings.patience))
        var actions: [PoolAction] = []
        settle(now, &actions)
        return actions
    }

    /// A caller wants its channel no more; one that was served or told already is not touched.
    mutating func cancel(_ caller: CallerID, now: PoolInstant) -> [PoolAction] {
        let now = advance(to: now)
        var actions: [PoolAction] = []
        dismiss(caller, PoolFailure(.cancelled), &actions)
        settle(now, &actions)
        return actions
    }

    /// Tells a caller that it gets no channel, unless it has been told something already.
    mutating func dismiss(_ caller: CallerID, _ failure: PoolFailure, _ actions: inout [PoolAction]) {
        switch callers[caller]?.phase {
        case .waiting:
            waiting.remove(caller)
            deadlines.remove(caller)
            callers[caller] = nil
            actions.append(.fail(caller, failure))
        case .opening(let connection), .starting(let connection):
            // Its channel is counted until the connection says what became of it.
            deadlines.remove(caller)
            callers[caller]?.phase = .abandoned(connection)
            actions.append(.fail(caller, failure))
            actions.append(.abandon(caller, on: connection))
        case .open, .abandoned, .closing, nil:
            break
        }
    }

    /// Tells all who wait that they get no channel.
    mutating func dismissWaiting(_ failure: PoolFailure, _ actions: inout [PoolAction]) {
        while let caller = waiting.firstKey { dismiss(caller, failure, &actions) }
    }

    /// Tells those who have waited long enough.
    mutating func dismissImpatient(_ now: PoolInstant, _ actions: inout [PoolAction]) {
        while let caller = deadlines.firstKey, let deadline = deadlines.firstRank, deadline <= now {
            deadlines.remove(caller)
            count(.impatient)
            // The reason that there is no connection says more than that there is none.
            let reason = callers[caller]?.phase == .waiting ? lastFailure : nil
            let failure = reason.map { PoolFailure(.connect($0.kind), of: $0.connection) } ?? PoolFailure(.impatient)
            dismiss(caller, failure, &actions)
        }
    }

    /// Puts a caller back to those who wait, whose channel came to nothing before anything of its command was sent, or
    /// tells it where that has happened too often.
    mutating func tryElsewhere(_ caller: CallerID, _ failure: PoolFailure, _ actions: inout [PoolAction]) {
        callers[caller]?.losses += 1
        if callers[caller]?.losses ?? 0 < settings.lossLimit {
            requeue(caller, &actions)
        } else {
            fail(caller, failure, &actions)
        }
    }

    /// Tells a caller whose channel is gone that it gets none, and forgets it.
    mutating func fail(_ caller: CallerID, _ failure: PoolFailure, _ actions: inout [PoolAction]) {
        deadlines.remove(caller)
        callers[caller] = nil
        actions.append(.fail(caller, failure))
    }

    /// Puts a caller back to those who wait, at its old place.
    mutating func requeue(_ caller: CallerID, _ actions: inout [PoolAction]) {
        guard let place = callers[caller]?.place else { return }
        callers[caller]?.phase = .waiting
        waiting.set(caller, place)
        // During a shut-down nothing new is begun, not even a second try.
        if shutdown != nil { dismiss(caller, PoolFailure(.closed), &actions) }
    }
}
