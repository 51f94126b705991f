/// What follows a handshake that failed but may succeed another time.
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
            retryAt = now.advanced(by: pause())
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

    /// How long the pause is: doubling with each, up to the longest, and half of it by chance, so that managers which
    /// were refused together do not come back together.
    private mutating func pause() -> Duration {
        let doublings = min(failuresInRow - 1, 20)
        let longest = min(settings.firstBackoff * (1 << doublings), settings.longestBackoff)
        let share = Double.random(in: 0.5..<1, using: &generator)
        return longest * share
    }
}
