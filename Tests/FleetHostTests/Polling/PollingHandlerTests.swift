import FleetWire
import NIOCore
import NIOEmbedded
import Testing

@testable import FleetHost

/// Polls on a channel without sockets, at a time that the test sets.
@Suite struct PollingHandlerTests {
    private static func report(_ task: String = "a", _ state: AttemptState = .running, _ revision: UInt64 = 2)
        -> AttemptReport
    {
        var report = AttemptReport.sample(task, state)
        report.pid = 7
        report.revision = revision
        return report
    }

    /// A bench whose host has greeted, and runs these.
    private static func bench(_ tasks: [String] = ["a"], _ polling: PollSettings = PollSettings()) throws
        -> HandlerBench
    {
        let bench = try HandlerBench(polling: polling)
        try bench.greet()
        for task in tasks {
            bench.send(.start(StartRequest(key: .sample(task), arguments: ["x"], workingDirectory: "/")))
            bench.feed(.reports(Reports([report(task)])), to: try #require(try bench.sent().last?.requestID))
        }
        return bench
    }

    private static func asked(_ frames: [Frame]) throws -> [[String]] {
        try frames.map { frame in
            #expect(frame.requestID == StatusPoller.requestID)
            guard case .status(let status) = try Request(frame) else { return [] }
            return status.keys.map(\.task).sorted()
        }
    }

    @Test func oneRequestAsksForAllAttemptsOfTheChannel() throws {
        let bench = try Self.bench(["a", "b", "c"])
        bench.advance(99)
        #expect(try bench.sent().isEmpty)
        bench.advance(1)
        #expect(try Self.asked(bench.sent()) == [["a", "b", "c"]])
    }

    @Test func aQuietPollTellsNobodyAnything() throws {
        let bench = try Self.bench()
        for _ in 0..<6 {
            bench.advance(5_000)
            #expect(try bench.sent().count == 1)
            bench.feed(.reports(Reports([Self.report()])), to: StatusPoller.requestID)
        }
        #expect(bench.notices.isEmpty)
        #expect(bench.handler.meter.answered == 6)
        #expect(bench.handler.meter.batches == 0)
        #expect(bench.handler.meter.heardAt == bench.channel.eventLoop.now)
    }

    @Test func aLostPushIsMadeUpForInOneBatch() throws {
        let bench = try Self.bench(["a", "b", "c"])
        bench.advance(100)
        let reports = [Self.report("a", .exited, 5), Self.report("b"), Self.report("c", .lost, 5)]
        bench.feed(.reports(Reports(reports)), to: StatusPoller.requestID)
        guard case .changed(let changes)? = bench.notices.first, bench.notices.count == 1 else {
            Issue.record("\(bench.notices)")
            return
        }
        #expect(Set(changes.map(\.key.task)) == ["a", "c"])
        // What is over is not asked for again, and the next poll comes soon: the host's pushes do not.
        _ = try bench.sent()
        bench.advance(100)
        #expect(try Self.asked(bench.sent()) == [["b"]])
    }

    @Test func whatAPushHasToldIsNotToldAgain() throws {
        let bench = try Self.bench(["a", "b"])
        bench.advance(100)
        bench.feed(.reports(Reports([Self.report("a", .exited, 5)])), to: 0)
        bench.feed(.reports(Reports([Self.report("a", .exited, 5), Self.report("b")])), to: StatusPoller.requestID)
        #expect(bench.notices.count == 1)
    }

    @Test func thereIsNeverMoreThanOnePollWithoutAnAnswer() throws {
        let bench = try Self.bench(["a"], .every(.milliseconds(10)))
        bench.advance(10)
        #expect(try bench.sent().count == 1)
        bench.advance(1_000)
        #expect(try bench.sent().isEmpty)
        bench.feed(.reports(Reports([Self.report()])), to: StatusPoller.requestID)
        #expect(try bench.sent().count == 1)
    }

    @Test func aHostOnWhichNothingRunsIsNotPolled() throws {
        let bench = try Self.bench([])
        bench.advance(3_600_000)
        #expect(try bench.sent().isEmpty)
        let over = try Self.bench()
        over.feed(.reports(Reports([Self.report("a", .exited, 5)])), to: 0)
        over.advance(3_600_000)
        #expect(try over.sent().isEmpty)
    }

    @Test func aRefusedStartIsNotPolledFor() throws {
        let bench = try Self.bench([])
        bench.send(.start(StartRequest(key: .sample(), arguments: ["x"], workingDirectory: "/")))
        bench.feed(.failure(WireFailure(.configuration, "no")), to: try #require(try bench.sent().last?.requestID))
        bench.advance(3_600_000)
        #expect(try bench.sent().isEmpty)
    }

    @Test func whatIsFoundRunningIsPolled() throws {
        let bench = try Self.bench([])
        bench.send(.status(StatusRequest()))
        let id = try #require(try bench.sent().last?.requestID)
        bench.feed(.reports(Reports([Self.report("a"), Self.report("b", .exited)])), to: id)
        bench.advance(5_000)
        #expect(try Self.asked(bench.sent()) == [["a"]])
    }

    @Test func anIdleHostIsPingedWhereThatIsWanted() throws {
        let bench = try HandlerBench(polling: .every(.milliseconds(1)))
        try bench.greet()
        for _ in 0..<50 {
            bench.advance(1)
            let frames = try bench.sent()
            #expect(try frames.map { try Request($0) } == [.ping])
            bench.feed(.done, to: StatusPoller.requestID)
        }
        #expect(bench.handler.meter.answered == 50)
        #expect(bench.notices.isEmpty)
    }

    @Test func anEndAndATimeoutArePolledFor() throws {
        let bench = try Self.bench([])
        var start = StartRequest(key: .sample(), arguments: ["x"], workingDirectory: "/")
        start.timeout = 60_000
        bench.send(.start(start))
        bench.feed(.reports(Reports([Self.report("t")])), to: try #require(try bench.sent().last?.requestID))
        let quiet = Reply.reports(Reports([Self.report("t")]))
        var times: [Int] = []
        for now in 1...61_000 {
            bench.advance(1)
            guard try !bench.sent().isEmpty else { continue }
            times.append(now)
            bench.feed(quiet, to: StatusPoller.requestID)
        }
        #expect(times.suffix(3) == [60_100, 60_300, 60_700])
        bench.send(.end(EndRequest(key: .sample(), mode: .stop)))
        _ = try bench.sent()
        bench.advance(100)
        #expect(try bench.sent().count == 1)
    }

    @Test func aSilentHostIsGivenUpOnceItsPatienceIsOver() throws {
        let bench = try Self.bench(["a"], PollSettings(patience: .seconds(2)))
        bench.advance(100)
        bench.advance(1_999)
        #expect(!bench.isClosed)
        bench.advance(1)
        #expect(bench.isClosed)
        #expect(bench.losses.map(\.code) == [.transport])
    }

    @Test func aHostThatSaysAnythingIsNotSilent() throws {
        let bench = try Self.bench(["a"], PollSettings(patience: .seconds(2)))
        bench.advance(100)
        for _ in 0..<10 {
            bench.advance(1_900)
            bench.feed(.reports(Reports([Self.report("b")])), to: 0)
        }
        #expect(!bench.isClosed)
    }

    @Test func aPollThatIsRefusedIsToldAndHarmsNothing() throws {
        let bench = try Self.bench()
        bench.advance(100)
        bench.feed(.failure(WireFailure(.inputOutput, "no disk")), to: StatusPoller.requestID)
        guard case .pollRefused(let error)? = bench.notices.first else {
            Issue.record("\(bench.notices)")
            return
        }
        #expect(error.code == .inputOutput)
        #expect(!bench.isClosed)
        _ = try bench.sent()
        bench.advance(200)
        #expect(try bench.sent().count == 1)
    }

    @Test func aLongAnswerComesInSeveralFrames() throws {
        let bench = try Self.bench(["a", "b"])
        bench.advance(100)
        bench.feed(.reports(Reports([Self.report("a", .exited, 5)], isLast: false)), to: StatusPoller.requestID)
        #expect(bench.notices.isEmpty)
        bench.feed(.reports(Reports([Self.report("b", .exited, 5)])), to: StatusPoller.requestID)
        guard case .changed(let changes)? = bench.notices.first else {
            Issue.record("\(bench.notices)")
            return
        }
        #expect(changes.count == 2)
    }

    @Test func anAnswerMayBeCutAnywhere() throws {
        let quiet = Reply.reports(Reports([Self.report()])).frame(id: StatusPoller.requestID).bytes
        let bench = try Self.bench(["a"], .every(.milliseconds(1)))
        for cut in 0...quiet.count {
            bench.advance(1)
            bench.feed(quiet[..<cut])
            bench.feed(quiet[cut...])
        }
        #expect(bench.handler.meter.answered == UInt64(quiet.count) + 1)
        #expect(bench.notices.isEmpty)
        #expect(!bench.isClosed)
    }

    @Test func theSameAnswerTwiceIsNoAnswer() throws {
        let bench = try Self.bench()
        bench.advance(100)
        bench.feed(.reports(Reports([Self.report()])), to: StatusPoller.requestID)
        bench.feed(.reports(Reports([Self.report()])), to: StatusPoller.requestID)
        #expect(bench.isClosed)
        #expect(bench.losses.map(\.code) == [.malformed])
    }

    @Test(arguments: [.done, .hello(HelloReply()), .chunk(FileChunk())] as [Reply])
    func anAnswerOfAnotherKindEndsTheChannel(_ reply: Reply) throws {
        let bench = try Self.bench()
        bench.advance(100)
        bench.feed(reply, to: StatusPoller.requestID)
        #expect(bench.losses.map(\.code) == [.malformed])
    }

    @Test func manyAttemptsAreAskedForInTurn() throws {
        let tasks = (0..<StatusPoller.partLength + 500).map { "t\($0)" }
        let bench = try Self.bench([])
        bench.send(.status(StatusRequest()))
        let id = try #require(try bench.sent().last?.requestID)
        bench.feed(.reports(Reports(tasks.map { Self.report($0) })), to: id)
        var asked: [[String]] = []
        for _ in 0..<4 {
            bench.advance(5_000)
            asked += try Self.asked(bench.sent())
            bench.feed(.reports(Reports(asked.last?.map { Self.report($0) } ?? [])), to: StatusPoller.requestID)
        }
        #expect(asked.map(\.count) == [1_000, 500, 1_000, 500])
        #expect(Set(asked[0] + asked[1]) == Set(tasks))
        #expect(bench.notices.isEmpty)
    }

    @Test func theRoundTripOfEveryPollIsTold() throws {
        var settings = PollSettings()
        let trips = Trips()
        settings.onAnswer = { trips.add($0) }
        let bench = try Self.bench(["a"], settings)
        // Polls are sent 100 and 300 ms after the start.
        for (wait, trip) in [(100, 3), (197, 9)] as [(Int64, Int64)] {
            bench.advance(wait)
            bench.advance(trip)
            bench.feed(.reports(Reports([Self.report()])), to: StatusPoller.requestID)
        }
        #expect(trips.all == [.milliseconds(3), .milliseconds(9)])
    }

    /// One thread alone uses it: the channel is embedded.
    private final class Trips: @unchecked Sendable {
        private(set) var all: [TimeAmount] = []

        func add(_ trip: TimeAmount) { all.append(trip) }
    }
}
