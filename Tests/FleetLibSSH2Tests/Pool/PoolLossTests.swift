import Testing

@testable import FleetLibSSH2

/// What becomes of those whose channel is being opened when its connection goes.
@Suite struct PoolLossTests {
    @Test func anOpeningThatStartedNothingIsMadeElsewhere() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.acquire(2...3)
        #expect(driver.lost(1) == [.lose(CallerID(1), on: ConnectionID(1)), .cut(1), .connect(2)])
        #expect(driver.pool.counters.waiting == 2)
        // What is told of the old connection is of no account.
        #expect(driver.failed(2, on: 1, isPoisoned: false) == [])
        #expect(driver.connected(2) == [.open(2, on: 2), .open(3, on: 2)])
        #expect(driver.opened(2, on: 2) == [.serve(2, on: 2)])
    }

    @Test func aCommandThatWasSentIsNotSentAgain() {
        var driver = PoolDriver()
        _ = driver.acquire(1...2)
        _ = driver.connected(1)
        driver.sent(1, on: 1)
        #expect(driver.lost(1) == [.fail(1, .lost, of: 1), .cut(1), .connect(2)])
        #expect(driver.connected(2) == [.open(2, on: 2)])
    }

    @Test func aCommandThatWasSentOnAnotherConnectionWasNotSentHere() {
        var driver = PoolDriver()
        _ = driver.acquire(1)
        _ = driver.connected(1)
        driver.sent(1, on: 7)
        #expect(driver.lost(1) == [.cut(1), .connect(2)])
    }

    @Test func afterSomeLossesTheCallerIsTold() {
        var driver = PoolDriver()
        _ = driver.acquire(1)
        for id: UInt64 in 1...2 {
            #expect(driver.connected(id) == [.open(1, on: id)])
            #expect(driver.lost(id) == [.cut(id), .connect(id + 1)])
        }
        #expect(driver.connected(3) == [.open(1, on: 3)])
        #expect(driver.lost(3) == [.fail(1, .lost, of: 3), .cut(3)])
        #expect(driver.pool.callers.isEmpty && driver.pool.deadlines.isEmpty)
    }

    @Test func whoIsServedElsewhereWaitsNoLongerForThat() {
        var driver = PoolDriver()
        _ = driver.acquire(1)
        _ = driver.connected(1)
        _ = driver.live(.seconds(20))
        _ = driver.lost(1)
        #expect(driver.live(.milliseconds(9_999)) == [])
        #expect(driver.live(.milliseconds(1)) == [.fail(1, .impatient)])
    }

    @Test func duringAShutDownNothingIsMadeElsewhere() {
        var driver = PoolDriver()
        _ = driver.acquire(1)
        _ = driver.connected(1)
        _ = driver.shutDown(within: .seconds(1))
        #expect(driver.lost(1) == [.fail(1, .closed), .cut(1)])
    }

    @Test func whatWasGivenBackIsServedElsewhereUnlessItsCommandWasSent() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.acquire(2...4)
        driver.sent(2, on: 1)
        #expect(driver.failed(2, on: 1, isPoisoned: true) == [.fail(2, .channel, of: 1)])
        driver.sent(3, on: 1)
        #expect(driver.returned(3, from: 1) == [.fail(3, .channel, of: 1)])
        #expect(driver.returned(4, from: 1) == [.connect(2)])
        #expect(driver.connected(2) == [.open(4, on: 2)])
    }
}
