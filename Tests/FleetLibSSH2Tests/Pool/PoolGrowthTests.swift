import TestSupport
import Testing

@testable import FleetLibSSH2

/// How many connections there are, and who is served on which.
@Suite struct PoolGrowthTests {
    @Test func aCallerIsServedOnTheFirstConnection() {
        var driver = PoolDriver()
        #expect(driver.acquire(1) == [.connect(1)])
        #expect(driver.connected(1) == [.open(1, on: 1)])
        #expect(driver.opened(1, on: 1) == [.serve(1, on: 1)])
        #expect(driver.givenBack == 1)
    }

    @Test func oneConnectionServesAllUntilItsChannelsAreUsedUp() {
        var driver = PoolDriver()
        driver.serve(1...8)
        #expect(driver.begun.count == 1)
        #expect(driver.acquire(9) == [.connect(2)])
        #expect(driver.connected(2) == [.open(9, on: 2)])
    }

    @Test func aChannelThatIsFreeAgainServesTheNext() {
        var driver = PoolDriver { $0.connectionLimit = 1 }
        driver.serve(1...8)
        #expect(driver.acquire(9...10) == [])
        #expect(driver.released(3, on: 1) == [.open(9, on: 1)])
        #expect(driver.released(4, on: 1) == [.open(10, on: 1)])
    }

    @Test func oneConnectionIsTriedUntilTheHostHasLetItIn() {
        var driver = PoolDriver()
        #expect(driver.acquire(1...200) == [.connect(1)])
    }

    @Test func theWindowOpensWithEachSuccessToItsLimit() {
        var driver = PoolDriver { $0.softChannelLimit = 1 }
        _ = driver.acquire(1...100)
        var largest: [Int] = []
        for number: UInt64 in 1...20 {
            _ = driver.connected(number)
            largest.append(driver.pool.counters.connecting)
        }
        #expect(largest.prefix(9) == [2, 3, 4, 5, 6, 7, 8, 8, 8])
        #expect(largest.max() == 8)
    }

    @Test(arguments: [(9, 1), (16, 1), (17, 2), (24, 2), (25, 2)])
    func noMoreConnectionsAreOpenedThanAreNeeded(callers: UInt64, siblings: Int) {
        var driver = PoolDriver()
        _ = driver.acquire(1...callers)
        let begun = driver.connected(1).count { if case .connect = $0 { true } else { false } }
        #expect(begun == siblings)
    }

    @Test func thereAreNoMoreConnectionsThanTheLimit() {
        var driver = PoolDriver {
            $0.connectionLimit = 3
            $0.softChannelLimit = 1
        }
        _ = driver.acquire(1...10)
        for number: UInt64 in 1...3 { _ = driver.connected(number) }
        #expect(driver.begun.count == 3)
        #expect(driver.pool.counters.waiting == 7)
        // One that closes is still one.
        #expect(driver.lost(2) == [.cut(2)])
        #expect(driver.closed(2) == [.connect(4)])
    }

    @Test func theLowestConnectionWithRoomIsUsed() {
        var driver = PoolDriver { $0.softChannelLimit = 2 }
        _ = driver.acquire(1...6)
        for number: UInt64 in 1...3 { _ = driver.connected(number) }
        for number: UInt64 in 1...6 { _ = driver.opened(number, on: (number + 1) / 2) }
        _ = driver.released(5, on: 3)
        _ = driver.released(2, on: 1)
        _ = driver.released(4, on: 2)
        #expect(driver.acquire(7...9) == [.open(7, on: 1), .open(8, on: 2), .open(9, on: 3)])
    }

    @Test func whoComesFirstIsServedFirst() {
        var driver = PoolDriver { $0.connectionLimit = 1 }
        _ = driver.acquire(1...12)
        #expect(driver.connected(1) == (1...8).map { .open($0, on: 1) })
        for number: UInt64 in 1...8 { _ = driver.opened(number, on: 1) }
        let next = (1...4).flatMap { driver.released($0, on: 1) }
        #expect(next == (9...12).map { .open($0, on: 1) })
    }

    @Test func aWishThatNobodyHasAnyMoreIsWithdrawnBeforeItIsGranted() {
        var pool = PoolState(generator: SeededGenerator(seed: 1))
        let now = PoolInstant(nanoseconds: 0)
        #expect(pool.acquire(CallerID(1), now: now).first == .reserve(ConnectionID(1)))
        let actions = pool.cancel(CallerID(1), now: now)
        #expect(actions == [.fail(1, .cancelled), .unreserve(ConnectionID(1))])
        #expect(pool.granted(ConnectionID(1), now: now) == [])
        #expect(pool.counters == PoolCounters())
    }

    /// P2: sshd drops each handshake beyond the tenth or the second that are under way at once.
    @Test(arguments: [10, 2])
    func twoHundredCallersOfAColdHostAreServed(maxStartups: Int) {
        var driver = PoolDriver {
            $0.patience = .seconds(60)
            $0.softChannelLimit = 10
        }
        var actions = driver.acquire(1...200)
        var handshakes: [ConnectionID] = []
        var served = 0
        while served < 200, driver.now.nanoseconds < 60_000_000_000 {
            var fresh: [ConnectionID] = []
            while !actions.isEmpty {
                switch actions.removeFirst() {
                case .connect(let id): fresh.append(id)
                case .open(let caller, let id): actions += driver.opened(caller.number, on: id.number)
                case .serve: served += 1
                case let other: Issue.record("\(other)")
                }
            }
            // Who comes when too many are there is dropped at once; the others are let in after a tenth of a second.
            for id in fresh {
                if handshakes.count < maxStartups {
                    handshakes.append(id)
                } else {
                    actions += driver.fails(id.number, .dropped)
                }
            }
            if !actions.isEmpty { continue }
            actions += driver.live(.milliseconds(100))
            let done = handshakes
            handshakes = []
            for id in done { actions += driver.connected(id.number) }
        }
        #expect(served == 200)
        #expect(driver.pool.counters.open == 20)
    }
}
