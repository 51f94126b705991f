/// What follows a handshake that failed.
extension PoolState {
    /// Pauses before the next handshake, or gives the host up for those who wait.
    ///
    /// A host that has let us in, or that says itself that it is busy, refuses for a while only, mostly because of its
    /// MaxStartups: those who wait keep their place. A host that never did, or that has gone silent, or that goes on refusing when no connection is left, is
    /// given up at once, so that callers learn it in time.
    mutating func hold(
        after failure: ConnectFailure,
        of connection: ConnectionID,
        _ now: PoolInstant,
        _ actions: inout [PoolAction]
    ) {
        // Refusals of one burst make one pause.
        if now >= retryAt ?? now {
            failuresInRow += 1
            window = max(1, window / 2)
            retryAt = now.advanced(by: pause(failuresInRow, from: settings.firstBackoff, to: settings.longestBackoff))
        }
        let isAlone = readyCount == 0 && queued.isEmpty && handshakes == 0
        let isPassing = hasAuthenticated || failure == .busy
        let isHopeless = !isPassing || failure == .timeout || failuresInRow > settings.retryLimit
        guard isAlone, isHopeless else { return }
        hasAuthenticated = false
        window = 1
        failuresInRow = 0
        retryAt = nil
        dismissWaiting(PoolFailure(.connect(failure), of: connection), &actions)
    }

    /// Leaves those who wait to the connections that serve, after a handshake that was turned away for good; where there are
    /// none, or where each serves one caller for as long as that likes, they are told.
    ///
    /// The host is asked by one now and then, as even that may pass: an agent may have been locked for a moment.
    mutating func bar(
        after failure: ConnectFailure,
        of connection: ConnectionID,
        _ now: PoolInstant,
        _ actions: inout [PoolAction]
    ) {
        window = 1
        guard hasServing, commonLimit > 1 else {
            (barredUntil, barsInRow) = (nil, 0)
            return dismissWaiting(PoolFailure(.connect(failure), of: connection), &actions)
        }
        // Those of one burst count once.
        guard now >= barredUntil ?? now else { return }
        barsInRow += 1
        barredUntil = now.advanced(by: pause(barsInRow, from: settings.firstBar, to: settings.longestBar))
    }

    /// How long a pause is, the first or a later one: doubling with each, up to the longest, and half of it by chance, so
    /// that managers which were refused together do not come back together.
    private mutating func pause(_ number: Int, from first: Duration, to last: Duration) -> Duration {
        let doublings = min(number - 1, 20)
        return min(first * (1 << doublings), last) * Double.random(in: 0.5..<1, using: &generator)
    }
}
