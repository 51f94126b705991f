import TestSupport
import Testing

@testable import FleetLibSSH2

/// The heap against a plain list, and moments against plain numbers.
@Suite struct KeyedHeapTests {
    @Test(arguments: [UInt64(1), 2, 3])
    func itAgreesWithASortedList(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var heap = KeyedHeap<Int, Int>()
        var list: [Int: Int] = [:]
        for _ in 0..<3_000 {
            let key = Int.random(in: 0..<40, using: &generator)
            if Int.random(in: 0..<5, using: &generator) < 3 {
                let rank = Int.random(in: 0..<20, using: &generator)
                heap.set(key, rank)
                list[key] = rank
            } else {
                let chosen = Int.random(in: 0..<3, using: &generator) == 0 ? heap.firstKey ?? key : key
                heap.remove(chosen)
                list[chosen] = nil
            }
            let least = list.min { ($0.value, $0.key) < ($1.value, $1.key) }
            #expect(heap.firstKey == least?.key && heap.firstRank == least?.value)
            #expect(heap.count == list.count && heap.isEmpty == list.isEmpty)
            #expect(heap.rank(of: key) == list[key])
        }
    }

    @Test func momentsTooFarAwayNeverCome() {
        let now = PoolInstant(nanoseconds: 5)
        #expect(now.advanced(by: .seconds(Int64.max)) == PoolInstant(nanoseconds: .max))
        #expect(now.advanced(by: .nanoseconds(Int64.max)) == PoolInstant(nanoseconds: .max))
        #expect(now.advanced(by: .milliseconds(2)).nanoseconds == 2_000_005)
        #expect(now.duration(to: PoolInstant(nanoseconds: 8)) == .nanoseconds(3))
    }
}
