/// How the connections to a host are used at a moment.
public struct PoolUse: Sendable, Equatable {
    /// Connections that have authenticated.
    public var open: Int
    /// Those of them that carry nothing.
    public var idle: Int
    /// Connections that are being made, or wait for their turn.
    public var connecting: Int
    /// Channels on all of them.
    public var channels: Int
    /// Commands that wait for a channel.
    public var waiting: Int
    /// How many connections were begun since the pool was made.
    public var connects: Int
    /// How many channels a connection takes, where a refusal has told it.
    public var channelLimit: Int?

    init(_ counters: PoolCounters) {
        open = counters.open
        idle = counters.idle
        connecting = counters.connecting + counters.queued
        channels = counters.channels
        waiting = counters.waiting
        connects = counters.connects
        channelLimit = counters.channelLimit
    }
}
