/// The connections to one endpoint and those who want channels on them: pure, with neither clock nor input or output.
///
/// An executor tells what has happened by calling a method, and carries out what it returns, in order. It may report
/// late: what it says of a connection or channel that is gone already is ignored.
///
/// - One connection is opened first. When it has authenticated, others follow as they are needed, by a window that opens
///   with each success and halves with each refused burst, so that a host's MaxStartups is met gently.
/// - A caller goes to the connection of the lowest number that has room, so that the others can idle out.
/// - A refused channel teaches how many a connection takes; the caller is served elsewhere.
/// - Each caller is told once: `serve` or `fail`.
struct PoolState: Sendable {
    /// What the pool is held to.
    let settings: PoolSettings
    /// The jitter of the pauses.
    var generator: any RandomNumberGenerator & Sendable

    /// The connections, from the wish for one until it is closed.
    var connections: [ConnectionID: PoolConnection] = [:]
    /// The callers, from their coming until nothing is left of their channel.
    var callers: [CallerID: PoolCaller] = [:]
    /// Those who wait for room, by their place.
    var waiting = KeyedHeap<CallerID, UInt64>()
    /// The connections that have room, by number.
    var roomy = KeyedHeap<ConnectionID, ConnectionID>()
    /// Until when each caller waits that is neither served nor told.
    var deadlines = KeyedHeap<CallerID, PoolInstant>()
    /// When each connection is looked at next; that may be sooner than there is need.
    var checks = KeyedHeap<ConnectionID, PoolInstant>()

    /// The number of the connection that was thought of last.
    var lastConnection: UInt64 = 0
    /// The place of the caller that came last.
    var lastPlace: UInt64 = 0
    /// The latest time that was told: a clock that goes back stands still here.
    var latest = PoolInstant(nanoseconds: .min)
    /// The time of the last wish to be woken, as long as that has not come.
    var wish: PoolInstant?

    /// Connections that wait for leave to connect, the oldest first; no more than handshakes are allowed.
    var queued: [ConnectionID] = []
    /// How many handshakes are under way that were not told to end.
    var handshakes = 0
    /// How many connections are ready.
    var readyCount = 0
    /// How many channels there are of any kind.
    var channelCount = 0

    /// How many handshakes may be wanted at once now.
    var window = 1
    /// Whether the host has let us in, as long as nothing has given it up since.
    var hasAuthenticated = false
    /// How many pauses there were since the last handshake that succeeded.
    var failuresInRow = 0
    /// No handshake begins before this.
    var retryAt: PoolInstant?
    /// Until when no handshake begins beside connections that serve: one was turned away for good.
    var barredUntil: PoolInstant?
    /// How often that was so since the last handshake that succeeded.
    var barsInRow = 0
    /// The last handshake that failed while somebody waited, unless one has succeeded since.
    var lastFailure: (kind: ConnectFailure, connection: ConnectionID)?
    /// What a refusal has taught, and until when it is believed.
    var learnt: (limit: Int, until: PoolInstant)?
    /// How many channels its server lets a connection carry in good order, whatever it takes; nil for any number.
    var channelCeiling: Int?

    /// The shut-down, once it has begun.
    var shutdown: Shutdown?
    /// Handshakes that were begun, ever.
    var connects = 0
    /// How often each failure happened, ever.
    var failures: [PoolCounters.Failure: Int] = [:]

    /// How far a shut-down is.
    struct Shutdown: Sendable {
        /// When all that still runs is cut off.
        var deadline: PoolInstant
        /// Whether that has been done.
        var isCut = false
        /// Whether its end has been told.
        var isFinished = false
    }

    /// A pool without connections.
    ///
    /// - Parameters:
    ///   - settings: what it is held to.
    ///   - generator: where the jitter of the pauses comes from.
    init(_ settings: PoolSettings = PoolSettings(), generator: some RandomNumberGenerator & Sendable) {
        self.settings = settings
        self.generator = generator
    }

    /// What the pool has and has seen; to count it takes time in proportion to the connections.
    var counters: PoolCounters {
        var counters = PoolCounters()
        counters.queued = queued.count
        counters.connecting = handshakes
        counters.open = readyCount
        counters.idle = connections.values.count { $0.isReady && $0.callers.isEmpty }
        counters.closing = connections.count - queued.count - handshakes - readyCount
        counters.channels = channelCount
        counters.waiting = waiting.count
        counters.connects = connects
        counters.failures = failures
        counters.channelLimit = learnt?.limit
        return counters
    }

    /// How many channels a connection takes that has refused none itself.
    var commonLimit: Int { min(settings.softChannelLimit, channelCeiling ?? .max, learnt?.limit ?? .max) }

    /// How many channels a connection takes.
    func limit(of connection: PoolConnection) -> Int {
        min(settings.softChannelLimit, channelCeiling ?? .max, connection.ownLimit ?? commonLimit)
    }

    /// The time that was told, or a later one that was told before.
    mutating func advance(to now: PoolInstant) -> PoolInstant {
        latest = max(latest, now)
        return latest
    }

    /// Counts a failure.
    mutating func count(_ failure: PoolCounters.Failure) { failures[failure, default: 0] += 1 }
}
