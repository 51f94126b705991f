/// What happens around a pool, and when; what is due at the same time happens in the order in which it was added.
struct EventQueue {
    /// Something that happens to a host's model.
    enum Event {
        /// The executor's timer; of several that were set only the last one counts.
        case tick(host: Int, wish: Int)
        /// The budget's leave arrives.
        case granted(host: Int, connection: Int)
        /// A handshake has ended.
        case handshakeEnds(host: Int, connection: Int)
        /// The host answers the channel request that it was sent first.
        case channelAnswers(host: Int, connection: Int)
        /// A caller is done with its channel, and nothing is left of that.
        case releases(host: Int, caller: Int)
        /// The server sees it too.
        case serverFrees(host: Int, connection: Int)
        /// A ping is answered.
        case answers(host: Int, connection: Int)
        /// A connection breaks.
        case breaks(host: Int, connection: Int)
        /// A connection has closed.
        case closes(host: Int, connection: Int)
    }

    /// The latest first.
    private var events: [(time: Int, event: Event)] = []

    /// Whether nothing happens any more.
    var isEmpty: Bool { events.isEmpty }

    /// Lets something happen.
    mutating func add(_ event: Event, at time: Int) {
        var low = 0
        var high = events.count
        while low < high {
            let middle = (low + high) / 2
            if events[middle].time <= time { high = middle } else { low = middle + 1 }
        }
        events.insert((time, event), at: low)
    }

    /// Puts back what was taken out too early.
    mutating func putBack(_ next: (time: Int, event: Event)) { events.append(next) }

    /// What happens next.
    mutating func next() -> (time: Int, event: Event)? { events.popLast() }
}
