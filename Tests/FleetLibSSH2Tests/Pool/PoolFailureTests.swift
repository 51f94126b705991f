import Testing

@testable import FleetLibSSH2

/// Handshakes that come to nothing.
@Suite struct PoolFailureTests {
    @Test(arguments: [ConnectFailure.authentication, .hostKey, .configuration])
    func whatNoOtherTryCanHealIsToldToAllAtOnce(failure: ConnectFailure) {
        var driver = PoolDriver()
        _ = driver.acquire(1...20)
        #expect(driver.fails(1, failure) == (1...20).map { .fail($0, .connect(failure), of: 1) })
        #expect(driver.live(.seconds(10)) == [])
        #expect(driver.pool.counters.failures == [.connect(failure): 1])
        #expect(driver.acquire(21) == [.connect(2)])
    }

    @Test(arguments: [ConnectFailure.authentication, .hostKey, .configuration])
    func whoWaitsIsServedByTheConnectionsThatAreThere(failure: ConnectFailure) {
        var driver = PoolDriver { $0.patience = .seconds(1_000) }
        driver.serve(1...8)
        _ = driver.acquire(9...48)
        #expect(driver.fails(2, failure) == [])
        // The other handshake that was under way comes to the same, and the host is not asked again.
        #expect(driver.fails(3, failure) == [])
        #expect(driver.acquire(49) == [])
        for caller in UInt64(1)...8 { #expect(driver.released(caller, on: 1) == [.open(caller + 8, on: 1)]) }
        for caller in UInt64(9)...16 { _ = driver.opened(caller, on: 1) }
        // After a time that may have passed: one asks for all, half of the time is for certain, and it doubles.
        for (bar, number) in zip([5, 10, 20, 40, 60, 60], UInt64(4)...) {
            let early = driver.live(.milliseconds(500 * bar - 1)).filter { $0 != .ping(1) }
            driver.pool.heard(ConnectionID(1), now: driver.now)
            let late = driver.live(.milliseconds(500 * bar + 2)).filter { $0 != .ping(1) }
            driver.pool.heard(ConnectionID(1), now: driver.now)
            #expect(early == [] && late == [.connect(number)], "\(bar) s")
            if number < 9 { #expect(driver.fails(number, failure) == []) }
        }
        let served = driver.connected(9)
        #expect(served == (17...24).map { .open($0, on: 9) } + [.connect(10), .connect(11)])
        // What was before is forgotten.
        for number in UInt64(10)...11 { #expect(driver.fails(number, failure) == []) }
        let early = driver.live(.milliseconds(2_499)).filter { ![.ping(1), .ping(9)].contains($0) }
        let late = driver.live(.milliseconds(2_502)).filter { ![.ping(1), .ping(9)].contains($0) }
        #expect(early == [] && late == [.connect(12)])
        // One that is let in within the bar ends it.
        _ = driver.fails(12, failure)
        _ = driver.live(.seconds(10))
        #expect(driver.begun.last == ConnectionID(13))
        _ = driver.fails(13, failure)
        #expect(driver.pool.barredUntil.map { $0 > driver.now } == true)
    }

    @Test func whoIsLetInMeanwhileEndsThePause() {
        var driver = PoolDriver { $0.patience = .seconds(1_000) }
        driver.serve(1...8)
        _ = driver.acquire(9...16)
        _ = driver.connected(2)
        for caller in UInt64(9)...16 { _ = driver.opened(caller, on: 2) }
        #expect(driver.acquire(17...32) == [.connect(3), .connect(4)])
        #expect(driver.fails(3, .authentication) == [])
        #expect(driver.acquire(33) == [])
        #expect(driver.connected(4) == (17...24).map { .open($0, on: 4) } + [.connect(5), .connect(6)])
    }

    /// As what is left serves nobody, those who come later ask by one.
    @Test func aHostThatTurnsUsAwayIsNotAskedByManyAtOnce() {
        var driver = PoolDriver()
        driver.serve(1...8)
        _ = driver.acquire(9...16)
        _ = driver.connected(2)
        for caller in UInt64(9)...16 { _ = driver.opened(caller, on: 2) }
        for connection in UInt64(1)...2 {
            let caller = connection * 8
            _ = driver.released(caller, on: connection)
            _ = driver.acquire(100 + connection)
            _ = driver.cancel(100 + connection)
            _ = driver.failed(100 + connection, on: connection, isPoisoned: true)
        }
        #expect(driver.acquire(200...231) == [.connect(3), .connect(4), .connect(5)])
        for connection in UInt64(3)...5 { _ = driver.fails(connection, .authentication) }
        #expect(driver.acquire(300...331) == [.connect(6)])
    }

    @Test func whereEveryCallerHasAConnectionOfItsOwnNobodyWaitsForAnothersEnd() {
        var driver = PoolDriver()
        driver.pool.channelCeiling = 1
        driver.serve(1...1)
        #expect(driver.acquire(2) == [.connect(2)])
        #expect(driver.fails(2, .authentication) == [.fail(2, .connect(.authentication), of: 2)])
        #expect(driver.acquire(3) == [.connect(3)])
    }

    /// The last connection that serves goes: whether it is lost, or takes nobody any more.
    @Test(arguments: [false, true]) func whoWaitedForTheLastConnectionIsToldSoon(isLost: Bool) {
        var driver = PoolDriver()
        driver.serve(1...8)
        _ = driver.acquire(9)
        #expect(driver.fails(2, .authentication) == [])
        if isLost {
            #expect(driver.lost(1).last == .connect(3))
        } else {
            _ = driver.released(1, on: 1)
            #expect(driver.failed(9, on: 1, isPoisoned: true) == [.connect(3)])
        }
        #expect(driver.fails(3, .authentication) == [.fail(9, .connect(.authentication), of: 3)])
    }

    @Test func whoWaitsInVainForRoomIsToldWhyThereIsNoOtherConnection() {
        var driver = PoolDriver()
        driver.serve(1...8)
        _ = driver.acquire(9)
        _ = driver.fails(2, .authentication)
        let told = driver.live(.seconds(30)).filter { $0 != .ping(1) }
        #expect(told == [.connect(3), .fail(9, .connect(.authentication), of: 2)])
        // As long as that is the reason, who comes later learns it too.
        _ = driver.fails(3, .hostKey)
        let late = driver.after { $0.acquire(CallerID(10), deadline: $1.advanced(by: .seconds(1)), now: $1) }
        #expect(late == [])
        #expect(driver.live(.seconds(1)) == [.fail(10, .connect(.hostKey), of: 3)])
    }

    @Test(arguments: [ConnectFailure.unreachable, .timeout, .dropped])
    func aHostThatNeverLetAnybodyInIsGivenUpAtOnce(failure: ConnectFailure) {
        var driver = PoolDriver()
        _ = driver.acquire(1...3)
        #expect(driver.fails(1, failure) == (1...3).map { .fail($0, .connect(failure), of: 1) })
        // The next caller is the next try.
        #expect(driver.acquire(4) == [.connect(2)])
    }

    @Test(arguments: [ConnectFailure.unreachable, .timeout, .dropped])
    func aRefusedSiblingIsTriedAgainAfterAPause(failure: ConnectFailure) {
        var driver = PoolDriver()
        driver.serve(1...8)
        #expect(driver.acquire(9) == [.connect(2)])
        #expect(driver.fails(2, failure) == [])
        // Half of the pause is for certain.
        #expect(driver.live(.milliseconds(49)) == [])
        #expect(driver.acquire(10) == [])
        #expect(driver.live(.milliseconds(52)) == [.connect(3)])
        #expect(driver.connected(3) == [.open(9, on: 3), .open(10, on: 3)])
    }

    @Test func thePausesDoubleToTheLongest() {
        var driver = PoolDriver { $0.patience = .seconds(1_000) }
        driver.serve(1...8)
        _ = driver.acquire(9)
        for doublings in 0..<9 {
            let longest = min(Duration.milliseconds(100) * (1 << doublings), .seconds(5))
            let id = driver.begun[driver.begun.count - 1]
            driver.pool.heard(ConnectionID(1), now: driver.now)
            _ = driver.fails(id.number, .dropped)
            let early = driver.live(longest / 2 - .milliseconds(1))
            let late = driver.live(longest / 2 + .milliseconds(2))
            #expect(early == [] && late == [.connect(id.number + 1)], "after \(doublings) doublings")
        }
    }

    @Test func aSuccessEndsTheDoubling() {
        var driver = PoolDriver { $0.softChannelLimit = 1 }
        driver.serve(1...1)
        _ = driver.acquire(2...3)
        for id: UInt64 in 2...3 { _ = driver.fails(id, .dropped) }
        _ = driver.live(.milliseconds(101))
        _ = driver.fails(4, .dropped)
        _ = driver.live(.milliseconds(201))
        _ = driver.connected(5)
        #expect(driver.fails(6, .dropped) == [])
        #expect(driver.live(.milliseconds(101)) == [.connect(7)])
    }

    @Test func refusalsOfOneBurstMakeOnePauseAndHalveTheWindowOnce() {
        var driver = PoolDriver { $0.softChannelLimit = 1 }
        _ = driver.acquire(1...50)
        for id: UInt64 in 1...8 { _ = driver.connected(id) }
        #expect(driver.pool.counters.connecting == 8)
        for id: UInt64 in 9...16 { #expect(driver.fails(id, .dropped) == []) }
        #expect(driver.live(.milliseconds(101)).count == 4)
    }

    @Test func aHostThatIsGoneIsGivenUpAfterSomeTries() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.lost(1)
        _ = driver.closed(1)
        #expect(driver.acquire(2) == [.connect(2)])
        for id: UInt64 in 2...5 {
            #expect(driver.fails(id, .unreachable) == [])
            #expect(driver.live(.seconds(1)) == [.connect(id + 1)])
        }
        #expect(driver.fails(6, .unreachable) == [.fail(2, .connect(.unreachable), of: 6)])
        // Now it is a cold host again.
        #expect(driver.acquire(3) == [.connect(7)])
        #expect(driver.fails(7, .unreachable) == [.fail(3, .connect(.unreachable), of: 7)])
    }

    @Test func aColdHostThatSaysItIsBusyIsTriedAgain() {
        var driver = PoolDriver()
        #expect(driver.acquire(1) == [.connect(1)])
        for id: UInt64 in 1...4 {
            #expect(driver.fails(id, .busy) == [])
            #expect(driver.live(.seconds(1)) == [.connect(id + 1)])
        }
        #expect(driver.fails(5, .busy) == [.fail(1, .connect(.busy), of: 5)])
    }

    @Test func aHostThatHasGoneSilentIsGivenUpAtOnce() {
        var driver = PoolDriver()
        driver.serve(1...1)
        _ = driver.lost(1)
        _ = driver.acquire(2)
        #expect(driver.fails(2, .timeout) == [.fail(2, .connect(.timeout), of: 2)])
    }

    @Test func whoWaitedLongEnoughIsToldWhyThereIsNoConnection() {
        var driver = PoolDriver { $0.patience = .milliseconds(50) }
        driver.serve(1...8)
        _ = driver.acquire(9)
        _ = driver.fails(2, .dropped)
        #expect(driver.live(.milliseconds(50)) == [.fail(9, .connect(.dropped), of: 2)])
    }

    @Test func anOldFailureIsNotTheReasonOfALaterWait() {
        var driver = PoolDriver { $0.connectionLimit = 2 }
        driver.serve(1...8)
        _ = driver.acquire(9)
        _ = driver.fails(2, .dropped)
        _ = driver.cancel(9)
        _ = driver.acquire(10)
        #expect(driver.live(.seconds(30)).contains(.fail(10, .impatient)))
    }

    @Test func whoWaitedLongEnoughForAChannelIsToldSo() {
        var driver = PoolDriver { $0.connectionLimit = 1 }
        driver.serve(1...8)
        _ = driver.acquire(9)
        let early = driver.after { $0.acquire(CallerID(10), deadline: $1.advanced(by: .seconds(1)), now: $1) }
        #expect(early == [])
        #expect(driver.live(.milliseconds(999)) == [])
        #expect(driver.live(.milliseconds(1)) == [.fail(10, .impatient)])
        #expect(driver.live(.milliseconds(28_999)).filter { $0 != .ping(1) } == [])
        #expect(driver.live(.milliseconds(1)).contains(.fail(9, .impatient)))
    }

    @Test func whoWasServedMayTakeItsTime() {
        var driver = PoolDriver()
        driver.serve(1...1)
        #expect(driver.live(.seconds(31)) == [.ping(1), .ping(1)])
        #expect(driver.pool.counters.failures == [:])
    }

    @Test func anOpeningThatTakesTooLongIsGivenUp() {
        var driver = PoolDriver()
        _ = driver.acquire(1)
        _ = driver.connected(1)
        let told = driver.live(.seconds(30)).filter { $0 != .ping(1) }
        #expect(told == [.fail(1, .impatient), .abandon(CallerID(1), on: ConnectionID(1))])
    }
}
