/// What the pool knows of one caller whose end it has not seen.
struct PoolCaller: Sendable {
    /// How far the caller is.
    enum Phase: Sendable, Equatable {
        /// It waits for a connection that has room.
        case waiting
        /// Its channel is being opened; nothing of its command has been sent.
        case opening(ConnectionID)
        /// The host was asked to run its command.
        case starting(ConnectionID)
        /// It was served.
        case open(ConnectionID)
        /// It was told that it gets none, and what became of its channel is not known yet.
        case abandoned(ConnectionID)
        /// The same, and its channel has opened nevertheless: it is being closed.
        case closing(ConnectionID)
    }

    /// Its place among all callers: also one that was refused somewhere goes before those that came after it.
    let place: UInt64
    /// How far it is.
    var phase = Phase.waiting
    /// How often a connection refused it although nothing ran there.
    var emptyRefusals = 0
    /// How often its channel was lost before anything of its command was sent.
    var losses = 0

    /// A caller that waits.
    init(place: UInt64) { self.place = place }
}
