/// What a pool has and has seen.
struct PoolCounters: Equatable, Sendable {
    /// Connections that wait for leave to connect.
    var queued = 0
    /// Handshakes under way.
    var connecting = 0
    /// Connections that have authenticated and are not closing.
    var open = 0
    /// Those of them that carry nothing.
    var idle = 0
    /// Connections that are closing.
    var closing = 0
    /// Channels that are open, being opened, or given up and not yet gone.
    var channels = 0
    /// Callers that wait for a connection.
    var waiting = 0
    /// Handshakes that were begun, ever.
    var connects = 0
    /// How often each failure happened, ever; a failure that many callers were told of counts once.
    var failures: [Failure: Int] = [:]
    /// How many channels a connection takes; nil as long as no refusal tells.
    var channelLimit: Int?

    /// What is counted as a failure.
    enum Failure: Hashable, Sendable {
        /// A handshake came to nothing.
        case connect(ConnectFailure)
        /// A connection was lost.
        case lost
        /// A channel was refused.
        case refused
        /// A channel could not be opened for another reason.
        case channel
        /// A caller lost its patience.
        case impatient
    }
}
