@testable import FleetLibSSH2

/// What comes from outside.
extension ModelHost {
    /// A caller comes.
    func acquire(patience: Int?, mustBeServed: Bool) {
        let name = callers.count
        let patience = patience ?? Int(pool.settings.patience.components.seconds) * 1_000
        let deadline = history.now + patience
        callers.append(ModelCaller(deadline: deadline, mustBeServed: mustBeServed))
        present.append(name)
        let given: PoolInstant? = history.chance(50) || mustBeServed ? PoolInstant(milliseconds: deadline) : nil
        perform(pool.acquire(CallerID(UInt64(name)), deadline: given, now: now))
        if shutdown != nil, callers[name].end != .failed { fault("caller \(name) came after the shut-down") }
    }

    /// Somebody's wish is cancelled, also one that was served or told long ago.
    func cancelSomebody() {
        guard !callers.isEmpty else { return }
        let chosen = present.isEmpty || history.chance(20) ? nil : present[history.random(0..<present.count)]
        let caller = chosen ?? history.random(0..<callers.count)
        let wasOpen = callers[caller].end == .none
        if wasOpen { callers[caller].isCancelled = true }
        perform(pool.cancel(CallerID(UInt64(caller)), now: now))
        if wasOpen, callers[caller].end != .failed { fault("caller \(caller) was cancelled and not told") }
    }

    /// The server changes.
    func changeServer() {
        let wasSilent = server.mood == .silent
        server.change(using: &history.generator)
        if wasSilent, server.mood != .silent { resume() }
    }

    /// The executor's timer fires more often than it was asked to, and the clock goes back.
    func tickTwice() {
        perform(pool.tick(now: PoolInstant(milliseconds: history.now - history.random(0..<100_000))))
        perform(pool.tick(now: now))
    }

    /// The server is well from now on.
    func recover() {
        server.recover()
        resume()
    }

    /// All that somebody was served with is released; what was given up the pool has to close.
    func releaseAll() {
        for caller in present where callers[caller].isOpen && callers[caller].end == .served {
            history.soon(.releases(host: number, caller: caller), within: 1_000)
        }
    }

    /// The pool is shut down.
    func shutDown(within bound: Int) {
        shutdown = min(shutdown ?? .max, history.now + bound)
        perform(pool.shutDown(within: .milliseconds(bound), now: now))
    }
}
