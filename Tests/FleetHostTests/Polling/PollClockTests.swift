import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import FleetHost

/// The timers of polls, at a time that the test sets.
@Suite struct PollClockTests {
    /// Notes when its timer fires, in microseconds.
    private final class Owner: PollClockClient {
        var fired: [Int] = []
        var then: (() -> Void)?

        func pollTimerFired(at now: NIODeadline) {
            fired.append(now.inMicroseconds)
            then?()
        }
    }

    private let loop = EmbeddedEventLoop()

    private func advance(to microseconds: Int) { loop.advanceTime(to: .microseconds(microseconds)) }

    @Test func whatIsDueWithinALeewayFiresInOneTurn() {
        let clock = PollClock(on: loop)
        let owners = (0..<4).map { _ in Owner() }
        for (owner, time) in zip(owners, [10_000, 10_999, 11_000, 11_001]) {
            clock.set(clock.join(owner, leeway: .milliseconds(1)), .microseconds(time))
        }
        advance(to: 9_999)
        #expect(owners.allSatisfy { $0.fired.isEmpty })
        advance(to: 10_000)
        #expect(owners.map(\.fired) == [[10_000], [10_000], [10_000], []])
        advance(to: 20_000)
        #expect(owners.map(\.fired) == [[10_000], [10_000], [10_000], [11_001]])
    }

    @Test func eachHasItsOwnLeeway() {
        let clock = PollClock(on: loop)
        let (early, exact) = (Owner(), Owner())
        clock.set(clock.join(exact, leeway: .zero), .microseconds(10_500))
        clock.set(clock.join(early, leeway: .milliseconds(1)), .microseconds(11_000))
        advance(to: 30_000)
        #expect(exact.fired == [10_500])
        #expect(early.fired == [10_500])
    }

    /// As a poll that is not answered yet does: its time has not come, however small the leeway.
    @Test func whoAsksForItsTimeAgainIsCalledThenAndNotBefore() {
        let clock = PollClock(on: loop)
        let (first, second) = (Owner(), Owner())
        clock.set(clock.join(first, leeway: .milliseconds(1)), .microseconds(10_000))
        let place = clock.join(second, leeway: .milliseconds(1))
        clock.set(place, .microseconds(10_500))
        second.then = { if second.fired.count == 1 { clock.set(place, .microseconds(10_500)) } }
        advance(to: 10_000)
        #expect(second.fired == [10_000])
        advance(to: 10_500)
        #expect(second.fired == [10_000, 10_500])
    }

    @Test func whatIsVoidDoesNotPileUp() {
        let clock = PollClock(on: loop)
        let owner = Owner()
        let place = clock.join(owner, leeway: .zero)
        for time in (1...10_000).reversed() { clock.set(place, .microseconds(time * 100)) }
        #expect(clock.entryCount < 100)
        advance(to: 2_000_000)
        #expect(owner.fired == [100])
    }

    @Test func anEarlierTimeCountsAndALaterOneDoesNot() {
        let clock = PollClock(on: loop)
        let owner = Owner()
        let place = clock.join(owner, leeway: .zero)
        clock.set(place, .microseconds(10_000))
        clock.set(place, .microseconds(20_000))
        clock.set(place, .microseconds(5_000))
        advance(to: 50_000)
        #expect(owner.fired == [5_000])
    }

    @Test func whoHasLeftIsNotCalledAndNotHeld() {
        let clock = PollClock(on: loop)
        let next = Owner()
        weak var gone: Owner?
        let place: Int
        do {
            let owner = Owner()
            gone = owner
            place = clock.join(owner, leeway: .milliseconds(1))
            clock.set(place, .microseconds(10_000))
            clock.leave(place)
            #expect(owner.fired.isEmpty)
        }
        #expect(gone == nil)
        #expect(clock.join(next, leeway: .milliseconds(1)) == place)
        advance(to: 15_000)
        #expect(next.fired.isEmpty)
        clock.set(place, .microseconds(20_000))
        advance(to: 30_000)
        #expect(next.fired == [20_000])
    }

    @Test func aChannelThatHasEndedHasNoTimer() throws {
        weak var handler: SupervisorHandler?
        let clock = PollClock(on: loop)
        do {
            let bench = try HandlerBench(polling: .every(.milliseconds(10)), clock: clock, on: loop)
            try bench.greet()
            handler = bench.handler
            #expect(clock.entryCount == 1)
            bench.handler.close()
            #expect(clock.entryCount == 0)
        }
        #expect(handler == nil)
    }

    @Test func aTimerMayBeSetAndAnOwnerMayLeaveWhileTimersFire() {
        let clock = PollClock(on: loop)
        let (first, second) = (Owner(), Owner())
        let places = [first, second].map { clock.join($0, leeway: .microseconds(10)) }
        first.then = {
            if first.fired.count == 1 { clock.leave(places[1]) }
            if first.fired.count < 3 { clock.set(places[0], .microseconds(first.fired.count * 1_000 + 1_000)) }
        }
        clock.set(places[0], .microseconds(1_000))
        clock.set(places[1], .microseconds(1_005))
        advance(to: 10_000)
        #expect(first.fired == [1_000, 2_000, 3_000])
        #expect(second.fired.isEmpty)
    }

    @Test(arguments: (0..<200).map { _ in UInt64.random(in: 0 ... .max) })
    func everyTimerFiresOnceAndInTime(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let clock = PollClock(on: loop)
        let owners = (0..<20).map { _ in Owner() }
        var (places, leeways): ([Int?], [Int]) = (owners.map { _ in nil }, owners.map { _ in 0 })
        var due: [Int?] = owners.map { _ in nil }
        var now = 0
        for _ in 0..<300 {
            let index = Int.random(in: 0..<owners.count, using: &generator)
            if let place = places[index] {
                if Int.random(in: 0..<10, using: &generator) == 0 {
                    clock.leave(place)
                    (places[index], due[index]) = (nil, nil)
                } else {
                    let time = now + Int.random(in: 1_000...20_000, using: &generator)
                    clock.set(place, .microseconds(time))
                    due[index] = min(due[index] ?? time, time)
                }
            } else {
                leeways[index] = Int.random(in: 0...999, using: &generator)
                places[index] = clock.join(owners[index], leeway: .microseconds(Int64(leeways[index])))
            }
            now += Int.random(in: 0...3_000, using: &generator)
            advance(to: now)
            for (index, owner) in owners.enumerated() {
                #expect(owner.fired.count <= 1)
                if let fired = owner.fired.popLast() {
                    let time = due[index] ?? -1
                    #expect(fired >= time - leeways[index] && fired <= time, "fired at \(fired), due at \(time)")
                    due[index] = nil
                }
                if let time = due[index] { #expect(time > now, "due at \(time), it is \(now)") }
            }
        }
    }
}

extension NIODeadline {
    fileprivate var inMicroseconds: Int { Int(uptimeNanoseconds / 1_000) }
    fileprivate static func microseconds(_ count: Int) -> NIODeadline { .uptimeNanoseconds(UInt64(count) * 1_000) }
}
