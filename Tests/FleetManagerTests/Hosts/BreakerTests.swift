import FleetCore
import TestSupport
import Testing

@testable import FleetManager

@Suite struct BreakerTests {
    private let start = Timestamp(milliseconds: 1_000_000)

    @Test func threeFailuresInARowOpenIt() {
        var breaker = Breaker()
        for count in 1...3 {
            let begins1 = breaker.begin(at: start)
            #expect(begins1)
            breaker.noteFailure(.passing, at: start)
            #expect(breaker.failures == count)
        }
        #expect(breaker.state == .open(until: start.adding(seconds: 5)))
        #expect(!breaker.mayTry(at: start.adding(seconds: 4.999)))
        #expect(breaker.mayTry(at: start.adding(seconds: 5)))
    }

    @Test func oneSuccessClosesIt() {
        var breaker = Breaker()
        for _ in 0..<3 { breaker.noteFailure(.passing, at: start) }
        let begins2 = breaker.begin(at: start.adding(seconds: 5))
        #expect(begins2)
        breaker.noteSuccess()
        #expect(breaker == Breaker())
    }

    @Test func whileAProbeIsUnderWayNoOtherBegins() {
        var breaker = Breaker()
        for _ in 0..<3 { breaker.noteFailure(.passing, at: start) }
        let later = start.adding(seconds: 9)
        let begins3 = breaker.begin(at: later)
        #expect(begins3)
        let begins4 = breaker.begin(at: later)
        #expect(!begins4)
        #expect(!breaker.mayTry(at: later.adding(seconds: 1_000)))
    }

    @Test func theWaitDoublesUpToItsBound() {
        var breaker = Breaker()
        var now = start
        for _ in 0..<3 { breaker.noteFailure(.passing, at: now) }
        var waits: [Double] = []
        for _ in 0..<9 {
            waits.append(breaker.wait)
            now = now.adding(seconds: breaker.wait)
            let begins5 = breaker.begin(at: now)
            #expect(begins5)
            breaker.noteFailure(.passing, at: now)
        }
        #expect(waits == [5, 10, 20, 40, 80, 160, 300, 300, 300])
    }

    @Test func aLastingFailureWaitsForSomebody() {
        var breaker = Breaker()
        breaker.noteFailure(.lasting, at: start)
        #expect(breaker.isQuarantined)
        #expect(!breaker.mayTry(at: start.adding(seconds: 1e6)))
        breaker.noteFailure(.passing, at: start)
        #expect(breaker.isQuarantined)
        breaker.makeDue(at: start)
        let begins6 = breaker.begin(at: start)
        #expect(begins6)
        breaker.noteFailure(.lasting, at: start)
        #expect(breaker.isQuarantined)
    }

    @Test func whatLooksLikeAFaultOfTheSetUpWaitsForSomebodyWhenItRepeatsItself() {
        var breaker = Breaker()
        for count in 1...3 {
            let begins = breaker.begin(at: start)
            #expect(begins)
            breaker.noteFailure(.doubtful, at: start)
            #expect(breaker.isQuarantined == (count == 3))
        }
        // Who begins anew tries once more, and finds it so again.
        var kept = Breaker(state: breaker.state, failures: breaker.failures, wait: breaker.wait, now: start)
        kept.makeDue(at: start)
        let begins = kept.begin(at: start)
        #expect(begins)
        kept.noteFailure(.doubtful, at: start)
        #expect(kept.isQuarantined)
    }

    @Test func oneFaultBehindOtherFailuresIsNoReasonToWaitForSomebody() {
        var breaker = Breaker()
        for _ in 0..<3 { breaker.noteFailure(.passing, at: start) }
        let later = start.adding(seconds: 9)
        let begins = breaker.begin(at: later)
        #expect(begins)
        breaker.noteFailure(.doubtful, at: later)
        #expect(breaker.state == .open(until: later.adding(seconds: 10)))
        let last = later.adding(seconds: 10)
        let beginsAgain = breaker.begin(at: last)
        #expect(beginsAgain)
        breaker.noteFailure(.passing, at: last)
        breaker.noteFailure(.doubtful, at: last)
        #expect(!breaker.isQuarantined)
    }

    @Test func aClockThatWasSetBackMakesNobodyWaitLonger() {
        let breaker = Breaker(state: .open(until: start.adding(seconds: 1e6)), failures: 3, wait: 1e9, now: start)
        #expect(breaker.nextTry == start.adding(seconds: 300))
        #expect(breaker.wait == 300)
        #expect(Breaker(state: .halfOpen, failures: -1, wait: .nan, now: start).mayTry(at: start))
    }

    /// Whatever happens, in whatever order: the bounds hold, and the host is tried again in bounded time.
    @Test(arguments: (0..<50).map { UInt64($0) + 7 }) func itsPromisesHoldInEveryHistory(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var breaker = Breaker()
        var now = start
        var isProbing = false
        var inARow = 0
        for _ in 0..<500 {
            now = now.adding(seconds: Double.random(in: 0...400, using: &generator))
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let mayTry = breaker.mayTry(at: now)
                let wasOpen = breaker.nextTry != nil
                let begins7 = breaker.begin(at: now)
                #expect(begins7 == mayTry)
                if mayTry, wasOpen { isProbing = true }
                #expect(breaker.state == .halfOpen || !isProbing)
            case 5..<8:
                let before = breaker
                breaker.noteFailure(.passing, at: now)
                inARow += 1
                #expect(breaker.failures == inARow)
                if before.isQuarantined { #expect(breaker.isQuarantined) }
                if case .closed = breaker.state { #expect(inARow < Breaker.threshold) }
                isProbing = breaker.state == .halfOpen
            case 8:
                breaker.noteSuccess()
                inARow = 0
                isProbing = false
                #expect(breaker.mayTry(at: now))
            default:
                breaker.noteFailure(.lasting, at: now)
                inARow += 1
                isProbing = false
                #expect(!breaker.mayTry(at: now.adding(seconds: 1e7)))
                if Bool.random(using: &generator) { breaker.makeDue(at: now) }
            }
            #expect(breaker.wait <= Breaker.longestWait)
            if let next = breaker.nextTry { #expect(next <= now.adding(seconds: Breaker.longestWait)) }
        }
    }

    @Test func aFailureAfterTheWaitOpensItForLongerWithoutAProbe() {
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        var breaker = Breaker()
        for _ in 0..<Breaker.threshold { breaker.noteFailure(.passing, at: start) }
        breaker.noteFailure(.passing, at: start.adding(seconds: 4))
        #expect(breaker.state == .open(until: start.adding(seconds: 5)))
        breaker.noteFailure(.passing, at: start.adding(seconds: 6))
        #expect(breaker.state == .open(until: start.adding(seconds: 16)))
    }
}
