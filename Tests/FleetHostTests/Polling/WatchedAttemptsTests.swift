import FleetWire
import NIOCore
import Testing

@testable import FleetHost

@Suite struct WatchedAttemptsTests {
    private static let key = AttemptKey.sample()

    private static func report(_ state: AttemptState, _ revision: UInt64, pid: UInt32 = 7) -> AttemptReport {
        var report = AttemptReport(key: key, state: state)
        report.revision = revision
        report.pid = pid
        return report
    }

    @Test(
        arguments: [
            (report(.running, 2), report(.running, 2), false), (report(.running, 2), report(.running, 3), true),
            (report(.running, 2), report(.exited, 5), true), (report(.running, 2), report(.lost, 5), true),
            (report(.running, 2), report(.unsupervised, 4), true), (report(.running, 3), report(.running, 2), false),
            (report(.running, 2), report(.unknown, 0), true), (report(.running, 1, pid: 0), report(.running, 2), true),
            (report(.unsupervised, 4), report(.running, 3), false),
        ] as [(AttemptReport, AttemptReport, Bool)]
    )
    func whatWasToldIsNotToldAgain(_ told: AttemptReport, _ found: AttemptReport, _ isNews: Bool) {
        var watched = WatchedAttempts()
        watched.note(told, isAnswer: true)
        #expect(watched.changes(in: [found], asked: [Self.key]) == (isNews ? [found] : []))
        #expect(watched.changes(in: [found], asked: [Self.key]).isEmpty)
    }

    @Test func aStartUnderWayIsNoNews() {
        var watched = WatchedAttempts()
        watched.watch(Self.key)
        #expect(watched.changes(in: [Self.report(.running, 1, pid: 0)], asked: [Self.key]).isEmpty)
        #expect(watched.changes(in: [Self.report(.running, 2)], asked: [Self.key]).count == 1)
    }

    @Test func aLogThatGrowsIsNoNews() {
        var watched = WatchedAttempts()
        watched.note(Self.report(.running, 2), isAnswer: true)
        var grown = Self.report(.running, 2)
        grown.logBytes = 1_000
        #expect(watched.changes(in: [grown], asked: [Self.key]).isEmpty)
    }

    @Test(arguments: [.exited, .lost, .unknown] as [AttemptState])
    func whatIsOverIsToldOnceAndForgotten(_ state: AttemptState) {
        var watched = WatchedAttempts()
        watched.note(Self.report(.running, 2), isAnswer: true)
        let version = watched.version
        #expect(watched.changes(in: [Self.report(state, 9)], asked: [Self.key]).count == 1)
        #expect(watched.isEmpty)
        #expect(watched.version != version)
    }

    @Test func whatTheAnswerLeavesOutIsUnknown() {
        var watched = WatchedAttempts()
        watched.note(Self.report(.running, 2), isAnswer: true)
        #expect(watched.changes(in: [], asked: [Self.key]).map(\.state) == [.unknown])
    }

    @Test func whatWasNotAskedForIsNotTold() {
        var watched = WatchedAttempts()
        watched.note(Self.report(.running, 2), isAnswer: true)
        #expect(watched.changes(in: [.sample("other", .exited)], asked: []).isEmpty)
        watched.forget(Self.key)
        #expect(watched.changes(in: [Self.report(.exited, 5)], asked: [Self.key]).isEmpty)
    }

    @Test func aPushOfAnotherManagersAttemptIsNotWatched() {
        var watched = WatchedAttempts()
        watched.note(Self.report(.running, 2), isAnswer: false)
        #expect(watched.isEmpty)
        watched.note(Self.report(.running, 2), isAnswer: true)
        watched.note(Self.report(.exited, 5), isAnswer: false)
        #expect(watched.isEmpty)
    }

    @Test func theNextDeadlineIsTheNearestThatHasNotPassed() {
        var watched = WatchedAttempts()
        for task in ["a", "b"] { watched.watch(.sample(task)) }
        watched.expect([.milliseconds(10), .milliseconds(40)], of: .sample("a"))
        watched.expect([.milliseconds(30)], of: .sample("b"))
        watched.expect([.milliseconds(20)], of: .sample("never watched"))
        let times = [0, 10, 30, 40].map { watched.nextDeadline(after: .milliseconds($0))?.inMilliseconds }
        #expect(times == [10, 30, 40, nil])
        watched.forget(.sample("a"))
        #expect(watched.nextDeadline(after: .milliseconds(0))?.inMilliseconds == 30)
    }

    @Test func attemptsThatAHostMakesUpAreBounded() {
        var watched = WatchedAttempts()
        for place in 0..<WatchedAttempts.limit + 10 { watched.note(.sample("t\(place)"), isAnswer: true) }
        watched.note(.sample(String(repeating: "x", count: 129)), isAnswer: true)
        #expect(watched.keys.count == WatchedAttempts.limit)
    }
}
