/// The end of a pool.
extension PoolState {
    /// Ends the pool: nobody new is served, what runs may end within a bound, and then all is closed.
    ///
    /// `finished` is told once, at the latest the time to close in good order after the bound. A second call can only
    /// make the bound shorter.
    mutating func shutDown(within bound: Duration, now: PoolInstant) -> [PoolAction] {
        let now = advance(to: now)
        var actions: [PoolAction] = []
        let deadline = now.advanced(by: bound)
        if let earlier = shutdown {
            shutdown?.deadline = min(earlier.deadline, deadline)
        } else {
            shutdown = Shutdown(deadline: deadline)
            dismissWaiting(PoolFailure(.closed), &actions)
            for connection in connections.keys.sorted() {
                if connections[connection]?.isComing == true {
                    // Nobody waits for it.
                    close(connection, deadline: nil, &actions)
                } else {
                    review(connection, now, &actions)
                }
            }
        }
        continueShutdown(now, &actions)
        settle(now, &actions)
        return actions
    }

    /// Cuts off what still runs when the bound has come, and does not wait for ever for what does not close.
    mutating func continueShutdown(_ now: PoolInstant, _ actions: inout [PoolAction]) {
        guard let ending = shutdown, !ending.isFinished, ending.deadline <= now else { return }
        if ending.isCut {
            if let due = shutdownDue, due <= now { finish(&actions) }
            return
        }
        shutdown?.isCut = true
        for connection in connections.keys.sorted() {
            if case .closing(isAbrupt: true) = connections[connection]?.phase { continue }
            endChannels(of: connection, PoolFailure(.closed), &actions)
            close(connection, deadline: nil, &actions)
        }
    }

    /// Tells that the pool is shut down, once.
    mutating func finish(_ actions: inout [PoolAction]) {
        guard let ending = shutdown, !ending.isFinished else { return }
        shutdown?.isFinished = true
        actions.append(.finished(left: connections.count))
    }

    /// When the shut-down has to go on by itself.
    var shutdownDue: PoolInstant? {
        guard let shutdown, !shutdown.isFinished else { return nil }
        return shutdown.isCut ? shutdown.deadline.advanced(by: settings.closeTimeout) : shutdown.deadline
    }
}
