import DequeModule

/// Leave to connect, shared by the pools of all endpoints, of which so many may hold it at once.
///
/// Whoever asks first is let go first. Pure: the executors of the pools hold it under one lock,
/// and tell each pool what was granted to it.
/// Every wish is given back once, whether it was granted or not, as the pools' actions say.
struct ConnectBudget<Holder: Hashable & Sendable>: Sendable {
    /// How many may hold leave at once.
    let limit: Int
    private var wishes = Deque<Holder>()
    private var wishing: Set<Holder> = []
    private var holding: Set<Holder> = []

    /// A budget of that many handshakes.
    init(limit: Int = 64) { self.limit = limit }

    /// How many hold leave.
    var holders: Int { holding.count }
    /// How many wait for it.
    var waiting: Int { wishing.count }

    /// Somebody wants to connect.
    ///
    /// - Returns: who may begin now.
    mutating func reserve(_ holder: Holder) -> [Holder] {
        precondition(!wishing.contains(holder) && !holding.contains(holder), "leave is asked for twice")
        wishing.insert(holder)
        wishes.append(holder)
        return grant()
    }

    /// Somebody gives back leave, or the wish for it.
    ///
    /// - Returns: who may begin now.
    mutating func unreserve(_ holder: Holder) -> [Holder] {
        if holding.remove(holder) == nil {
            wishing.remove(holder)
            // What was withdrawn stays in the line until its turn comes, or until it is the greater part of it.
            if wishes.count > 2 * wishing.count + 16 { wishes = Deque(wishes.filter(wishing.contains)) }
        }
        return grant()
    }

    private mutating func grant() -> [Holder] {
        var granted: [Holder] = []
        while holding.count < limit, let holder = wishes.popFirst() {
            if wishing.remove(holder) == nil { continue }
            holding.insert(holder)
            granted.append(holder)
        }
        return granted
    }
}
