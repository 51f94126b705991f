import FleetTransport

/// A session whose connections are a pool's.
protocol PooledSession: CountedSession {
    /// What the pool has and has seen; nil where another carries the session.
    var counters: PoolCounters? { get async }
}

extension ConnectionCounts {
    /// What a pool counts, as others show it.
    init(_ counters: PoolCounters) {
        self.init()
        open = counters.open
        idle = counters.idle
        channels = counters.channels
        waiting = counters.waiting
        connects = counters.connects
        for (failure, count) in counters.failures { failures[failure.word] = count }
    }
}

extension PoolCounters.Failure {
    /// Its class, a word.
    var word: String {
        switch self {
        case .connect(let failure): failure.rawValue
        case .lost: "lost"
        case .refused: "refused"
        case .channel: "channel"
        case .impatient: "impatient"
        }
    }
}
