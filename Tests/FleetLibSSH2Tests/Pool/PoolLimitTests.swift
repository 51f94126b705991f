import Testing

@testable import FleetLibSSH2

/// What refused channels teach.
@Suite struct PoolLimitTests {
    @Test func aRefusalTeachesTheLimitAndTheCallerIsServedElsewhere() {
        var driver = PoolDriver()
        driver.serve(1...2)
        #expect(driver.pool.counters.channelLimit == nil)
        #expect(driver.acquire(3) == [.open(3, on: 1)])
        #expect(driver.refused(3, on: 1) == [.connect(2)])
        #expect(driver.pool.counters.channelLimit == 2)
        #expect(driver.connected(2) == [.open(3, on: 2)])
        #expect(driver.opened(3, on: 2) == [.serve(3, on: 2)])
        // The limit holds on the sibling as well.
        #expect(driver.acquire(4...5) == [.open(4, on: 2), .connect(3)])
    }

    /// Where it took eight for granted, the last eight would be connected one after another.
    @Test func whereAConnectionCarriesOneChannelAsManyAreWantedAsThereAreCallers() {
        var driver = PoolDriver()
        _ = driver.acquire(1...64)
        driver.pool.channelCeiling = 1
        var next: UInt64 = 1
        while driver.pool.counters.waiting > 8 {
            #expect(driver.connected(next).contains(.open(next, on: next)))
            next += 1
        }
        #expect(driver.pool.counters.connecting == 8)
    }

    @Test func aCeilingHoldsWhateverWasLearntAndForgotten() {
        var driver = PoolDriver { $0.patience = .seconds(10_000) }
        driver.pool.channelCeiling = 1
        driver.serve(1...1)
        driver.pool.learnt = (4, driver.now)
        #expect(driver.acquire(2) == [.connect(2)])
        #expect(driver.pool.counters.channelLimit == nil)
    }

    @Test func whoIsRefusedKeepsItsPlace() {
        var driver = PoolDriver { $0.connectionLimit = 2 }
        driver.serve(1...2)
        _ = driver.acquire(3...6)
        for number: UInt64 in [5, 3, 6, 4] { _ = driver.refused(number, on: 1) }
        _ = driver.acquire(7)
        #expect(driver.connected(2) == [.open(3, on: 2), .open(4, on: 2)])
        #expect(driver.released(1, on: 1) == [.open(5, on: 1)])
    }

    @Test func aConnectionThatRefusesItsOnlyChannelIsReplaced() {
        var driver = PoolDriver()
        _ = driver.acquire(1)
        _ = driver.connected(1)
        #expect(driver.refused(1, on: 1) == [.close(1), .connect(2)])
        // What stood in the way is not known: a command may live on whose channel was closed.
        #expect(driver.pool.counters.channelLimit == nil)
    }

    @Test func aCommandWhoseEndWasNotSeenCountsInWhatARefusalTeaches() {
        var driver = PoolDriver()
        driver.serve(1...8)
        for number: UInt64 in 1...6 { _ = driver.released(number, on: 1, isEndKnown: false) }
        #expect(driver.acquire(9) == [.open(9, on: 1)])
        // The host has eight commands, six of which nobody waits for any more.
        #expect(driver.refused(9, on: 1) == [.connect(2)])
        #expect(driver.pool.counters.channelLimit == 8)
        #expect(driver.acquire(10) == [])
        #expect(driver.connected(2) == [.open(9, on: 2), .open(10, on: 2)])
    }

    @Test func commandsWhoseEndsWereNotSeenTeachTheLimitAlone() {
        var driver = PoolDriver()
        driver.serve(1...4)
        for number: UInt64 in 1...4 { _ = driver.released(number, on: 1, isEndKnown: false) }
        _ = driver.acquire(5)
        #expect(driver.refused(5, on: 1) == [.close(1), .connect(2)])
        #expect(driver.pool.counters.channelLimit == 4)
    }

