/// What time brings.
extension PoolState {
    /// Something was heard of the host on a connection: this costs next to nothing, and is called for every packet.
    mutating func heard(_ connection: ConnectionID, now: PoolInstant) {
        guard let index = connections.index(forKey: connection) else { return }
        connections.values[index].noteWord(now)
    }

    /// Time has passed: the wish to be woken has come due, or may have.
    mutating func tick(now: PoolInstant) -> [PoolAction] {
        let now = advance(to: now)
        var actions: [PoolAction] = []
        // Whatever woke the executor, it is told anew when it is wanted.
        wish = nil
        dismissImpatient(now, &actions)
        continueShutdown(now, &actions)
        while let connection = checks.firstKey, let check = checks.firstRank, check <= now {
            checks.remove(connection)
            examine(connection, now, &actions)
            schedule(connection)
        }
        settle(now, &actions)
        return actions
    }

    /// Looks at a connection whose check is due.
    private mutating func examine(_ connection: ConnectionID, _ now: PoolInstant, _ actions: inout [PoolAction]) {
        guard let known = connections[connection], let due = known.nextCheck(settings), due <= now else { return }
        if known.isClosing {
            close(connection, deadline: nil, &actions)
        } else if let idleSince = known.idleSince, idleSince.advanced(by: settings.idleTimeout) <= now {
            close(connection, deadline: now.advanced(by: settings.closeTimeout), &actions)
        } else if known.unansweredPings >= settings.keepaliveLimit {
            lose(connection, &actions)
        } else {
            connections[connection]?.unansweredPings += 1
            connections[connection]?.lastPing = now
            actions.append(.ping(connection))
        }
    }

    /// Sees to it that a connection is looked at in time.
    ///
    /// What puts the time off, as every packet does, changes nothing here: the check comes too early then and is set
    /// anew.
    mutating func schedule(_ connection: ConnectionID) {
        guard let due = connections[connection]?.nextCheck(settings) else { return }
        if let check = checks.rank(of: connection), check <= due { return }
        checks.set(connection, due)
    }

    /// Wishes to be woken when something is due next, unless an earlier wish stands.
    mutating func wishToBeWoken(_ now: PoolInstant, _ actions: inout [PoolAction]) {
        var next = shutdownDue
        if let check = checks.firstRank { next = min(next ?? check, check) }
        if let deadline = deadlines.firstRank { next = min(next ?? deadline, deadline) }
        for pause in [retryAt, barredUntil, learnt?.until] {
            if let pause, !waiting.isEmpty, pause > now { next = min(next ?? pause, pause) }
        }
        guard let next else { return }
        if let wish, wish <= next { return }
        wish = next
        actions.append(.wake(at: next))
    }
}
