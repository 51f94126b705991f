import DequeModule

/// Leave to connect, shared by the pools of all endpoints, of which so many may hold it at once, and so many at one place:
/// the host to which a connection leads first, which drops those who are too many before it has let them in.
///
/// Whoever asks first is let go first, but for those whose place is full. A host that does not answer at all costs next
/// to nothing: who has waited for one for a while rests, without leave, and goes before those who have not begun when
/// it answers. Pure: the executors of the pools hold it under one lock, and tell each pool what was granted to it.
/// Every wish is given back once, whether it was granted or not, as the pools' actions say.
struct ConnectBudget<Holder: Hashable & Sendable>: Sendable {
    private struct Wish: Sendable {
        let holder: Holder
        let place: String?
    }

    /// How many may hold leave at once.
    let limit: Int
    /// How many of them at one place.
    let placeLimit: Int
    /// How many may rest at once; those beyond keep their leave.
    let restLimit: Int
    private var wishes = Deque<Wish>()
    private var wishing: Set<Holder> = []
    private var holding: Set<Holder> = []
    private var resting: Set<Holder> = []
    /// Those who rested and wait to go on; what was withdrawn stays until its turn comes.
    private var returning = Deque<Holder>()
    /// Where those are that hold leave and have not been let in yet, and how many are at each place.
    private var outside: [Holder: String] = [:]
    private var crowds: [String: Int] = [:]

    /// A budget of that many handshakes.
    init(limit: Int = 64, placeLimit: Int = 8, restLimit: Int = 256) {
        (self.limit, self.placeLimit, self.restLimit) = (limit, placeLimit, restLimit)
    }

    /// How many hold leave.
    var holders: Int { holding.count }
    /// How many wait for it.
    var waiting: Int { wishing.count }

    /// Somebody wants to connect.
    ///
    /// - Parameters:
    ///   - holder: who.
    ///   - place: to which host first; nil for one that nobody else goes to.
    /// - Returns: who may begin now.
    mutating func reserve(_ holder: Holder, at place: String? = nil) -> [Holder] {
        precondition(!wishing.contains(holder) && !holding.contains(holder), "leave is asked for twice")
        wishing.insert(holder)
        wishes.append(Wish(holder: holder, place: place))
        return grant()
    }

    /// The host at somebody's place has let it in; what is behind that host is still to be reached.
    ///
    /// - Returns: who may begin now.
    mutating func enter(_ holder: Holder) -> [Holder] {
        leave(holder)
        return grant()
    }

    /// The host that somebody holds leave for does not answer: others have it meanwhile.
    ///
    /// - Returns: who may begin now.
    mutating func rest(_ holder: Holder) -> [Holder] {
        guard resting.count < restLimit, holding.remove(holder) != nil else { return [] }
        resting.insert(holder)
        return grant()
    }

    /// The host that somebody rests for has answered: it goes on when it is granted again, before all who have not begun.
    ///
    /// - Returns: who may begin or go on now; nil where it does not rest, and goes on at once.
    mutating func resume(_ holder: Holder) -> [Holder]? {
        guard resting.remove(holder) != nil else { return nil }
        wishing.insert(holder)
        returning.append(holder)
        return grant()
    }

    /// Somebody gives back leave, or the wish for it.
    ///
    /// - Returns: who may begin now.
    mutating func unreserve(_ holder: Holder) -> [Holder] {
        if holding.remove(holder) == nil, resting.remove(holder) == nil {
            wishing.remove(holder)
            // What was withdrawn stays in the line until its turn comes, or until it is the greater part of it.
            if wishes.count > 2 * wishing.count + 16 {
                wishes = Deque(wishes.filter { wishing.contains($0.holder) })
            }
        }
        leave(holder)
        return grant()
    }

    private mutating func leave(_ holder: Holder) {
        guard let place = outside.removeValue(forKey: holder), let crowd = crowds[place] else { return }
        crowds[place] = crowd > 1 ? crowd - 1 : nil
    }

    private mutating func grant() -> [Holder] {
        var granted: [Holder] = []
        // At their places they are counted already.
        while holding.count < limit, let holder = returning.popFirst() {
            guard wishing.remove(holder) != nil else { continue }
            holding.insert(holder)
            granted.append(holder)
        }
        var passedOver: [Wish] = []
        while holding.count < limit, let wish = wishes.popFirst() {
            guard wishing.contains(wish.holder) else { continue }
            if let place = wish.place {
                guard crowds[place, default: 0] < placeLimit else {
                    passedOver.append(wish)
                    continue
                }
                outside[wish.holder] = place
                crowds[place, default: 0] += 1
            }
            wishing.remove(wish.holder)
            holding.insert(wish.holder)
            granted.append(wish.holder)
        }
        for wish in passedOver.reversed() { wishes.prepend(wish) }
        return granted
    }
}
