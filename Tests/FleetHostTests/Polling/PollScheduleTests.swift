import NIOCore
import Testing

@testable import FleetHost

@Suite struct PollScheduleTests {
    private static let second = 1_000

    /// Plays a schedule whose host answers at once, and notes when it polls, in milliseconds.
    private static func polls(
        _ schedule: inout PollSchedule,
        from start: Int,
        to end: Int,
        isAnswered: Bool = true
    ) -> [Int] {
        var polls: [Int] = []
        var now = start
        while now < end {
            switch schedule.step(at: .milliseconds(now)) {
            case .poll:
                polls.append(now)
                if isAnswered { schedule.noteAnswer(at: .milliseconds(now)) }
            case .rest(let time?): now = max(now + 1, time.inMilliseconds)
            case .rest(nil), .giveUp: return polls
            }
        }
        return polls
    }

    private static func schedule(_ settings: PollSettings = PollSettings(), phase: Double = 0) -> PollSchedule {
        PollSchedule(settings, at: .milliseconds(0), phase: phase)
    }

    @Test func nothingIsAskedWhereNothingRuns() {
        var schedule = Self.schedule()
        #expect(schedule.step(at: .milliseconds(0)) == .rest(until: nil))
        schedule.hurry(at: .milliseconds(10))
        schedule.expect(.milliseconds(100), at: .milliseconds(20))
        #expect(schedule.step(at: .milliseconds(3_600 * Self.second)) == .rest(until: nil))
    }

    @Test(
        arguments: [
            (5_000, [100, 300, 700, 1_500, 3_100, 6_300, 11_300, 16_300]),
            (400, [100, 300, 700, 1_100, 1_500]), (250, [100, 300, 550, 800]), (50, [50, 100, 150, 200]),
            (1, [1, 2, 3, 4, 5]),
        ] as [(Int64, [Int])]
    )
    func theIntervalDoublesToTheBound(_ bound: Int64, _ times: [Int]) {
        var schedule = Self.schedule(PollSettings(bound: .milliseconds(bound)))
        schedule.want(true, at: .milliseconds(0))
        schedule.hurry(at: .milliseconds(0))
        #expect(Self.polls(&schedule, from: 0, to: (times.last ?? 0) + 1) == times)
    }

    @Test func aPollLeavesALittleEarlierWithOthersAndTheNextDoesNot() {
        var schedule = Self.schedule(.every(.milliseconds(100)), phase: 1)
        #expect(schedule.step(at: .milliseconds(98)) == .rest(until: .milliseconds(100)))
        #expect(schedule.step(at: .milliseconds(99)) == .poll)
        schedule.noteAnswer(at: .milliseconds(99))
        #expect(schedule.step(at: .milliseconds(99)) == .rest(until: .milliseconds(200)))
    }

    @Test(arguments: [(500, 5), (50_000, 500), (100_000, 1_000), (5_000_000, 1_000)] as [(Int64, Int64)])
    func theLeewayIsAHundredthOfTheIntervalAndBounded(_ interval: Int64, _ leeway: Int64) {
        #expect(PollSettings.every(.microseconds(interval)).leeway == .microseconds(leeway))
    }

    @Test func whatIsFoundRunningIsPolledAtTheBound() {
        var schedule = Self.schedule()
        schedule.want(true, at: .milliseconds(0))
        #expect(Self.polls(&schedule, from: 0, to: 16_000) == [5_000, 10_000, 15_000])
    }

    @Test func startsWithoutEndDoNotPutThePollOff() {
        var schedule = Self.schedule()
        schedule.want(true, at: .milliseconds(0))
        var polls: [Int] = []
        for now in stride(from: 0, to: 1_000, by: 10) {
            schedule.hurry(at: .milliseconds(now))
            polls += Self.polls(&schedule, from: now, to: now + 10)
        }
        // Each time the next start brings the poll near again.
        #expect(polls == Array(stride(from: 100, to: 1_000, by: 110)))
    }