    @Test func aHostThatRefusesEveryChannelIsGivenUpForThisCaller() {
        var driver = PoolDriver()
        _ = driver.acquire(1)
        for number: UInt64 in 1...2 {
            #expect(driver.connected(number) == [.open(1, on: number)])
            #expect(driver.refused(1, on: number) == [.close(number), .connect(number + 1)])
        }
        _ = driver.connected(3)
        #expect(driver.refused(1, on: 3) == [.fail(1, .refused, of: 3), .close(3)])
        #expect(driver.pool.counters.failures == [.refused: 3])
    }

    @Test func aChannelThatIsOpenThoughGivenUpCounts() {
        var driver = PoolDriver()
        _ = driver.acquire(1...3)
        _ = driver.connected(1)
        _ = driver.cancel(1)
        _ = driver.opened(1, on: 1)
        _ = driver.opened(2, on: 1)
        _ = driver.refused(3, on: 1)
        #expect(driver.pool.counters.channelLimit == 2)
    }

    @Test func aGreaterLimitThanWasKnownGivesRoomElsewhere() {
        var driver = PoolDriver()
        driver.serve(1...8)
        // Six are open on the second connection, and a seventh is asked for.
        _ = driver.acquire(9...15)
        _ = driver.connected(2)
        for number: UInt64 in 9...14 { _ = driver.opened(number, on: 2) }
        // The first refuses its third, so the third connection is full with two.
        for number: UInt64 in 3...8 { _ = driver.released(number, on: 1) }
        _ = driver.acquire(16)
        #expect(driver.refused(16, on: 1) == [.connect(3)])
        _ = driver.connected(3)
        _ = driver.acquire(17)
        #expect(driver.acquire(18) == [.connect(4)])
        // Now the second teaches that six are well.
        #expect(driver.refused(15, on: 2) == [.open(15, on: 3), .open(18, on: 3)])
        #expect(driver.pool.counters.channelLimit == 6)
    }

    @Test func whatWasLearntIsTriedAgainAfterItsTime() {
        var driver = PoolDriver { $0.patience = .seconds(10_000) }
        driver.serve(1...2)
        _ = driver.acquire(3)
        _ = driver.refused(3, on: 1)
        _ = driver.connected(2)
        _ = driver.opened(3, on: 2)
        _ = driver.acquire(4)
        _ = driver.opened(4, on: 2)
        driver.pass(.seconds(599))
        #expect(driver.acquire(5) == [.connect(3)])
        driver.pass(.seconds(1))
        #expect(driver.acquire(6) == [.open(5, on: 1), .open(6, on: 1)])
        #expect(driver.pool.counters.channelLimit == nil)
    }

    /// Whoever waits is served when it is time to try again, and not when it is time to be told.
    @Test func whatWasLearntIsTriedAgainInTime() {
        var driver = PoolDriver {
            $0.keepaliveInterval = .zero
            $0.connectionLimit = 1
            $0.patience = .seconds(1_000)
        }
        driver.serve(1...2)
        _ = driver.acquire(3)
        _ = driver.refused(3, on: 1)
        #expect(driver.released(2, on: 1) == [.open(3, on: 1)])
        _ = driver.opened(3, on: 1)
        _ = driver.released(3, on: 1)
        #expect(driver.pool.counters.channelLimit == 2)
        _ = driver.acquire(4...5)
        #expect(driver.live(.seconds(599)) == [])
        #expect(driver.live(.seconds(1)) == [.open(5, on: 1)])
    }

    @Test func aConnectionWhoseLibraryCanOpenNoMoreGivesItsCallersBack() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.acquire(2...3)
        #expect(driver.failed(2, on: 1, isPoisoned: true) == [.connect(2)])
        #expect(driver.returned(3, from: 1) == [])
        #expect(driver.released(1, on: 1) == [.cut(1)])
        #expect(driver.connected(2) == [.open(2, on: 2), .open(3, on: 2)])
    }
}
