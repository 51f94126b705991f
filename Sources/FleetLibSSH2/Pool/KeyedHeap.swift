/// Keys in the order of their ranks, equal ones in their own; any key can be taken out or given another rank.
///
/// A binary heap that knows where each key stands: to put in and to take out takes logarithmic time, to look at the first
/// none, and nothing of a key is left when it is taken out.
struct KeyedHeap<Key: Hashable & Comparable & Sendable, Rank: Comparable & Sendable>: Sendable {
    /// The heap: the children of the entry at n are at 2n + 1 and 2n + 2.
    private var keys: [Key] = []
    private var ranks: [Rank] = []
    /// Where each key stands in it.
    private var positions: [Key: Int] = [:]

    /// An empty one.
    init() {}

    /// How many keys there are.
    var count: Int { keys.count }
    /// Whether there is none.
    var isEmpty: Bool { keys.isEmpty }
    /// The key of the lowest rank.
    var firstKey: Key? { keys.first }
    /// The lowest rank.
    var firstRank: Rank? { ranks.first }

    /// The key's rank, where it is there.
    func rank(of key: Key) -> Rank? { positions[key].map { ranks[$0] } }

    /// Puts a key in, or gives it another rank.
    mutating func set(_ key: Key, _ rank: Rank) {
        if let position = positions[key] {
            ranks[position] = rank
            rise(from: position)
            sink(from: position)
        } else {
            keys.append(key)
            ranks.append(rank)
            positions[key] = keys.count - 1
            rise(from: keys.count - 1)
        }
    }

    /// Takes a key out, where it is there.
    mutating func remove(_ key: Key) {
        guard let position = positions.removeValue(forKey: key) else { return }
        let lastKey = keys.removeLast()
        let lastRank = ranks.removeLast()
        if position == keys.count { return }
        // The last one fills the gap, and goes to where it belongs.
        keys[position] = lastKey
        ranks[position] = lastRank
        positions[lastKey] = position
        rise(from: position)
        sink(from: position)
    }

    private mutating func rise(from start: Int) {
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            if !isBefore(position, parent) { return }
            exchange(position, parent)
            position = parent
        }
    }

    private mutating func sink(from start: Int) {
        var position = start
        while true {
            var least = position
            let child = 2 * position + 1
            if child < keys.count, isBefore(child, least) { least = child }
            if child + 1 < keys.count, isBefore(child + 1, least) { least = child + 1 }
            if least == position { return }
            exchange(position, least)
            position = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        ranks[left] < ranks[right] || ranks[left] == ranks[right] && keys[left] < keys[right]
    }

    private mutating func exchange(_ left: Int, _ right: Int) {
        keys.swapAt(left, right)
        ranks.swapAt(left, right)
        positions[keys[left]] = left
        positions[keys[right]] = right
    }
}
