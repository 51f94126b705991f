@testable import FleetLibSSH2

/// What happens on the host and on the way there, and how the executor reports it.
extension ModelHost {
    func tick(_ number: Int) {
        guard number == wish else { return }
        wishTime = nil
        perform(pool.tick(now: now))
    }

    func granted(_ place: Int) { perform(pool.granted(ConnectionID(place: place), now: now)) }

    func handshakeEnds(_ place: Int) {
        guard connections[place].phase == .handshaking || connections[place].phase == .closing else { return }
        if connections[place].phase == .closing {
            // It was told to close in the middle; reports that come late change nothing.
            if history.chance(50) { perform(pool.connected(ConnectionID(place: place), now: now)) }
            return
        }
        switch server.mood {
        case .failing(let failure): fails(place, failure)
        case .silent: fails(place, .timeout)
        case .well where connections[place].isDropped: fails(place, .dropped)
        case .well:
            connections[place].phase = .ready
            connections[place].hasAuthenticated = true
            barredUntil = 0
            connections[place].idleSince = history.now
            connections[place].heardAt = history.now
            if history.chance(server.breaking) {
                history.soon(.breaks(host: number, connection: place), within: 5_000)
            }
            perform(pool.connected(ConnectionID(place: place), now: now))
        }
    }

    private func fails(_ place: Int, _ failure: ConnectFailure) {
        connections[place].phase = .gone
        let pause = pool.retryAt
        let bar = pool.barredUntil
        let isServed = hasServing
        let actions = pool.connectFailed(ConnectionID(place: place), failure, now: now)
        // Half of the shortest pause is for certain, where one begins; one that ends has given the host up.
        if pool.retryAt != pause { pausedUntil = pool.retryAt == nil ? 0 : history.now + 50 }
        if pool.barredUntil != bar { barredUntil = pool.barredUntil == nil ? 0 : history.now + 2_500 }
        perform(actions)
        let isHopeless = failure.isFinal && !isServed || !connections.contains(where: \.hasAuthenticated)
        if isHopeless, present.contains(where: isWaiting) { fault("callers wait after \(failure)") }
    }

    func channelAnswers(_ place: Int) {
        let id = ConnectionID(place: place)
        guard connections[place].phase == .ready else {
            // A report that was on its way when the connection was cut off.
            if let caller = callers.indices.last {
                perform(pool.channelOpened(CallerID(UInt64(caller)), on: id, now: now))
            }
            return
        }
        if server.mood == .silent {
            connections[place].isStalled = true
            return
        }
        guard let caller = connections[place].requests.first else { return }
        hear(place)
        if mayStart(caller, place), history.chance(40) {
            // The channel is there, and the command on its way.
            callers[caller].hasStarted = true
            pool.commandSent(CallerID(UInt64(caller)), on: id)
            return ask(place)
        }
        connections[place].requests.removeFirst()
        if !connections[place].requests.isEmpty { ask(place) }
        answer(caller, place)
    }

    private func mayStart(_ caller: Int, _ place: Int) -> Bool {
        let connection = connections[place]
        return !callers[caller].hasStarted && !callers[caller].isAbandoned && !connection.isPoisoned
            && connection.serverOpen < connection.maxSessions
    }

    private func answer(_ caller: Int, _ place: Int) {
        let id = ConnectionID(place: place)
        let name = CallerID(UInt64(caller))
        if connections[place].isPoisoned {
            putBack(caller, place)
            connections[place].isDraining = true
            perform(pool.channelReturned(name, from: id, now: now))
        } else if callers[caller].isAbandoned, history.chance(60) {
            // One that was given up in mid-packet spoils its connection.
            fail(channelOf: caller, place, isPoisoned: history.chance(50))
        } else if connections[place].serverOpen >= connections[place].maxSessions {
            let open = connections[place].open
            putBack(caller, place)
            let known = open + connections[place].unseenEnds
            if open > 0 { connections[place].ownLimit = open } else { connections[place].isDraining = true }
            if known > 0 { learnt = (known, history.now + history.limitMemory) }
            perform(pool.channelRefused(name, on: id, now: now))
        } else if history.chance(server.failingChannels) {
            fail(channelOf: caller, place, isPoisoned: history.chance(30))
        } else {
            connections[place].serverOpen += 1
            connections[place].open += 1
            callers[caller].isOpen = true
            perform(pool.channelOpened(name, on: id, now: now))
        }
    }

    private func fail(channelOf caller: Int, _ place: Int, isPoisoned: Bool) {
        let mayBeServed = isPoisoned && !callers[caller].hasStarted && !callers[caller].isAbandoned && shutdown == nil
        if mayBeServed { callers[caller].losses += 1 }
        putBack(caller, place)
        if isPoisoned {
            connections[place].isPoisoned = true
            connections[place].isDraining = true
        }
        perform(
            pool.channelFailed(
                CallerID(UInt64(caller)),
                on: ConnectionID(place: place),
                isPoisoned: isPoisoned,
                now: now
            )
        )
        let isServedElsewhere = mayBeServed && callers[caller].losses < pool.settings.lossLimit
        if isServedElsewhere, callers[caller].end != .none { fault("caller \(caller) is not served elsewhere") }
        if !isServedElsewhere, callers[caller].end == .none {
            fault("caller \(caller) is not told that its channel failed")
        }
    }

    /// A request has come to nothing: its caller waits again, unless it was given up.
    private func putBack(_ caller: Int, _ place: Int) {
        if callers[caller].isAbandoned { return detach(caller) }
        unload(place)
        callers[caller].connection = nil
    }

    func releases(_ caller: Int) {
        guard let place = callers[caller].connection, callers[caller].isOpen else { return }
        detach(caller)
        if server.lingers, history.chance(30) {
            history.soon(.serverFrees(host: number, connection: place), within: 10_000)
        } else {
            connections[place].serverOpen -= 1
        }
        let (name, isEndKnown) = (CallerID(UInt64(caller)), history.chance(80))
        if !isEndKnown { connections[place].unseenEnds += 1 }
        perform(pool.released(name, on: ConnectionID(place: place), isEndKnown: isEndKnown, now: now))
    }

    func answers(_ place: Int) {
        guard connections[place].phase == .ready, server.mood != .silent else { return }
        hear(place)
    }

    private func hear(_ place: Int) {
        connections[place].heardAt = history.now
        connections[place].pings = 0
        pool.heard(ConnectionID(place: place), now: now)
    }

    func breaks(_ place: Int) {
        // One that is told to close, or gone, may break all the same.
        connections[place].isBroken = true
        perform(pool.connectionLost(ConnectionID(place: place), now: now))
        if connections[place].phase == .ready { fault("connection \(place) is lost and not closed") }
    }

    func closes(_ place: Int) {
        connections[place].phase = .gone
        perform(pool.closed(ConnectionID(place: place), now: now))
    }

    /// The server answers again what it was asked.
    func resume() {
        for place in connections.indices where connections[place].isStalled {
            connections[place].isStalled = false
            if connections[place].phase == .ready { ask(place) }
        }
    }
}
