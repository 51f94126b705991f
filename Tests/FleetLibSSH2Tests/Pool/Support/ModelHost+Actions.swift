@testable import FleetLibSSH2

/// What the executor does, and what it checks of it.
extension ModelHost {
    func reserve(_ place: Int) {
        if place != connections.count { return fault("connection \(place) is not the next") }
        connections.append(ModelConnection())
        if history.now < pausedUntil { fault("connection \(place) is wanted too soon after a refusal") }
        if isBarred { fault("connection \(place) is wanted where they are turned away") }
        let isKnown = connections.contains { $0.phase == .ready }
        let coming = connections.count { $0.phase == .queued || $0.phase == .handshaking }
        if !isKnown, coming > 1 { fault("\(coming) connections are tried at a host that has let none in") }
        if shutdown != nil { fault("a connection is wanted after the shut-down") }
        history.deliver(history.budget.reserve(.init(host: number, connection: place)))
    }

    func unreserve(_ place: Int) {
        if !connections[place].holdsPermit { fault("leave \(place) is given back twice") }
        connections[place].holdsPermit = false
        if connections[place].phase == .queued { connections[place].phase = .gone }
        history.deliver(history.budget.unreserve(.init(host: number, connection: place)))
    }

    func connect(_ place: Int) {
        if connections[place].phase != .queued { return fault("connection \(place) begins twice") }
        connections[place].phase = .handshaking
        let others = connections.count { $0.phase == .handshaking }
        if others > server.maxStartups, history.chance(70) { connections[place].isDropped = true }
        connections[place].maxSessions = server.maxSessions
        history.soon(.handshakeEnds(host: number, connection: place), within: server.slowness)
    }

    func open(_ caller: Int, on place: Int) {
        forgetOldLimit()
        if !isWaiting(caller) { fault("caller \(caller) does not wait and is served") }
        if callers[caller].hasStarted { fault("the command of caller \(caller) is sent a second time") }
        if !hasRoom(connections[place]) { fault("connection \(place) has no room for caller \(caller)") }
        if connections[..<place].contains(where: hasRoom) { fault("a lower connection than \(place) has room") }
        if present.first(where: isWaiting) != caller { fault("caller \(caller) goes before its turn") }
        callers[caller].connection = place
        connections[place].attached += 1
        connections[place].idleSince = nil
        connections[place].requests.append(caller)
        if connections[place].requests.count == 1 { ask(place) }
    }

    /// Lets the server answer the first request of a connection.
    func ask(_ place: Int) {
        history.soon(.channelAnswers(host: number, connection: place), within: server.slowness)
    }

    func serve(_ caller: Int, on place: Int) {
        end(caller, .served)
        if callers[caller].connection != place || !callers[caller].isOpen { fault("caller \(caller) has no channel") }
        if callers[caller].hasStarted { history.sights.note(.started) }
        // Some keep their channel to the end of the history.
        if history.isEnding || history.chance(80) {
            history.soon(.releases(host: number, caller: caller), within: 2_000)
        }
    }

    func fail(_ caller: Int, _ failure: PoolFailure) {
        end(caller, .failed)
        let model = callers[caller]
        if (failure.kind == .cancelled) != model.isCancelled { fault("caller \(caller): \(failure.kind)") }
        if failure.kind == .closed, shutdown == nil { fault("caller \(caller) is told of a shut-down") }
        if failure.kind == .impatient, history.now < model.deadline { fault("caller \(caller) had time left") }
        if model.mustBeServed, !model.isCancelled { fault("caller \(caller) is not served: \(failure.kind)") }
        // What is attached is given up next, or its connection closes.
        if model.connection == nil { leave(caller) }
    }

    func lose(_ caller: Int, on place: Int) {
        let model = callers[caller]
        if model.end != .served || model.connection != place || model.isOver { fault("caller \(caller) loses nothing") }
        if model.mustBeServed { fault("caller \(caller) loses what it was served with") }
        detach(caller)
    }

