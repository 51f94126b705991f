import TestSupport
import Testing

@testable import FleetLibSSH2

/// The end of a pool.
@Suite struct PoolShutdownTests {
    @Test func anEmptyPoolIsDoneAtOnce() {
        var driver = PoolDriver()
        #expect(driver.shutDown(within: .seconds(5)) == [.finished(left: 0)])
        #expect(driver.shutDown(within: .seconds(5)) == [])
        #expect(driver.acquire(1) == [.fail(1, .closed)])
        #expect(driver.live(.seconds(100)) == [])
    }

    @Test func whoWaitsIsToldAndHandshakesEnd() {
        var driver = PoolDriver()
        _ = driver.acquire(1...2)
        #expect(driver.shutDown(within: .seconds(5)) == [.fail(1, .closed), .fail(2, .closed), .cut(1)])
        // One that succeeded at the last moment closes all the same.
        #expect(driver.connected(1) == [])
        #expect(driver.givenBack == 1)
        #expect(driver.closed(1) == [.finished(left: 0)])
        #expect(driver.givenBack == 1)
    }

    @Test func aWishForLeaveIsWithdrawn() {
        var pool = PoolState(generator: SeededGenerator(seed: 1))
        let now = PoolInstant(nanoseconds: 0)
        _ = pool.acquire(CallerID(1), now: now)
        let actions = pool.shutDown(within: .seconds(1), now: now)
        #expect(actions == [.fail(1, .closed), .unreserve(ConnectionID(1)), .finished(left: 0)])
    }

    @Test func whatRunsMayEnd() {
        var driver = PoolDriver()
        driver.serve(1...8)
        _ = driver.acquire(9)
        _ = driver.connected(2)
        _ = driver.opened(9, on: 2)
        _ = driver.released(9, on: 2)
        // The idle one closes, the other waits for its callers.
        #expect(driver.shutDown(within: .seconds(10)) == [.close(2)])
        _ = driver.closed(2)
        for number: UInt64 in 1...7 { #expect(driver.released(number, on: 1) == []) }
        #expect(driver.released(8, on: 1) == [.close(1)])
        #expect(driver.closed(1) == [.finished(left: 0)])
        #expect(driver.pool.counters.channels == 0)
    }

    @Test func whoIsBeingServedIsServed() {
        var driver = PoolDriver()
        _ = driver.acquire(1...2)
        _ = driver.connected(1)
        #expect(driver.shutDown(within: .seconds(10)) == [])
        #expect(driver.opened(1, on: 1) == [.serve(1, on: 1)])
        // Nothing is tried a second time.
        #expect(driver.refused(2, on: 1) == [.fail(2, .closed)])
    }

    @Test func atTheBoundAllIsCutOff() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.acquire(2)
        #expect(driver.shutDown(within: .seconds(10)) == [])
        #expect(driver.live(.milliseconds(9_999)) == [])
        let cut: [PoolAction] = [.lose(CallerID(1), on: ConnectionID(1)), .fail(2, .closed), .cut(1)]
        #expect(driver.live(.milliseconds(1)) == cut)
        #expect(driver.closed(1) == [.finished(left: 0)])
    }

    @Test func whatIsClosingInGoodOrderIsCutOffAtTheBound() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.released(1, on: 1)
        #expect(driver.shutDown(within: .seconds(1)) == [.close(1)])
        #expect(driver.live(.seconds(1)) == [.cut(1)])
        #expect(driver.live(.seconds(1)) == [])
    }

    @Test func whatNeverClosesIsLeftBehind() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.shutDown(within: .zero)
        #expect(driver.live(.milliseconds(4_999)) == [])
        #expect(driver.live(.milliseconds(1)) == [.finished(left: 1)])
        #expect(driver.closed(1) == [])
        #expect(driver.pool.connections.isEmpty)
    }

    @Test func aSecondShutDownCanOnlyBeSooner() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.shutDown(within: .seconds(10))
        _ = driver.shutDown(within: .seconds(100))
        #expect(driver.pool.shutdown?.deadline == PoolInstant(milliseconds: 10_000))
        #expect(driver.shutDown(within: .seconds(2)) == [])
        #expect(driver.live(.seconds(2)).contains(.cut(1)))
    }
}
