import Testing

@testable import FleetLibSSH2

/// What a pool counts.
@Suite struct PoolCountersTests {
    @Test func whatIsThereAndWhatHappenedIsCounted() {
        var driver = PoolDriver { $0.connectionLimit = 2 }
        driver.serve(1...8)
        _ = driver.acquire(9...20)
        _ = driver.connected(2)
        var counters = driver.pool.counters
        #expect((counters.open, counters.channels, counters.waiting, counters.connects) == (2, 16, 4, 2))
        _ = driver.opened(9, on: 2)
        _ = driver.refused(10, on: 2)
        _ = driver.lost(1)
        counters = driver.pool.counters
        #expect((counters.open, counters.closing, counters.idle) == (1, 1, 0))
        #expect(counters.failures == [.refused: 1, .lost: 1])
        #expect(counters.channelLimit == 1)
    }
}
