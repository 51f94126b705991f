/// What the pool knows of one connection.
struct PoolConnection: Sendable {
    /// How far it is.
    enum Phase: Sendable {
        /// It waits for leave to connect.
        case queued
        /// It connects and authenticates.
        case handshaking
        /// It has authenticated.
        case ready
        /// It was told to close.
        case closing(isAbrupt: Bool)
    }

    /// How far it is.
    var phase = Phase.queued
    /// Whether the budget's leave, or the wish for it, is still to be given back.
    var holdsPermit = true
    /// Whether it takes no more callers, and closes when it carries nothing.
    var isDraining = false
    /// Whether the library can open nothing more on it, nor say farewell, so that it is cut off in the end.
    var isPoisoned = false
    /// How many channels it had when it refused another; nil as long as it has refused none.
    var ownLimit: Int?
    /// Whose channels it carries, open, being opened, or given up: no more than its limit, so they are few.
    var callers: [CallerID] = []
    /// How many of them are open.
    var openCount = 0
    /// How many channels ended here while their commands may live on.
    var unseenEnds = 0
    /// Since when it has carried nothing.
    var idleSince: PoolInstant?
    /// When anything was last heard of the host.
    var lastHeard = PoolInstant(nanoseconds: 0)
    /// When it was last pinged.
    var lastPing: PoolInstant?
    /// How many pings in a row nothing was heard after.
    var unansweredPings = 0
    /// When its closing in good order ends.
    var closingDeadline: PoolInstant?

    /// A connection that waits for leave to connect.
    init() {}

    /// Whether it has authenticated and is not closing.
    var isReady: Bool {
        if case .ready = phase { true } else { false }
    }

    /// Whether it is closing.
    var isClosing: Bool {
        if case .closing = phase { true } else { false }
    }

    /// Whether it will be there for callers, but is not yet.
    var isComing: Bool {
        switch phase {
        case .queued, .handshaking: true
        case .ready, .closing: false
        }
    }

    /// Takes a channel off.
    mutating func detach(_ caller: CallerID, _ now: PoolInstant) {
        if let place = callers.firstIndex(of: caller) { callers.remove(at: place) }
        if callers.isEmpty { idleSince = now }
    }

    /// Something was heard of the host.
    mutating func noteWord(_ now: PoolInstant) {
        lastHeard = max(lastHeard, now)
        unansweredPings = 0
    }

    /// When something has to be done about it, if nothing happens until then.
    func nextCheck(_ settings: PoolSettings) -> PoolInstant? {
        switch phase {
        case .queued, .handshaking:
            // Its time is bounded by the executor's connect timeout.
            return nil
        case .ready:
            let idle = idleSince?.advanced(by: settings.idleTimeout)
            guard settings.keepaliveInterval > .zero else { return idle }
            let ping = max(lastHeard, lastPing ?? lastHeard).advanced(by: settings.keepaliveInterval)
            return min(ping, idle ?? ping)
        case .closing:
            return closingDeadline
        }
    }
}
