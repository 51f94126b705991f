/// What follows from whatever has happened.
extension PoolState {
    /// Gives room to those who wait, wants connections where there is none, and wishes to be woken.
    mutating func settle(_ now: PoolInstant, _ actions: inout [PoolAction]) {
        if !waiting.isEmpty { serveWaiting(now, &actions) }
        // Who comes to wait later is not told of what was before, unless that is what it waits for.
        if waiting.isEmpty, !isBarred(now) { lastFailure = nil }
        wantConnections(now, &actions)
        if shutdown != nil, connections.isEmpty { finish(&actions) }
        wishToBeWoken(now, &actions)
    }

    /// Looks at a connection that has changed: whether it has room, has had its time, and when to look again.
    mutating func review(_ connection: ConnectionID, _ now: PoolInstant, _ actions: inout [PoolAction]) {
        guard let known = connections[connection], known.isReady else { return }
        if known.callers.isEmpty && (known.isDraining || shutdown != nil) {
            let deadline = known.isPoisoned ? nil : now.advanced(by: settings.closeTimeout)
            close(connection, deadline: deadline, &actions)
            return
        }
        listRoom(of: connection)
        schedule(connection)
    }

    /// Whether a connection has room for another channel.
    func hasRoom(_ connection: PoolConnection) -> Bool {
        connection.isReady && !connection.isDraining && connection.callers.count < limit(of: connection)
    }

    /// Notes of every connection whether it has room.
    mutating func listAllRooms() {
        for connection in connections.keys { listRoom(of: connection) }
    }

    private mutating func listRoom(of connection: ConnectionID) {
        if let known = connections[connection], hasRoom(known) {
            roomy.set(connection, connection)
        } else {
            roomy.remove(connection)
        }
    }

    /// Opens channels for those who wait, the first who came first, on the connection of the lowest number.
    private mutating func serveWaiting(_ now: PoolInstant, _ actions: inout [PoolAction]) {
        while let caller = waiting.firstKey {
            guard let connection = firstWithRoom(now) else { return }
            waiting.remove(caller)
            callers[caller]?.phase = .opening(connection)
            connections[connection]?.callers.append(caller)
            connections[connection]?.idleSince = nil
            channelCount += 1
            actions.append(.open(caller, on: connection))
        }
    }

    /// The connection of the lowest number that has room.
    private mutating func firstWithRoom(_ now: PoolInstant) -> ConnectionID? {
        while true {
            while let connection = roomy.firstKey {
                if let known = connections[connection], hasRoom(known) { return connection }
                roomy.remove(connection)
            }
            guard let learnt, learnt.until <= now else { return nil }
            // What was learnt is old: the host is tried anew.
            self.learnt = nil
            for connection in connections.keys { connections[connection]?.ownLimit = nil }
            listAllRooms()
        }
    }

    /// Whether there is a connection that takes callers, or will when it has room.
    var hasServing: Bool { connections.values.contains { $0.isReady && !$0.isDraining } }

    /// Whether those who wait are left to the connections that serve.
    private func isBarred(_ now: PoolInstant) -> Bool {
        guard let barredUntil, barredUntil > now else { return false }
        return hasServing
    }

    /// Wants as many connections as those who wait need, and no more than may be.
    private mutating func wantConnections(_ now: PoolInstant, _ actions: inout [PoolAction]) {
        let limit = max(1, commonLimit)
        let needed = (waiting.count + limit - 1) / limit
        // A handshake under way may as well end; one that has no leave yet is not worth it.
        let isBarred = isBarred(now)
        while queued.count + handshakes > (isBarred ? 0 : needed), let last = queued.last { forget(last, &actions) }
        if isBarred { return }
        if let retryAt, retryAt > now { return }
        // A host that has let nobody in yet, or none that is left, is asked by one.
        let allowed = readyCount == 0 ? 1 : window
        while queued.count + handshakes < min(needed, allowed), connections.count < settings.connectionLimit {
            lastConnection += 1
            let connection = ConnectionID(lastConnection)
            connections[connection] = PoolConnection()
            queued.append(connection)
            actions.append(.reserve(connection))
        }
    }
}
