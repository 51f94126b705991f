/// Who asks the pool for a channel, and the channel that it is given: a caller gets one channel and never another.
///
/// The executor numbers its callers and uses no number twice in a pool's life.
struct CallerID: Hashable, Comparable, Sendable {
    /// The number.
    let number: UInt64

    /// The caller of that number.
    init(_ number: UInt64) { self.number = number }

    static func < (left: CallerID, right: CallerID) -> Bool { left.number < right.number }
}

/// A connection of one pool, from the wish for it until it is closed; the pool numbers them, upwards from 1.
struct ConnectionID: Hashable, Comparable, Sendable {
    /// The number.
    let number: UInt64

    /// The connection of that number.
    init(_ number: UInt64) { self.number = number }

    static func < (left: ConnectionID, right: ConnectionID) -> Bool { left.number < right.number }
}
