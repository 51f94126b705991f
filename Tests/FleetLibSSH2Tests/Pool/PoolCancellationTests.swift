import Testing

@testable import FleetLibSSH2

/// Callers that give up.
@Suite struct PoolCancellationTests {
    @Test func whoWaitsIsToldAndForgotten() {
        var driver = PoolDriver()
        _ = driver.acquire(1...3)
        #expect(driver.cancel(2) == [.fail(2, .cancelled)])
        #expect(driver.cancel(2) == [])
        #expect(driver.connected(1) == [.open(1, on: 1), .open(3, on: 1)])
    }

    @Test func anOpeningIsGivenUpAndItsChannelClosedWhereItOpensNevertheless() {
        var driver = PoolDriver()
        _ = driver.acquire(1)
        _ = driver.connected(1)
        #expect(driver.cancel(1) == [.fail(1, .cancelled), .abandon(CallerID(1), on: ConnectionID(1))])
        #expect(driver.pool.counters.channels == 1)
        #expect(driver.opened(1, on: 1) == [.closeChannel(CallerID(1), on: ConnectionID(1))])
        #expect(driver.opened(1, on: 1) == [])
        #expect(driver.released(1, on: 1) == [])
        #expect(driver.pool.counters.channels == 0)
        #expect(driver.acquire(2) == [.open(2, on: 1)])
    }

    @Test func anOpeningThatEndedCleanlyLeavesItsConnectionInUse() {
        var driver = PoolDriver()
        _ = driver.acquire(1)
        _ = driver.connected(1)
        _ = driver.cancel(1)
        #expect(driver.failed(1, on: 1, isPoisoned: false) == [])
        #expect(driver.acquire(2) == [.open(2, on: 1)])
    }

    @Test func aCallerCancelledInMidPacketCostsItsConnectionOnly() {
        var driver = PoolDriver()
        driver.serve(1...2)
        _ = driver.acquire(3)
        _ = driver.cancel(3)
        #expect(driver.failed(3, on: 1, isPoisoned: true) == [])
        // It takes no new callers, though it has room; those on it go on.
        #expect(driver.acquire(4) == [.connect(2)])
        #expect(driver.connected(2) == [.open(4, on: 2)])
        #expect(driver.released(1, on: 1) == [])
        #expect(driver.released(2, on: 1) == [.cut(1)])
    }

    @Test func anAloneCallerCancelledInMidPacketEndsItsConnectionAtOnce() {
        var driver = PoolDriver()
        _ = driver.acquire(1)
        _ = driver.connected(1)
        _ = driver.cancel(1)
        #expect(driver.failed(1, on: 1, isPoisoned: true) == [.cut(1)])
    }

    @Test func whoWasServedIsNotTouched() {
        var driver = PoolDriver()
        driver.serve(1...1)
        #expect(driver.cancel(1) == [])
        #expect(driver.cancel(99) == [])
        #expect(driver.released(1, on: 1) == [])
        #expect(driver.cancel(1) == [])
    }

    @Test func aRefusedChannelThatWasGivenUpTeachesAllTheSame() {
        var driver = PoolDriver()
        driver.serve(1...2)
        _ = driver.acquire(3)
        _ = driver.cancel(3)
        #expect(driver.refused(3, on: 1) == [])
        #expect(driver.pool.counters.channelLimit == 2)
        #expect(driver.acquire(4) == [.connect(2)])
    }

    @Test func aFailedChannelFailsItsCallerOnly() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.acquire(2...3)
        #expect(driver.failed(2, on: 1, isPoisoned: false) == [.fail(2, .channel, of: 1)])
        #expect(driver.opened(3, on: 1) == [.serve(3, on: 1)])
    }

    @Test func whoseConnectionCannotOpenItsChannelIsServedElsewhere() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.acquire(2)
        #expect(driver.failed(2, on: 1, isPoisoned: true) == [.connect(2)])
        // What comes of the old channel then is nothing to it.
        #expect(driver.opened(2, on: 1) == [])
        #expect(driver.connected(2) == [.open(2, on: 2)])
        #expect(driver.released(2, on: 1) == [])
        #expect(driver.opened(2, on: 2) == [.serve(2, on: 2)])
        #expect(driver.pool.counters.failures == [.channel: 1])
    }

    @Test func whoseCommandWasSentIsToldThatItsConnectionIsOfNoMoreUse() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.acquire(2)
        driver.sent(2, on: 1)
        #expect(driver.failed(2, on: 1, isPoisoned: true) == [.fail(2, .channel, of: 1)])
    }

    @Test func whoMeetsSuchConnectionsOnlyIsTold() {
        var driver = PoolDriver()
        _ = driver.acquire(1)
        for connection in UInt64(1)...2 {
            _ = driver.connected(connection)
            #expect(
                driver.failed(1, on: connection, isPoisoned: true) == [.cut(connection), .connect(connection + 1)]
            )
            _ = driver.closed(connection)
        }
        _ = driver.connected(3)
        #expect(driver.failed(1, on: 3, isPoisoned: true) == [.fail(1, .channel, of: 3), .cut(3)])
    }

    @Test func anEventOfAnotherConnectionIsIgnored() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.acquire(2)
        #expect(driver.opened(2, on: 7) == [])
        #expect(driver.released(1, on: 7) == [])
        #expect(driver.refused(2, on: 7) == [])
        #expect(driver.failed(2, on: 7, isPoisoned: true) == [])
        #expect(driver.returned(2, from: 7) == [])
        #expect(driver.released(2, on: 1) == [])
        #expect(driver.opened(2, on: 1) == [.serve(2, on: 1)])
    }
}
