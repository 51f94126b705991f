import FleetWire
import NIOCore
import NIOEmbedded
import Testing

@testable import FleetHost

@Suite struct SupervisorHandlerTests {
    @Test(
        arguments: [
            "", "Welcome to Debian\r\n", "\u{0}codewhale-fleet/1 ", "\u{0}codewhale-fleet/1 ffffffffffffffff\n",
            "\u{0}\u{0}\u{0}", "\u{1b}[2J\u{7}",
        ]
    )
    func whatComesBeforeTheMarkerIsDiscarded(_ noise: String) throws {
        let bench = try HandlerBench()
        let call = bench.send(.ping)
        let frame = try #require(try bench.sent().first)
        bench.feed(
            Array(noise.utf8) + Preamble.marker(nonce: HandlerBench.nonce) + Reply.done.frame(id: frame.requestID).bytes
        )
        #expect(try bench.answer(of: call) == .done)
    }

    @Test func theMarkerMayBeCutAnywhere() throws {
        let head = Array("motd\n".utf8) + Preamble.marker(nonce: HandlerBench.nonce)
        for cut in 0...head.count {
            let bench = try HandlerBench()
            let call = bench.send(.ping)
            bench.feed(head[..<cut])
            bench.feed(head[cut...])
            bench.feed(.done, to: 1)
            #expect(try bench.answer(of: call) == .done, "cut at \(cut)")
        }
    }

    @Test func everythingMayComeByteByByte() throws {
        let bench = try HandlerBench()
        let call = bench.send(.status(StatusRequest()))
        let answer = Reply.reports(Reports([.sample()])).frame(id: 1).bytes
        for byte in Array("noise".utf8) + Preamble.marker(nonce: HandlerBench.nonce) + answer {
            #expect(bench.count(of: call) == 0)
            bench.feed([byte])
        }
        #expect(try bench.answer(of: call) == .reports(Reports([.sample()])))
    }

    @Test(arguments: [1 << 10, 100_000]) func endlessNoiseIsABoundedFailure(_ size: Int) throws {
        let bench = try HandlerBench()
        let call = bench.send(.ping)
        // Another channel's marker is noise as well.
        let noise = Array(repeating: UInt8(ascii: "x"), count: size) + Preamble.marker(nonce: "another")
        var fed = 0
        while !bench.isClosed, fed < 4 * Preamble.noiseLimit {
            bench.feed(noise)
            fed += noise.count
        }
        #expect(bench.isClosed)
        #expect(fed <= Preamble.noiseLimit + 2 * noise.count)
        #expect(bench.failure(of: call)?.code == .malformed)
        #expect(bench.count(of: call) == 1)
    }

    @Test(
        arguments: [
            ([0x7f, 0xff, 0xff, 0xff, 0x81], "a frame that is too long"),
            ([0, 0, 0, 0], "a frame of no length"),
            ([0, 0, 0, 5, 77, 0, 0, 0, 1], "a type that is not known"),
            ([0, 0, 0, 10, 130, 0, 0, 0, 1, 1, 0, 0, 0, 99], "a field beyond the frame"),
        ] as [([UInt8], String)]
    )
    func whatIsNotTheProtocolEndsTheChannel(_ bytes: [UInt8], _ what: String) throws {
        let bench = try HandlerBench()
        let calls = [bench.send(.ping), bench.send(.ping)]
        bench.feedMarker()
        bench.feed(bytes)
        #expect(bench.isClosed, "\(what)")
        for call in calls {
            #expect(bench.failure(of: call)?.code == .malformed, "\(what)")
            #expect(bench.count(of: call) == 1, "\(what)")
        }
    }

    @Test func anAnswerThatNobodyAskedForEndsTheChannel() throws {
        let bench = try HandlerBench()
        let call = bench.send(.ping)
        bench.feedMarker()
        bench.feed(.done, to: 2)
        #expect(bench.failure(of: call)?.code == .malformed)
        #expect(bench.isClosed)
    }

    @Test func asecondAnswerEndsTheChannel() throws {
        let bench = try HandlerBench()
        let call = bench.send(.ping)
        bench.feedMarker()
        bench.feed(.done, to: 1)
        bench.feed(.done, to: 1)
        #expect(try bench.answer(of: call) == .done)
        #expect(bench.count(of: call) == 1)
        #expect(bench.isClosed)
    }

    @Test func severalCallsAreAnsweredInAnyOrder() throws {
        let bench = try HandlerBench()
        let calls = (0..<3).map { bench.send(.status(StatusRequest(keys: [.sample("t\($0)")]))) }
        let ids = try bench.sent().map(\.requestID)
        #expect(Set(ids).count == 3)
        bench.feedMarker()
        for place in [2, 0, 1] { bench.feed(.reports(Reports([.sample("t\(place)")])), to: ids[place]) }
        for (place, call) in calls.enumerated() {
            #expect(try bench.answer(of: call) == .reports(Reports([.sample("t\(place)")])))
        }
    }

    @Test func anAnswerInSeveralFramesIsJoined() throws {
        let bench = try HandlerBench()
        let (first, second) = (bench.send(.status(StatusRequest())), bench.send(.ping))
        bench.feedMarker()
        bench.feed(.reports(Reports([.sample("a")], isLast: false)), to: 1)
        bench.feed(.done, to: 2)
        bench.feed(.reports(Reports([.sample("b")])), to: 1)
        #expect(try bench.answer(of: first) == .reports(Reports([.sample("a"), .sample("b")])))
        #expect(try bench.answer(of: second) == .done)
    }