    func abandon(_ caller: Int, on place: Int) {
        let model = callers[caller]
        if model.end != .failed || model.connection != place || model.isOpen || model.isAbandoned {
            fault("caller \(caller) has nothing to give up")
        }
        callers[caller].isAbandoned = true
    }

    func closeChannel(_ caller: Int, on place: Int) {
        let model = callers[caller]
        if !model.isAbandoned || !model.isOpen || model.connection != place { fault("\(caller): nothing to close") }
        history.soon(.releases(host: number, caller: caller), within: server.slowness)
    }

    func ping(_ place: Int) {
        if connections[place].phase != .ready { fault("connection \(place) cannot be pinged") }
        let model = connections[place]
        let due = max(model.heardAt, model.pingedAt) + keepalive
        if history.now < due { fault("connection \(place) is pinged too soon") }
        connections[place].pings += 1
        connections[place].pingedAt = history.now
        if server.mood != .silent { history.soon(.answers(host: number, connection: place), within: server.slowness) }
    }

    func close(_ place: Int, isAbrupt: Bool) {
        let model = connections[place]
        switch model.phase {
        case .queued, .gone: fault("connection \(place) is not there to be closed")
        case .closing where model.isAbrupt || !isAbrupt: fault("connection \(place) is closed twice")
        case .handshaking, .ready, .closing: break
        }
        if model.isPoisoned, !isAbrupt { fault("connection \(place) cannot say farewell") }
        if model.phase == .ready, !mayClose(model, isAbrupt: isAbrupt) {
            fault("connection \(place) is closed for no reason")
        }
        for caller in present where callers[caller].connection == place {
            // Of a channel that was given up nothing is told.
            if callers[caller].isAbandoned || callers[caller].end == .failed {
                detach(caller)
            } else if !callers[caller].isOpen, !callers[caller].hasStarted {
                // It is served elsewhere.
                callers[caller].losses += 1
                unload(place)
                connections[place].requests.removeAll { $0 == caller }
                callers[caller].connection = nil
            } else {
                fault("connection \(place) is closed, and caller \(caller) was not told")
            }
        }
        connections[place].phase = .closing
        connections[place].isAbrupt = isAbrupt
        if connections[place].closes { return }
        let isStuck = history.chance(server.stuck)
        if isAbrupt || !isStuck {
            connections[place].closes = true
            let time = isAbrupt ? (isStuck ? 8_000 : 10) : server.slowness
            history.soon(.closes(host: number, connection: place), within: time)
        }
    }

    /// Whether there is a reason to close a connection.
    private func mayClose(_ model: ModelConnection, isAbrupt: Bool) -> Bool {
        if model.isBroken || shutdown != nil || model.attached == 0 && model.isDraining { return true }
        if isAbrupt { return model.isPoisoned || model.pings == pool.settings.keepaliveLimit }
        return model.idleSince.map { $0 + idleTimeout <= history.now } ?? false
    }

    /// Notes what a caller is told; it is told once.
    private func end(_ caller: Int, _ end: ModelCaller.End) {
        if callers[caller].end != .none { fault("caller \(caller) is told twice") }
        callers[caller].end = end
        if history.now > max(callers[caller].deadline, history.lastJump) { fault("caller \(caller) is told too late") }
    }

    /// Takes a caller's channel off its connection.
    func detach(_ caller: Int) {
        if let place = callers[caller].connection {
            unload(place)
            if callers[caller].isOpen { connections[place].open -= 1 }
            connections[place].requests.removeAll { $0 == caller }
        }
        callers[caller].isOpen = false
        leave(caller)
    }

    /// A connection carries one channel less.
    func unload(_ place: Int) {
        connections[place].attached -= 1
        if connections[place].attached == 0 { connections[place].idleSince = history.now }
    }

    /// A caller is over.
    private func leave(_ caller: Int) {
        callers[caller].connection = nil
        callers[caller].isOver = true
        present.removeAll { $0 == caller }
    }
}
