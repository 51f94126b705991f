/// What becomes of connections. An event for a connection that is gone is ignored.
extension PoolState {
    /// The budget of all endpoints lets a connection begin.
    mutating func granted(_ connection: ConnectionID, now: PoolInstant) -> [PoolAction] {
        let now = advance(to: now)
        // A wish that was withdrawn in the meantime has given its leave back already.
        guard case .queued = connections[connection]?.phase else { return [] }
        queued.removeAll { $0 == connection }
        connections[connection]?.phase = .handshaking
        handshakes += 1
        connects += 1
        var actions = [PoolAction.connect(connection)]
        settle(now, &actions)
        return actions
    }

    /// A connection has authenticated.
    mutating func connected(_ connection: ConnectionID, now: PoolInstant) -> [PoolAction] {
        let now = advance(to: now)
        var actions: [PoolAction] = []
        guard let phase = connections[connection]?.phase else { return actions }
        giveBackPermit(of: connection, &actions)
        // One that was told to close meanwhile closes all the same.
        if case .handshaking = phase {
            handshakes -= 1
            readyCount += 1
            hasAuthenticated = true
            // A pause goes on: that one was let in does not mean that all are.
            failuresInRow = 0
            (barredUntil, barsInRow) = (nil, 0)
            lastFailure = nil
            window = min(settings.openingLimit, window + 1)
            connections[connection]?.phase = .ready
            connections[connection]?.lastHeard = now
            connections[connection]?.idleSince = now
            review(connection, now, &actions)
        }
        settle(now, &actions)
        return actions
    }

    /// A connection came to nothing, and nothing of it is left; ``closed(_:now:)`` does not follow.
    mutating func connectFailed(
        _ connection: ConnectionID,
        _ failure: ConnectFailure,
        now: PoolInstant
    ) -> [PoolAction] {
        let now = advance(to: now)
        var actions: [PoolAction] = []
        guard let phase = connections[connection]?.phase else { return actions }
        if case .handshaking = phase {
            count(.connect(failure))
            lastFailure = (failure, connection)
            forget(connection, &actions)
            if failure.isFinal {
                bar(after: failure, of: connection, now, &actions)
            } else {
                hold(after: failure, of: connection, now, &actions)
            }
        } else {
            // It was told to close before it had failed.
            forget(connection, &actions)
        }
        settle(now, &actions)
        return actions
    }

    /// A connection that had authenticated is lost; it is told to close, and ``closed(_:now:)`` is due.
    mutating func connectionLost(_ connection: ConnectionID, now: PoolInstant) -> [PoolAction] {
        let now = advance(to: now)
        var actions: [PoolAction] = []
        lose(connection, &actions)
        settle(now, &actions)
        return actions
    }

    /// Nothing is left of a connection, whether it was told to close or not.
    mutating func closed(_ connection: ConnectionID, now: PoolInstant) -> [PoolAction] {
        let now = advance(to: now)
        var actions: [PoolAction] = []
        guard let known = connections[connection] else { return actions }
        if known.isComing { return connectFailed(connection, .dropped, now: now) }
        if known.isReady { count(.lost) }
        endChannels(of: connection, PoolFailure(.lost, of: connection), &actions)
        forget(connection, &actions)
        settle(now, &actions)
        return actions
    }

    /// Cuts off a connection that is lost, and tells whose channels were on it.
    mutating func lose(_ connection: ConnectionID, _ actions: inout [PoolAction]) {
        guard connections[connection]?.isReady == true else { return }
        count(.lost)
        endChannels(of: connection, PoolFailure(.lost, of: connection), &actions)
        close(connection, deadline: nil, &actions)
    }

    /// Tells everyone with a channel on a connection that it is gone.
    ///
    /// A caller whose channel was being opened is served elsewhere, as that starts nothing (DESIGN decision 3). One whose
    /// command was sent is told: it may have begun, and is not sent a second time.
    mutating func endChannels(of connection: ConnectionID, _ failure: PoolFailure, _ actions: inout [PoolAction]) {
        guard let ended = connections[connection]?.callers else { return }
        channelCount -= ended.count
        connections[connection]?.callers = []
        connections[connection]?.openCount = 0
        for caller in ended {
            switch callers[caller]?.phase {
            case .opening:
                tryElsewhere(caller, failure, &actions)
                continue
            case .starting:
                deadlines.remove(caller)
                actions.append(.fail(caller, failure))
            case .open: actions.append(.lose(caller, on: connection))
            case .waiting, .abandoned, .closing, nil: break
            }
            callers[caller] = nil
        }
    }

    /// Tells a connection to close.
    ///
    /// - Parameters:
    ///   - connection: which one; it carries nothing any more.
    ///   - deadline: until when it may close in good order; nil to cut it off.
    ///   - actions: what the executor does.
    mutating func close(_ connection: ConnectionID, deadline: PoolInstant?, _ actions: inout [PoolAction]) {
        guard let phase = connections[connection]?.phase else { return }
        switch phase {
        case .queued: return forget(connection, &actions)
        case .handshaking: handshakes -= 1
        case .ready: leaveReady()
        case .closing: break
        }
        roomy.remove(connection)
        checks.remove(connection)
        connections[connection]?.phase = .closing(isAbrupt: deadline == nil)
        connections[connection]?.closingDeadline = deadline
        if let deadline { checks.set(connection, deadline) }
        actions.append(.close(connection, isAbrupt: deadline == nil))
    }

    /// Forgets a connection of which nothing is left.
    mutating func forget(_ connection: ConnectionID, _ actions: inout [PoolAction]) {
        giveBackPermit(of: connection, &actions)
        guard let known = connections.removeValue(forKey: connection) else { return }
        switch known.phase {
        case .queued: queued.removeAll { $0 == connection }
        case .handshaking: handshakes -= 1
        case .ready: leaveReady()
        case .closing: break
        }
        roomy.remove(connection)
        checks.remove(connection)
    }

    /// One connection less is ready; with the last of them goes what was known of the host's patience.
    private mutating func leaveReady() {
        readyCount -= 1
        if readyCount == 0 { window = 1 }
    }

    /// Gives back the leave to connect, or the wish for it.
    private mutating func giveBackPermit(of connection: ConnectionID, _ actions: inout [PoolAction]) {
        guard connections[connection]?.holdsPermit == true else { return }
        connections[connection]?.holdsPermit = false
        actions.append(.unreserve(connection))
    }
}
