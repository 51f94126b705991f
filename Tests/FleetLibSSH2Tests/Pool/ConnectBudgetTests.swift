import TestSupport
import Testing

@testable import FleetLibSSH2

/// The budget of handshakes over all endpoints.
@Suite struct ConnectBudgetTests {
    @Test func whoAsksFirstIsLetGoFirst() {
        var budget = ConnectBudget<Int>(limit: 2)
        #expect(budget.reserve(1) == [1])
        #expect(budget.reserve(2) == [2])
        #expect(budget.reserve(3) == [])
        #expect(budget.reserve(4) == [])
        #expect(budget.unreserve(2) == [3])
        #expect(budget.unreserve(1) == [4])
        #expect(budget.holders == 2)
    }

    @Test func whoGoesToAFullPlaceWaitsAndHoldsUpNobodyElse() {
        var budget = ConnectBudget<Int>(limit: 4, placeLimit: 2)
        #expect(budget.reserve(1, at: "door") == [1])
        #expect(budget.reserve(2, at: "door") == [2])
        #expect(budget.reserve(3, at: "door") == [])
        #expect(budget.reserve(4, at: "door") == [])
        #expect(budget.reserve(5, at: "other") == [5])
        // Whoever is let in makes room at the door, and still holds leave.
        #expect(budget.enter(1) == [3])
        #expect(budget.enter(1) == [])
        #expect(budget.enter(2) == [])
        #expect(budget.holders == 4)
        #expect(budget.unreserve(1) == [4])
        for holder in [2, 3, 4, 5] { #expect(budget.unreserve(holder) == []) }
        #expect(budget.holders + budget.waiting == 0)
        #expect(budget.reserve(6, at: "door") == [6])
        #expect(budget.reserve(7, at: "door") == [7])
    }

    @Test func whoWaitsForASilentHostHoldsUpNobody() {
        var budget = ConnectBudget<Int>(limit: 2, placeLimit: 1, restLimit: 2)
        #expect(budget.reserve(1, at: "door") == [1])
        #expect(budget.reserve(2) == [2])
        #expect(budget.reserve(3) == [])
        #expect(budget.reserve(4) == [])
        #expect(budget.rest(1) == [3])
        #expect(budget.rest(1) == [])
        #expect(budget.rest(2) == [4])
        // No more than so many.
        #expect(budget.rest(3) == [])
        #expect(budget.holders == 2)
        // Its host has answered: it is the next.
        #expect(budget.reserve(5) == [])
        #expect(budget.reserve(6, at: "door") == [])
        #expect(budget.resume(1) == [])
        #expect(budget.unreserve(3) == [1])
        #expect(budget.resume(1) == nil)
        // It was at the door all the time.
        #expect(budget.enter(1) == [])
        #expect(budget.unreserve(2) == [])
        #expect(budget.unreserve(4) == [5])
        #expect(budget.unreserve(1) == [6])
        for holder in [5, 6] { _ = budget.unreserve(holder) }
        #expect(budget.holders + budget.waiting == 0)
    }

    @Test func whoIsAnsweredFirstGoesOnFirst() {
        var budget = ConnectBudget<Int>(limit: 2)
        for holder in 1...2 {
            #expect(budget.reserve(holder) == [holder])
            #expect(budget.rest(holder) == [])
        }
        for holder in 3...5 { _ = budget.reserve(holder) }
        for holder in 1...2 { #expect(budget.resume(holder) == []) }
        #expect(budget.unreserve(3) == [1])
        #expect(budget.unreserve(4) == [2])
        #expect(budget.unreserve(1) == [5])
    }

    @Test func whoGivesUpWhileItRestsOrWaitsToGoOnIsForgotten() {
        var budget = ConnectBudget<Int>(limit: 1, placeLimit: 1)
        #expect(budget.reserve(1, at: "door") == [1])
        #expect(budget.reserve(2) == [])
        #expect(budget.rest(1) == [2])
        #expect(budget.unreserve(1) == [])
        #expect(budget.resume(1) == nil)
        #expect(budget.reserve(3, at: "door") == [])
        #expect(budget.unreserve(2) == [3])
        #expect(budget.rest(3) == [])
        #expect(budget.reserve(4) == [4])
        #expect(budget.resume(3) == [])
        #expect(budget.unreserve(3) == [])
        #expect(budget.reserve(5, at: "door") == [])
        #expect(budget.unreserve(4) == [5])
        #expect(budget.holders == 1 && budget.waiting == 0)
    }

    @Test func aWishThatIsWithdrawnIsPassedOver() {
        var budget = ConnectBudget<Int>(limit: 1)
        _ = budget.reserve(1)
        _ = budget.reserve(2)
        _ = budget.reserve(3)
        #expect(budget.unreserve(2) == [])
        #expect(budget.waiting == 1)
        #expect(budget.unreserve(1) == [3])
        #expect(budget.unreserve(3) == [])
        #expect(budget.holders + budget.waiting == 0)
    }

    @Test func whatIsGivenBackTwiceCountsOnce() {
        var budget = ConnectBudget<Int>(limit: 1)
        _ = budget.reserve(1)
        _ = budget.unreserve(1)
        _ = budget.unreserve(1)
        #expect(budget.reserve(2) == [2])
        #expect(budget.reserve(3) == [])
    }

    /// Against a plain list, at random.
    @Test func itAgreesWithAPlainList() {
        var generator = SeededGenerator(seed: 7)
        var budget = ConnectBudget<Int>(limit: 5)
        var held: [Int] = []
        var line: [Int] = []
        var returning: [Int] = []
        var resting: [Int] = []
        for number in 0..<5_000 {
            var granted: [Int]
            let (kind, all) = (Int.random(in: 0..<6, using: &generator), held + line + resting + returning)
            if kind < 3 {
                line.append(number)
                granted = budget.reserve(number)
            } else if kind == 3, let chosen = held.randomElement(using: &generator), resting.count < budget.restLimit {
                held.removeAll { $0 == chosen }
                resting.append(chosen)
                granted = budget.rest(chosen)
            } else if kind == 4, let chosen = resting.randomElement(using: &generator) {
                resting.removeAll { $0 == chosen }
                returning.append(chosen)
                granted = budget.resume(chosen) ?? []
            } else if let chosen = all.randomElement(using: &generator) {
                held.removeAll { $0 == chosen }
                line.removeAll { $0 == chosen }
                resting.removeAll { $0 == chosen }
                returning.removeAll { $0 == chosen }
                granted = budget.unreserve(chosen)
            } else {
                continue
            }
            let back = Array(returning.prefix(5 - held.count))
            let begin = Array(line.prefix(5 - held.count - back.count))
            #expect(granted == back + begin)
            held += granted
            returning.removeFirst(back.count)
            line.removeFirst(begin.count)
            #expect(budget.holders == held.count && budget.waiting == line.count + returning.count)
        }
    }
}