    @Test func anAnswerWithoutAnEndIsBounded() throws {
        let bench = try HandlerBench()
        let (call, other) = (bench.send(.status(StatusRequest())), bench.send(.ping))
        bench.feedMarker()
        let part = Reply.reports(Reports([], isLast: false)).frame(id: 1).bytes
        for _ in 0..<JoinedAnswer.maximumFrames - 1 { bench.feed(part) }
        #expect(!bench.isClosed)
        bench.feed(part)
        #expect(bench.isClosed)
        for call in [call, other] {
            #expect(bench.failure(of: call)?.code == .malformed)
            #expect(bench.count(of: call) == 1)
        }
    }

    @Test func anAnswerOfManyLargeFramesIsBounded() throws {
        let bench = try HandlerBench()
        let call = bench.send(.status(StatusRequest()))
        bench.feedMarker()
        var report = AttemptReport.sample()
        report.logDigest = String(repeating: "f", count: 1_000_000)
        let part = Reply.reports(Reports([report], isLast: false)).frame(id: 1).bytes
        var count = 0
        while !bench.isClosed, count < 200 {
            bench.feed(part)
            count += 1
        }
        #expect(bench.failure(of: call)?.code == .malformed)
        #expect(count <= JoinedAnswer.maximumBytes / 1_000_000 + 1)
    }

    @Test func pushesAreHandedOut() throws {
        let bench = try HandlerBench()
        let call = bench.send(.ping)
        bench.feedMarker()
        bench.feed(.reports(Reports([.sample("a", .exited), .sample("b")])), to: 0)
        guard case .changed(let reports)? = bench.notices.first, bench.notices.count == 1 else {
            Issue.record("\(bench.notices)")
            return
        }
        #expect(reports.map(\.key.task) == ["a", "b"])
        #expect(bench.count(of: call) == 0)
    }

    @Test func aPushOfAnotherKindEndsTheChannel() throws {
        let bench = try HandlerBench()
        bench.feedMarker()
        bench.feed(.done, to: 0)
        #expect(bench.isClosed)
    }

    @Test func everyWaitingCallerIsToldOnceWhenTheChannelCloses() throws {
        let bench = try HandlerBench()
        try bench.greet()
        let calls = (0..<5).map { _ in bench.send(.ping) }
        bench.channel.pipeline.fireErrorCaught(IOError(errnoCode: 104, reason: "reset"))
        bench.channel.embeddedEventLoop.run()
        for call in calls {
            #expect(bench.failure(of: call)?.code == .transport)
            #expect(bench.count(of: call) == 1)
        }
        #expect(bench.isClosed)
        #expect(bench.losses.map(\.code) == [.transport])
    }

    @Test func afterTheEndEveryCallFailsAtOnce() throws {
        let bench = try HandlerBench()
        try bench.greet()
        try bench.channel.close().wait()
        let call = bench.send(.ping)
        #expect(bench.failure(of: call)?.code == .transport)
        #expect(try bench.sent().isEmpty)
        #expect(bench.losses.count == 1)
    }

    @Test func aChannelThatNeverGreetedIsNoLoss() throws {
        let bench = try HandlerBench()
        let call = bench.send(.hello(Hello()))
        try bench.channel.close().wait()
        #expect(bench.failure(of: call)?.code == .transport)
        #expect(bench.notices.isEmpty)
    }

    @Test func aChannelThatIsClosedOnPurposeIsNoLoss() throws {
        let bench = try HandlerBench()
        try bench.greet()
        let call = bench.send(.ping)
        bench.handler.close()
        #expect(bench.failure(of: call)?.code == .transport)
        #expect(bench.notices.isEmpty)
        #expect(bench.isClosed)
    }

    @Test func aRequestThatIsTooLongIsRefusedAndHarmsNothing() throws {
        let bench = try HandlerBench()
        let key = AttemptKey.sample()
        let long = StartRequest(key: key, arguments: [String(repeating: "x", count: 1 << 20)], workingDirectory: "/")
        let call = bench.send(.start(long))
        #expect(bench.failure(of: call)?.code == .configuration)
        #expect(try bench.sent().isEmpty)
        bench.feedMarker()
        let next = bench.send(.ping)
        bench.feed(.done, to: try #require(try bench.sent().first?.requestID))
        #expect(try bench.answer(of: next) == .done)
    }

    @Test func requestsOfOneMomentLeaveInOrder() throws {
        let bench = try HandlerBench()
        for task in ["a", "b", "c"] { bench.send(.claim(.sample(task))) }
        #expect(try bench.sent().map { try Request($0) } == ["a", "b", "c"].map { .claim(.sample($0)) })
    }

    @Test(
        arguments: [
            (.badRequest, .malformed), (.unknownAttempt, .unknownAttempt), (.refused, .refused),
            (.conflict, .conflict), (.configuration, .configuration), (.running, .running),
            (.inputOutput, .inputOutput),
        ] as [(WireFailure.Code, HostError.Code)]
    )
    func aFailureIsAnAnswerOfItsOwnCode(_ wire: WireFailure.Code, _ code: HostError.Code) throws {
        let bench = try HandlerBench()
        let call = bench.send(.ping)
        bench.feedMarker()
        bench.feed(.failure(WireFailure(wire, "why")), to: 1)
        #expect(bench.failure(of: call)?.code == code)
        #expect(bench.failure(of: call)?.message == "h: why")
        #expect(!bench.isClosed)
    }
}
