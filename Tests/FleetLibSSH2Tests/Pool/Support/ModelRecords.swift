/// A connection as the model knows it.
struct ModelConnection {
    /// How far it is.
    enum Phase {
        case queued
        case handshaking
        case ready
        case closing
        case gone
    }

    var phase = Phase.queued
    /// Whether leave to connect, or the wish for it, is out.
    var holdsPermit = true
    var hasAuthenticated = false
    /// Whether it takes no more callers.
    var isDraining = false
    /// Whether it can open no more channels.
    var isPoisoned = false
    /// Channels that were open when it refused another.
    var ownLimit: Int?
    /// Callers that have a channel on it, of whatever kind.
    var attached = 0
    /// How many of them are open.
    var open = 0
    /// Channels that ended while their commands may live on.
    var unseenEnds = 0
    /// Who waits for an answer, in the order of the requests.
    var requests: [Int] = []
    /// Whether the server has stopped answering in between.
    var isStalled = false
    /// Channels as the server counts them, and how many it allows.
    var serverOpen = 0
    var maxSessions = 0
    /// Whether a fast end was asked for.
    var isAbrupt = false
    /// Whether a handshake was refused because of too many others.
    var isDropped = false
    /// When it was last heard of, when it was last pinged, and how often since.
    var heardAt = 0
    var pingedAt = 0
    var pings = 0
    /// Since when it has carried nothing.
    var idleSince: Int?
    /// Whether it broke.
    var isBroken = false
    /// Whether the end of its closing is under way.
    var closes = false
}

/// A caller as the model knows it.
struct ModelCaller {
    /// What it was told.
    enum End {
        case none
        case served
        case failed
    }

    let deadline: Int
    var end = End.none
    /// Whether it was cancelled before it was told anything.
    var isCancelled = false
    /// The connection that carries its channel.
    var connection: Int?
    var isOpen = false
    /// Whether its command was sent.
    var hasStarted = false
    var isAbandoned = false
    /// How often its channel came to nothing before its command was sent.
    var losses = 0
    /// Whether its channel is gone, or it was told that it is.
    var isOver = false
    /// Whether it has to be served: nothing stands in its way.
    var mustBeServed = false
}
