import FleetCore
import FleetHost
import FleetTransport
import FleetWire

/// How a run's manager stands with one host.
struct HostState {
    /// Whether the host is to be tried; of no account for this machine.
    var breaker = Breaker()
    /// Whether it may be given attempts: its control channel is open, as far as is known.
    var isConnected: Bool
    /// Whether it has been asked and has not answered yet.
    var isAsking = false
    /// Since when, where this is to be a first contact.
    var contactSince: Timestamp?
    /// Whether all that it knows is still to be asked for.
    var wantsAll = false
    /// When it is asked next.
    var askAt: Timestamp?
    /// Which life of its it is in: the boot id with which it greeted last.
    var bootID: String?
    /// Why it could not be reached.
    var lastError: HostError?
    /// Attempts that were given up and may still run there.
    var ghosts: Set<AttemptKey> = []
    /// Attempts whose end is in the ledger, and whose records there are not needed any more.
    var settled: [AttemptKey] = []
    /// Since when it stands with its breaker as it does: newer word of its health counts more.
    var judgedAt: Timestamp?
    /// The word that it is well which was heeded last.
    var heededAt: Timestamp?
    /// Whether the system's `ssh` had to be taken for it.
    var hasFallenBack = false
    /// What carries its channel, as it was last counted.
    var counts: ConnectionCounts?
    /// What is to be written of it into the file of health.
    var news = HealthNews()

    /// What carries its channel was counted.
    mutating func note(_ new: ConnectionCounts) {
        let before = counts ?? ConnectionCounts()
        guard new != counts else { return }
        counts = new
        news.pool.use = PoolHealth.Use(new)
        // A pool that was made anew begins at nothing.
        func growth(_ new: Int, _ old: Int) -> Int { new < old ? new : new - old }
        news.pool.connects += growth(new.connects, before.connects)
        for (name, count) in new.failures {
            let more = growth(count, before.failures[name] ?? 0)
            if more > 0 { news.pool.failures[name, default: 0] += more }
        }
    }

    /// Its connections are closed.
    mutating func leave() {
        guard counts != nil else { return }
        counts = nil
        news.pool.use = nil
        news.pool.isLeft = true
    }
}

/// What a manager has to add to the file of health.
struct HealthNews: Equatable {
    /// Control channels that were opened.
    var connects = 0
    /// Failures, by class.
    var failures: [String: Int] = [:]
    /// The last one.
    var lastFailure: HostHealth.LastFailure?
    /// When the host last answered.
    var contactAt: Timestamp?
    /// What is new of the pool.
    var pool = PoolNews()
    /// Whether the breaker moved.
    var hasMoved = false
    /// Whether the host is to be known there at all.
    var isNew = false

    /// Whether there is anything.
    var isEmpty: Bool { self == HealthNews() }

    /// Adds it to what is known of a host.
    ///
    /// - Parameters:
    ///   - health: what is known.
    ///   - breaker: the breaker, which counts where it has moved.
    ///   - run: whose connections are told of.
    func add(to health: inout HostHealth, breaker: Breaker, of run: RunID) {
        pool.add(to: &health.pool, of: run)
        health.connects += connects
        for (name, count) in failures { health.failures[name, default: 0] += count }
        health.lastFailure = lastFailure ?? health.lastFailure
        health.contactAt = contactAt ?? health.contactAt
        if hasMoved { health.breaker = breaker }
    }
}

/// What a manager has to add of the connections to a host.
struct PoolNews: Equatable {
    /// What there is now.
    var use: PoolHealth.Use?
    /// Whether there is nothing any more.
    var isLeft = false
    /// Handshakes that were begun.
    var connects = 0
    /// Failures, by class.
    var failures: [String: Int] = [:]

    /// Adds it to what is known.
    func add(to health: inout PoolHealth?, of run: RunID) {
        guard self != PoolNews() else { return }
        var known = health ?? PoolHealth()
        known.connects += connects
        for (name, count) in failures { known.failures[name, default: 0] += count }
        if let use { known.uses[run] = use } else if isLeft { known.uses[run] = nil }
        health = known
    }
}

extension HostError {
    /// What the failure of a contact means for the next one.
    var breakerKind: Breaker.Kind {
        switch code {
        // A key, or an account: time heals neither.
        case .authentication, .hostKey: .lasting
        // No supervisor for the host, or none today: its disk is full, or something has run out here.
        case .configuration: .doubtful
        default: .passing
        }
    }

    /// What the refusal of a start means for the task.
    var startFailureClass: FailureClass {
        switch code {
        case .running, .refused, .conflict: .lost
        // Nothing began, and the task may go elsewhere.
        case _ where isHostUnfit: .transport
        default: FailureClass(rawValue: code.rawValue) ?? .configuration
        }
    }

    /// Whether the host takes no start at all as it stands: it has run out of something, or its disk is full or fails.
    var isHostUnfit: Bool { isOfHost || code == .inputOutput }

    /// Its class in the file of health.
    var healthClass: String { FailureClass(rawValue: code.rawValue)?.rawValue ?? FailureClass.transport.rawValue }
}