    @Test func aDeadlineIsFollowedByShortIntervals() {
        var schedule = Self.schedule()
        schedule.want(true, at: .milliseconds(0))
        schedule.expect(.milliseconds(7_000), at: .milliseconds(0))
        #expect(Self.polls(&schedule, from: 0, to: 12_000) == [5_000, 7_100, 7_300, 7_700, 8_500, 10_100])
    }

    @Test func theNearestDeadlineCounts() {
        var schedule = Self.schedule()
        schedule.want(true, at: .milliseconds(0))
        schedule.expect(.milliseconds(9_000), at: .milliseconds(0))
        schedule.expect(.milliseconds(300), at: .milliseconds(0))
        schedule.expect(.milliseconds(1_000), at: .milliseconds(0))
        #expect(Self.polls(&schedule, from: 0, to: 1_000) == [400, 600])
        #expect(!schedule.hasDeadline)
    }

    @Test func aPollThatIsNotAnsweredIsNotSentAgain() {
        var schedule = Self.schedule(.every(.milliseconds(10)))
        #expect(Self.polls(&schedule, from: 0, to: 1_000, isAnswered: false) == [0])
        // What was missed is not made up for.
        schedule.noteAnswer(at: .milliseconds(995))
        #expect(Self.polls(&schedule, from: 995, to: 1_025) == [995, 1_005, 1_015])
    }

    @Test(arguments: [0, 0.25, 1] as [Double]) func channelsOfOneMomentAreSpread(_ phase: Double) {
        var schedule = Self.schedule(.every(.milliseconds(100)), phase: phase)
        let first = Int(phase * 100)
        #expect(Self.polls(&schedule, from: 0, to: first + 201) == [first, first + 100, first + 200])
    }

    @Test func latenessDoesNotAddUp() {
        var schedule = Self.schedule(.every(.milliseconds(10)))
        for turn in 0..<100 {
            #expect(schedule.step(at: .milliseconds(turn * 10 + 3)) == .poll)
            schedule.noteAnswer(at: .milliseconds(turn * 10 + 4))
        }
    }

    @Test func onlySilenceGivesTheChannelUp() {
        var schedule = Self.schedule(.every(.milliseconds(10), patience: .milliseconds(100)))
        #expect(schedule.step(at: .milliseconds(0)) == .poll)
        schedule.noteWord(at: .milliseconds(50))
        #expect(schedule.step(at: .milliseconds(149)) == .rest(until: .milliseconds(150)))
        #expect(schedule.step(at: .milliseconds(150)) == .giveUp)
        schedule.noteAnswer(at: .milliseconds(151))
        #expect(schedule.step(at: .milliseconds(151)) == .poll)
    }

    @Test func anIdleChannelIsLeftAloneAgain() {
        var schedule = Self.schedule()
        schedule.want(true, at: .milliseconds(0))
        schedule.hurry(at: .milliseconds(0))
        #expect(schedule.step(at: .milliseconds(100)) == .poll)
        schedule.want(false, at: .milliseconds(110))
        schedule.noteAnswer(at: .milliseconds(120))
        #expect(schedule.step(at: .milliseconds(90_000)) == .rest(until: nil))
    }

    @Test(
        arguments: [
            (.nanoseconds(1), .microseconds(500)), (.milliseconds(2), .milliseconds(2)), (.seconds(9), .seconds(9)),
        ] as [(TimeAmount, TimeAmount)]
    )
    func noIntervalIsShorterThanHalfAMillisecond(_ wanted: TimeAmount, _ given: TimeAmount) {
        #expect(PollSettings.every(wanted).longest == given)
        #expect(PollSettings.every(wanted).shortest == given)
        #expect(PollSettings(bound: wanted).longest == given)
        #expect(PollSettings(bound: wanted).shortest <= .milliseconds(100))
    }
}

extension NIODeadline {
    static func milliseconds(_ count: Int) -> NIODeadline { .uptimeNanoseconds(UInt64(count) * 1_000_000) }

    /// Rounded up: a timer does not fire before its time.
    var inMilliseconds: Int { Int((uptimeNanoseconds + 999_999) / 1_000_000) }
}
