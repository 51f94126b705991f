/// What a pool is held to.
struct PoolSettings: Sendable {
    /// How many connections there may be at once, those that are closing among them.
    var connectionLimit = 128
    /// How many handshakes may be under way at once.
    var openingLimit = 8
    /// How many channels a connection carries as long as no refusal has taught a smaller number.
    var softChannelLimit = 8
    /// For how long a refusal is believed; then the host is tried with the soft limit again.
    ///
    /// It may have been set up anew, or the refusal may have been of a moment only.
    var limitMemory = Duration.seconds(600)
    /// How often a caller may meet a connection that refuses although nothing runs on it, before it is told.
    var emptyRefusalLimit = 3
    /// How often a caller may lose its channel while that is being opened, before it is told.
    var lossLimit = 3
    /// How long a caller waits for its channel, unless it says otherwise.
    var patience = Duration.seconds(30)
    /// How long a connection may carry nothing before it is closed.
    var idleTimeout = Duration.seconds(60)
    /// After how much silence a connection is pinged, and how long each ping may go unanswered; zero for no pings.
    var keepaliveInterval = Duration.seconds(15)
    /// How many pings in a row may go unanswered.
    var keepaliveLimit = 3
    /// The pause after the first refused handshake; it doubles with each one that follows without a success.
    var firstBackoff = Duration.milliseconds(100)
    /// The longest such pause, before jitter.
    var longestBackoff = Duration.seconds(5)
    /// For how long no handshake begins beside connections that serve, after one that was turned away for good; it doubles
    /// with each one that follows without a success.
    var firstBar = Duration.seconds(5)
    /// The longest such time, before jitter.
    var longestBar = Duration.seconds(60)
    /// How many handshakes may fail in a row, once no connection is left, before those who wait are told.
    var retryLimit = 4
    /// How long a connection may take to close in good order before it is cut off.
    var closeTimeout = Duration.seconds(5)
    /// How long what still runs may take to end when the pool is shut down: its input has ended by then, and the host is
    /// told to close it soon after.
    var shutdownGrace = Duration.seconds(2)

    /// The defaults of the design.
    init() {}
}
