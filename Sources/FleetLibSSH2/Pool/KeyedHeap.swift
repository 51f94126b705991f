import HeapModule

/// Keys in the order of their ranks, equal ones in their own; any key can be taken out or given another rank.
///
/// A key that is taken out stays in the heap as a shadow until it comes to the top or shadows are the greater part, so
/// that every operation takes amortised logarithmic time.
struct KeyedHeap<Key: Hashable & Comparable & Sendable, Rank: Comparable & Sendable>: Sendable {
    private struct Entry: Comparable, Sendable {
        let rank: Rank
        let key: Key

        static func < (left: Entry, right: Entry) -> Bool { (left.rank, left.key) < (right.rank, right.key) }
    }

    private var heap = Heap<Entry>()
    private var ranks: [Key: Rank] = [:]

    /// An empty one.
    init() {}

    /// How many keys there are.
    var count: Int { ranks.count }
    /// Whether there is none.
    var isEmpty: Bool { ranks.isEmpty }
    /// How many entries the heap holds, shadows among them.
    var entryCount: Int { heap.count }

    /// The key's rank, where it is there.
    func rank(of key: Key) -> Rank? { ranks[key] }

    /// Puts a key in, or gives it another rank.
    mutating func set(_ key: Key, _ rank: Rank) {
        if ranks.updateValue(rank, forKey: key) == rank { return }
        heap.insert(Entry(rank: rank, key: key))
        dropShadowsIfMany()
    }

    /// Takes a key out, where it is there.
    mutating func remove(_ key: Key) {
        if ranks.removeValue(forKey: key) == nil { return }
        if ranks.isEmpty {
            heap = Heap()
        } else {
            dropShadowsIfMany()
        }
    }

    /// The key of the lowest rank.
    mutating func first() -> (key: Key, rank: Rank)? {
        while let entry = heap.min {
            if ranks[entry.key] == entry.rank { return (entry.key, entry.rank) }
            heap.removeMin()
        }
        return nil
    }

    /// Takes out the key of the lowest rank.
    mutating func popFirst() -> (key: Key, rank: Rank)? {
        guard let first = first() else { return nil }
        heap.removeMin()
        ranks[first.key] = nil
        return first
    }

    private mutating func dropShadowsIfMany() {
        if heap.count <= 2 * ranks.count + 16 { return }
        heap = Heap(ranks.map { Entry(rank: $0.value, key: $0.key) })
    }
}
