@testable import FleetLibSSH2

/// What must hold after every step.
extension ModelHost {
    func compare() {
        var books = PoolCounters()
        var handshakes = 0
        for connection in connections {
            switch connection.phase {
            case .queued: books.queued += 1
            case .handshaking: books.connecting += 1
            case .ready:
                books.open += 1
                if connection.attached == 0 { books.idle += 1 }
                checkTime(of: connection)
            case .closing: books.closing += 1
            case .gone: continue
            }
            books.channels += connection.attached
            if !connection.hasAuthenticated, connection.phase != .queued { handshakes += 1 }
        }
        var untold = 0
        for caller in present where callers[caller].end == .none {
            untold += 1
            if isWaiting(caller) { books.waiting += 1 }
        }
        if pool.deadlines.count != untold { fault("\(pool.deadlines.count) deadlines for \(untold) callers") }
        let counters = pool.counters
        books.connects = counters.connects
        books.failures = counters.failures
        books.channelLimit = learnt?.limit
        if books.waiting > 0 { forgetOldLimit() }
        books.channelLimit = learnt?.limit
        if books != counters { fault("the model has \(books), the pool \(counters)") }
        check(books, handshakes)
    }

    private func check(_ books: PoolCounters, _ handshakes: Int) {
        let settings = pool.settings
        if handshakes > settings.openingLimit { fault("\(handshakes) handshakes at once") }
        if books.queued + books.connecting > settings.openingLimit { fault("too many connections are wanted") }
        let all = books.queued + books.connecting + books.open + books.closing
        if all > settings.connectionLimit { fault("there are \(all) connections") }
        let coming = books.queued + books.connecting
        let soft = min(settings.softChannelLimit, learnt?.limit ?? .max)
        if books.queued > 0, (coming - 1) * soft >= books.waiting { fault("more connections than are needed") }
        if books.waiting > 0 {
            if connections.contains(where: hasRoom) { fault("callers wait where there is room") }
            let isFull = all == settings.connectionLimit
            // After a jump of the clock something may be told before the pool is woken.
            let isWoken = wishTime.map { $0 <= history.now } ?? false
            if coming == 0, !isFull, !isPausing, !isWoken { fault("callers wait and no connection is coming") }
        }
        if let bar = pool.barredUntil, bar > pool.latest.advanced(by: settings.longestBar) { fault("the bar is long") }
        if wishTime == nil, !present.isEmpty, needsWaking { fault("nobody will wake the pool") }
    }

    /// An idle connection goes in time, and a silent one too; after a jump of the clock the time begins anew.
    private func checkTime(of connection: ModelConnection) {
        let silence = keepalive * (pool.settings.keepaliveLimit + 1)
        if history.now > max(connection.heardAt, history.lastJump) + silence { fault("a silent connection stays") }
        guard let idleSince = connection.idleSince else { return }
        if history.now > max(idleSince, history.lastJump) + idleTimeout { fault("an idle connection stays") }
    }

    /// Whether a pause goes on that will end by itself: of all, or where connections serve.
    private var isPausing: Bool {
        [pool.retryAt, hasServing ? pool.barredUntil : nil]
            .contains { pause in
                guard let pause, pause > pool.latest, let wishTime else { return false }
                return PoolInstant(milliseconds: wishTime - 1) <= pause
            }
    }

    /// Whether anything is there that time changes.
    private var needsWaking: Bool {
        shutdown != nil && finished == 0
            || present.contains { callers[$0].end == .none }
            || connections.contains { $0.phase == .ready }
    }

    /// What must hold when nothing happens any more.
    func compareAtEnd() {
        for (place, caller) in callers.enumerated() {
            if caller.end == .none { fault("caller \(place) was told nothing") }
            if !caller.isOver { fault("caller \(place) still has a channel") }
        }
        for (place, connection) in connections.enumerated() {
            if connection.phase != .gone { fault("connection \(place) is still there") }
            if connection.holdsPermit { fault("leave \(place) was not given back") }
        }
        var idle = PoolCounters()
        let counters = pool.counters
        idle.connects = counters.connects
        idle.failures = counters.failures
        idle.channelLimit = counters.channelLimit
        if counters != idle { fault("at the end the pool counts \(counters)") }
        if (finished == 1) != (shutdown != nil) { fault("the shut-down was told \(finished) times") }
        let isEmpty =
            pool.callers.isEmpty && pool.connections.isEmpty && pool.deadlines.isEmpty && pool.checks.isEmpty
            && pool.roomy.isEmpty && pool.waiting.isEmpty && pool.queued.isEmpty
        if !isEmpty { fault("the pool remembers what is over") }
    }
}
