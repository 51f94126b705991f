/// What becomes of channels. An event for a channel that is not on that connection is ignored.
extension PoolState {
    /// A caller's channel is there, and the host is asked to run its command: that is done once.
    mutating func commandSent(_ caller: CallerID, on connection: ConnectionID) {
        if callers[caller]?.phase == .opening(connection) { callers[caller]?.phase = .starting(connection) }
    }

    /// A caller's channel is open.
    mutating func channelOpened(_ caller: CallerID, on connection: ConnectionID, now: PoolInstant) -> [PoolAction] {
        let now = advance(to: now)
        var actions: [PoolAction] = []
        switch callers[caller]?.phase {
        case .opening(connection), .starting(connection):
            callers[caller]?.phase = .open(connection)
            connections[connection]?.openCount += 1
            deadlines.remove(caller)
            actions.append(.serve(caller, on: connection))
        case .abandoned(connection):
            callers[caller]?.phase = .closing(connection)
            connections[connection]?.openCount += 1
            actions.append(.closeChannel(caller, on: connection))
        default:
            break
        }
        settle(now, &actions)
        return actions
    }

    /// The host refused a caller's channel; the connection lives on.
    ///
    /// What was open then is how many it takes, with those that ended here while their commands may live on: the host
    /// counts commands. Where nothing is open, the connection is of no use to anyone and is replaced; a caller that meets
    /// only such connections is told after some.
    mutating func channelRefused(_ caller: CallerID, on connection: ConnectionID, now: PoolInstant) -> [PoolAction] {
        let now = advance(to: now)
        var actions: [PoolAction] = []
        guard let phase = remove(caller, from: connection, now) else { return actions }
        count(.refused)
        let open = connections[connection]?.openCount ?? 0
        let known = open + (connections[connection]?.unseenEnds ?? 0)
        if known > 0 { learn(known, now) }
        if open > 0 {
            connections[connection]?.ownLimit = open
        } else {
            connections[connection]?.isDraining = true
        }
        switch phase {
        case .opening:
            if open == 0 { callers[caller]?.emptyRefusals += 1 }
            if callers[caller]?.emptyRefusals ?? 0 < settings.emptyRefusalLimit {
                requeue(caller, &actions)
            } else {
                fail(caller, PoolFailure(.refused, of: connection), &actions)
            }
        case .starting: fail(caller, PoolFailure(.channel, of: connection), &actions)
        case .waiting, .open, .abandoned, .closing: break
        }
        review(connection, now, &actions)
        settle(now, &actions)
        return actions
    }

    /// The opening of a caller's channel had not begun when the connection found that it can open no more.
    ///
    /// The connection takes no more callers, and this one is served elsewhere.
    mutating func channelReturned(_ caller: CallerID, from connection: ConnectionID, now: PoolInstant) -> [PoolAction] {
        let now = advance(to: now)
        var actions: [PoolAction] = []
        guard let phase = remove(caller, from: connection, now) else { return actions }
        connections[connection]?.isDraining = true
        switch phase {
        case .opening: requeue(caller, &actions)
        case .starting: fail(caller, PoolFailure(.channel, of: connection), &actions)
        case .waiting, .open, .abandoned, .closing: break
        }
        review(connection, now, &actions)
        settle(now, &actions)
        return actions
    }

    /// A caller's channel could not be opened, or its opening was given up.
    ///
    /// Where that is the connection's fault, and the command was not sent, the caller is served elsewhere: the connection
    /// may have died long ago without a word.
    ///
    /// - Parameters:
    ///   - caller: whose channel.
    ///   - connection: on which connection.
    ///   - isPoisoned: whether the connection can open no more, as after a call that was given up in mid-packet. What is
    ///     open on it goes on; if that cannot be either, the connection is lost.
    ///   - now: the time.
    /// - Returns: what the executor does.
    mutating func channelFailed(
        _ caller: CallerID,
        on connection: ConnectionID,
        isPoisoned: Bool,
        now: PoolInstant
    ) -> [PoolAction] {
        let now = advance(to: now)
        var actions: [PoolAction] = []
        guard let phase = remove(caller, from: connection, now) else { return actions }
        if isPoisoned {
            connections[connection]?.isDraining = true
            connections[connection]?.isPoisoned = true
        }
        let failure = PoolFailure(.channel, of: connection)
        switch phase {
        case .opening where isPoisoned:
            count(.channel)
            tryElsewhere(caller, failure, &actions)
        case .opening, .starting:
            count(.channel)
            fail(caller, failure, &actions)
        case .waiting, .open, .abandoned, .closing: break
        }
        review(connection, now, &actions)
        settle(now, &actions)
        return actions
    }

    /// Nothing is left of a caller's channel, here or on the wire.
    ///
    /// - Parameters:
    ///   - caller: whose channel.
    ///   - connection: on which connection.
    ///   - isEndKnown: whether the command has ended; where it has not, the host may still count it.
    ///   - now: the time.
    /// - Returns: what the executor does.
    mutating func released(
        _ caller: CallerID,
        on connection: ConnectionID,
        isEndKnown: Bool = true,
        now: PoolInstant
    ) -> [PoolAction] {
        let now = advance(to: now)
        var actions: [PoolAction] = []
        switch callers[caller]?.phase {
        case .open(connection), .abandoned(connection), .closing(connection):
            if !isEndKnown { connections[connection]?.unseenEnds += 1 }
            _ = remove(caller, from: connection, now)
            review(connection, now, &actions)
        default:
            // One that is being opened has ended in one of the other ways first.
            break
        }
        settle(now, &actions)
        return actions
    }

    /// Takes a caller's channel off a connection.
    ///
    /// A caller whose channel was being opened stays known, to be told or to wait again.
    ///
    /// - Returns: how far the caller was; nil where its channel is not there.
    private mutating func remove(
        _ caller: CallerID,
        from connection: ConnectionID,
        _ now: PoolInstant
    ) -> PoolCaller.Phase? {
        guard let phase = callers[caller]?.phase else { return nil }
        switch phase {
        case .opening(connection), .starting(connection): break
        case .open(connection), .closing(connection):
            connections[connection]?.openCount -= 1
            callers[caller] = nil
        case .abandoned(connection): callers[caller] = nil
        default: return nil
        }
        connections[connection]?.detach(caller, now)
        channelCount -= 1
        return phase
    }

    /// Keeps what a refusal has taught.
    private mutating func learn(_ limit: Int, _ now: PoolInstant) {
        let before = commonLimit
        learnt = (limit, now.advanced(by: settings.limitMemory))
        // A smaller limit is seen when a connection's turn comes; a greater one gives room where none was listed.
        if limit > before { listAllRooms() }
    }
}
