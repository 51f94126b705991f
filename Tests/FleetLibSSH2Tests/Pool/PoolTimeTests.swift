import Testing

@testable import FleetLibSSH2

/// Silence, idleness, and connections that do not close.
@Suite struct PoolTimeTests {
    @Test func aSilentConnectionIsPingedAndLostAfterThreeAnswersFail() {
        var driver = PoolDriver()
        driver.serve(1...2)
        _ = driver.acquire(3)
        _ = driver.cancel(3)
        _ = driver.acquire(4)
        for _ in 1...3 {
            #expect(driver.live(.milliseconds(14_999)) == [])
            driver.pass(.milliseconds(1))
            if driver.now.nanoseconds == 30_000_000_000 {
                // The one that is being opened has waited long enough as well.
                let actions = driver.live(.zero)
                #expect(
                    actions == [.fail(4, .impatient), .abandon(CallerID(4), on: ConnectionID(1)), .ping(1)]
                )
            } else {
                #expect(driver.live(.zero) == [.ping(1)])
            }
        }
        #expect(driver.live(.milliseconds(14_999)) == [])
        let lost: [PoolAction] = [
            .lose(CallerID(1), on: ConnectionID(1)), .lose(CallerID(2), on: ConnectionID(1)), .cut(1),
        ]
        #expect(driver.live(.milliseconds(1)) == lost)
        #expect(driver.pool.counters.failures[.lost] == 1)
        #expect(driver.pool.counters.channels == 0)
    }

    @Test func withoutAnIntervalNothingIsAskedAndNothingLost() {
        var driver = PoolDriver { $0.keepaliveInterval = .zero }
        driver.serve(1...2)
        #expect(driver.live(.seconds(100_000)) == [])
        _ = driver.released(1, on: 1)
        _ = driver.released(2, on: 1)
        #expect(driver.live(.seconds(59)) == [])
        #expect(driver.live(.seconds(1)) == [.close(1)])
    }

    @Test func whatIsHeardPutsThePingOff() {
        var driver = PoolDriver()
        driver.serve(1...1)
        for _ in 1...10 {
            driver.pass(.seconds(10))
            driver.pool.heard(ConnectionID(1), now: driver.now)
            #expect(driver.live(.zero) == [])
        }
        #expect(driver.live(.seconds(15)) == [.ping(1)])
    }

    @Test func anAnswerBeginsTheCountAnew() {
        var driver = PoolDriver()
        driver.serve(1...1)
        #expect(driver.live(.seconds(45)) == [.ping(1), .ping(1), .ping(1)])
        driver.pool.heard(ConnectionID(1), now: driver.now)
        #expect(driver.live(.seconds(45)) == [.ping(1), .ping(1), .ping(1)])
        #expect(driver.live(.seconds(15)).contains(.cut(1)))
    }

    /// A machine that slept must not take its connections for dead.
    @Test func aJumpOfTheClockCostsOnePing() {
        var driver = PoolDriver()
        driver.serve(1...1)
        driver.pass(.seconds(100_000))
        #expect(driver.live(.zero) == [.ping(1)])
        driver.pool.heard(ConnectionID(1), now: driver.now)
        #expect(driver.live(.milliseconds(14_999)) == [])
    }

    @Test func aLostConnectionTellsEachCallerOnce() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.acquire(2...3)
        _ = driver.cancel(3)
        driver.sent(2, on: 1)
        let told: [PoolAction] = [.lose(CallerID(1), on: ConnectionID(1)), .fail(2, .lost, of: 1), .cut(1)]
        #expect(driver.lost(1) == told)
        // What comes late changes nothing.
        #expect(driver.lost(1) == [])
        #expect(driver.opened(2, on: 1) == [])
        #expect(driver.failed(3, on: 1, isPoisoned: true) == [])
        #expect(driver.released(1, on: 1) == [])
        #expect(driver.closed(1) == [])
        #expect(driver.closed(1) == [])
        #expect(driver.pool.callers.isEmpty && driver.pool.connections.isEmpty)
    }

    @Test func aConnectionThatIsGoneUnannouncedIsLost() {
        var driver = PoolDriver()
        driver.serve(1...1)
        #expect(driver.closed(1) == [.lose(CallerID(1), on: ConnectionID(1))])
        #expect(driver.pool.counters.failures == [.lost: 1])
        #expect(driver.acquire(2) == [.connect(2)])
        #expect(driver.closed(2) == [])
        #expect(driver.live(.seconds(1)) == [.connect(3)])
    }

    @Test func idleConnectionsCloseAlsoTheLast() {
        var driver = PoolDriver()
        _ = driver.acquire(1...9)
        for id: UInt64 in 1...2 { _ = driver.connected(id) }
        for number: UInt64 in 1...9 { _ = driver.opened(number, on: number < 9 ? 1 : 2) }
        _ = driver.released(9, on: 2)
        #expect(driver.pool.counters.idle == 1)
        let quiet = driver.live(.milliseconds(59_999)).filter { $0 == .close(1) || $0 == .close(2) }
        #expect(quiet == [])
        for number: UInt64 in 1...8 { _ = driver.released(number, on: 1) }
        driver.pool.heard(ConnectionID(1), now: driver.now)
        #expect(driver.live(.milliseconds(1)) == [.close(2)])
        _ = driver.closed(2)
        #expect(driver.live(.milliseconds(59_998)).contains(.close(1)) == false)
        #expect(driver.live(.milliseconds(1)) == [.close(1)])
        _ = driver.closed(1)
        #expect(driver.pool.connections.isEmpty)
    }

    @Test func aConnectionThatIsUsedAgainIsNotIdle() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.released(1, on: 1)
        driver.pass(.seconds(59))
        driver.pool.heard(ConnectionID(1), now: driver.now)
        _ = driver.acquire(2)
        #expect(driver.live(.seconds(10)) == [])
    }

    @Test func aConnectionThatDoesNotCloseIsCutOff() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.released(1, on: 1)
        #expect(driver.live(.seconds(60)).last == .close(1))
        #expect(driver.live(.milliseconds(4_999)) == [])
        #expect(driver.live(.milliseconds(1)) == [.cut(1)])
        #expect(driver.live(.seconds(100)) == [])
        #expect(driver.pool.counters.closing == 1)
    }

    /// What runs on it may have nothing to say for long.
    @Test func aConnectionThatCanOpenNoMoreIsPingedLikeAnyOther() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.acquire(2)
        _ = driver.cancel(2)
        _ = driver.failed(2, on: 1, isPoisoned: true)
        for _ in 1...10 {
            #expect(driver.live(.seconds(15)) == [.ping(1)])
            driver.pool.heard(ConnectionID(1), now: driver.now)
        }
    }

    @Test func aConnectionThatCanOpenNoMoreIsLostAfterAsMuchSilence() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.acquire(2)
        _ = driver.cancel(2)
        _ = driver.failed(2, on: 1, isPoisoned: true)
        #expect(driver.live(.milliseconds(59_999)) == [.ping(1), .ping(1), .ping(1)])
        #expect(driver.live(.milliseconds(1)) == [.lose(CallerID(1), on: ConnectionID(1)), .cut(1)])
    }

    @Test func theWishToBeWokenIsToldOnceAndTheEarliestCounts() {
        var driver = PoolDriver()
        _ = driver.acquire(1)
        #expect(driver.wish == PoolInstant(milliseconds: 30_000))
        driver.pass(.seconds(1))
        #expect(driver.pool.acquire(CallerID(2), now: driver.now) == [])
        let sooner = PoolInstant(milliseconds: 5_000)
        #expect(driver.pool.acquire(CallerID(3), deadline: sooner, now: driver.now) == [.wake(at: sooner)])
    }
}
