import FleetTransport
import FleetWire
import Synchronization
import Testing

@testable import FleetHost

@Suite(.timeLimit(.minutes(1))) struct SupervisedHostTests {
    /// What was told unasked.
    final class Notices: Sendable {
        private let notices = Mutex<[String]>([])

        func add(_ notice: HostNotice) {
            let name =
                switch notice {
                case .connected: "connected"
                case .changed: "changed"
                case .pollRefused: "poll refused"
                case .disconnected(let error): "disconnected \(error.code.rawValue)"
                case .fallback: "fallback"
                }
            notices.withLock { $0.append(name) }
        }

        var all: [String] { notices.withLock { $0 } }
    }

    private static func host(
        _ far: FarEnd,
        environment: [String: String] = [:],
        patience: Double = 10,
        isHere: Bool = false,
        trust: Duration = .seconds(60),
        notices: Notices = Notices()
    ) -> SupervisedHost {
        var configuration = SupervisedHost.Configuration(
            name: "h",
            launch: .command(["supervisor", "attach"]),
            environment: environment,
            verifiedNames: environment.keys.sorted()
        )
        configuration.patience = patience
        configuration.isHere = isHere
        configuration.trust = trust
        return SupervisedHost(configuration: configuration, transport: far) { notices.add($0) }
    }

    private static func code(_ body: () async throws -> Void) async -> HostError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? HostError)?.code
        }
    }

    @Test(
        "A supervisor of this machine that cannot be had is a fault of the set-up, one of another host a lost connection",
        arguments: [
            (true, 2, nil, 3), (true, 3, .configuration, 3), (false, 1, .transport, 1),
        ] as [(Bool, Int, HostError.Code?, Int)]
    )
    func dudSupervisor(isHere: Bool, failures: Int, code: HostError.Code?, channels: Int) async throws {
        let far = FarEnd()
        far.failNext(failures)
        let host = Self.host(far, isHere: isHere)
        #expect(await Self.code { _ = try await host.connect() } == code)
        #expect(far.counts.channels == channels)
        await host.close()
    }

    @Test func supervisorOfThisMachineThatHasServedIsOnlyLost() async throws {
        let far = FarEnd()
        let host = Self.host(far, isHere: true)
        _ = try await host.connect()
        await far.drop()
        far.failNext(1)
        #expect(await Self.code { _ = try await host.connect() } == .transport)
        _ = try await host.connect()
        await host.close()
    }

    @Test func silentSupervisorOfThisMachineIsAFaultOfTheSetUp() async throws {
        let far = FarEnd(greeting: { _ in nil })
        let host = Self.host(far, patience: 1, isHere: true)
        let error = await #expect(throws: HostError.self) { try await host.connect() }
        #expect(error?.code == .configuration)
        #expect(error?.message == "h: no supervisor answered within 1 s, so supervisor cannot be used")
        #expect(far.counts.channels == 1)
        await host.close()
    }

    @Test func callersOfOneMomentShareOneChannel() async throws {
        let far = FarEnd()
        let notices = Notices()
        let host = Self.host(far, notices: notices)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 { group.addTask { try await host.cleanup([.sample("t\(number)")]) } }
            try await group.waitForAll()
        }
        #expect(far.counts.channels == 1)
        #expect(far.counts.requests.count == 20)
        #expect(notices.all == ["connected"])
        await host.close()
        #expect(far.counts.open.isEmpty)
        #expect(notices.all == ["connected"])
    }

    @Test func afterALossTheNextOperationOpensAnotherChannel() async throws {
        let far = FarEnd()
        let notices = Notices()
        let host = Self.host(far, notices: notices)
        try await host.cleanup([.sample()])
        await far.drop()
        // It does not fail for the loss of the channel before.
        try await host.cleanup([.sample()])
        #expect(far.counts.channels == 2)
        #expect(far.counts.connects == 1)
        #expect(notices.all == ["connected", "disconnected transport", "connected"])
        await host.close()
    }

    @Test func whatWaitsWhenTheChannelIsLostFails() async throws {
        let asked = Mutex(false)
        let far = FarEnd { request in
            if case .claim = request { asked.withLock { $0 = true } }
            return nil
        }
        let host = Self.host(far)
        async let code = Self.code { _ = try await host.claim(.sample()) }
        while !asked.withLock({ $0 }) { await Task.yield() }
        await far.drop()
        #expect(await code == .transport)
        #expect(far.counts.requests.count == 1, "it was sent again")
        await host.close()
    }

    @Test func aChannelOnWhichSomebodyHasLostPatienceIsReplaced() async throws {
        let asked = Mutex(false)
        let far = FarEnd { (_: Request) -> Reply? in
            asked.withLock { $0 = true }
            return nil
        }
        let notices = Notices()
        let host = Self.host(far, notices: notices)
        let question = Task { await Self.code { _ = try await host.status(of: []) } }
        while !asked.withLock({ $0 }) { await Task.yield() }
        question.cancel()
        #expect(await question.value == .transport)
        _ = try await host.connect()
        #expect(far.counts.channels == 2)
        #expect(notices.all == ["connected", "disconnected transport", "connected"])
        await host.close()
        #expect(far.counts.open.isEmpty)
    }

    @Test func whoeverWaitsNoMoreAsksNothingAndHarmsNoChannel() async throws {
        let far = FarEnd()
        let host = Self.host(far)
        _ = try await host.connect()
        let question = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await Self.code { try await host.cleanup([.sample()]) }
        }
        #expect(await question.value == .transport)
        #expect(far.counts.requests.isEmpty)
        try await host.cleanup([.sample()])
        #expect(far.counts.channels == 1)
        await host.close()
    }

    @Test(arguments: [true, false]) func anOpenChannelIsAskedForASignOfLife(_ isMute: Bool) async throws {
        let far = FarEnd { (request: Request) -> Reply? in
            if isMute, case .ping = request { return nil }
            return .done
        }
        let host = Self.host(far, trust: .zero)
        _ = try await host.connect()
        #expect(far.counts.requests.isEmpty)
        let contact = Task { await Self.code { _ = try await host.connect() } }
        while far.counts.requests.isEmpty { await Task.yield() }
        if isMute { contact.cancel() }
        #expect(await contact.value == (isMute ? .transport : nil))
        _ = try await host.connect()
        #expect(far.counts.channels == (isMute ? 2 : 1))
        await host.close()
    }

    @Test func aChannelThatHasJustAnsweredIsTrusted() async throws {
        let far = FarEnd()
        let host = Self.host(far)
        _ = try await host.connect()
        _ = try await host.connect()
        #expect(far.counts.requests.isEmpty)
        await host.close()
    }

    @Test func aChannelThatCannotBeOpenedIsTriedAgainByTheNextCaller() async throws {
        let far = FarEnd()
        far.failNext(1)
        let host = Self.host(far)
        #expect(await Self.code { try await host.cleanup([.sample()]) } == .transport)
        try await host.cleanup([.sample()])
        await host.close()
    }

    @Test func aSupervisorThatNeverGreetsIsGivenUp() async {
        let far = FarEnd(greeting: { _ in nil })
        let host = Self.host(far, patience: 0.05)
        #expect(await Self.code { _ = try await host.connect() } == .transport)
        #expect(far.counts.open.isEmpty)
        await host.close()
    }

    @Test func anotherVersionOfTheProtocolIsRefused() async {
        let far = FarEnd(greeting: { _ in
            var reply = HelloReply()
            reply.version = 99
            return reply
        })
        let host = Self.host(far)
        #expect(await Self.code { _ = try await host.connect() } == .configuration)
        #expect(far.counts.open.isEmpty)
        await host.close()
    }

    @Test("records of other workspaces are removed only by supervisors that look at the lease", arguments: [0, 1, 2])
    func unownedRecords(_ revision: UInt64) async throws {
        let far = FarEnd(greeting: { _ in
            var reply = HelloReply()
            reply.revision = revision
            return reply
        })
        let host = Self.host(far)
        let request = Request.cleanup(CleanupRequest(keys: [.sample()], onlyUnowned: true))
        if revision == 0 {
            #expect(await Self.code { try await host.cleanUpUnowned([.sample()]) } == .configuration)
        } else {
            try await host.cleanUpUnowned([.sample()])
        }
        #expect(far.counts.requests.contains(request) == (revision > 0))
        await host.close()
    }

    @Test(arguments: [true, false]) func aVariableThatDidNotArriveIsNamed(_ arrives: Bool) async throws {
        let far = FarEnd(greeting: { hello in
            var reply = HelloReply()
            let value = arrives ? "p" : "another"
            let digest = HMACSHA256.variable(name: "PROFILE", value: value, key: hello.digestKey)
            reply.digests = [WireVariable(name: "PROFILE", value: digest)]
            return reply
        })
        let host = Self.host(far, environment: ["PROFILE": "p"])
        // Whatever needs no variable is served all the same.
        try await host.cleanup([.sample()])
        #expect(try await host.missingVariables() == (arrives ? [] : ["PROFILE"]))
        var request = StartRequest(key: .sample(), arguments: ["x"], workingDirectory: "/")
        request.forwardedNames = ["PROFILE"]
        let start = request
        if !arrives {
            let error = await #expect(throws: HostError.self) { _ = try await host.start(start) }
            #expect(error?.code == .environment)
            #expect(error?.message.contains("PROFILE") ?? false)
            #expect(!(error?.description.contains("another") ?? true))
            #expect(far.counts.requests.count == 1)
        }
        await host.close()
        #expect(far.counts.open.isEmpty)
    }

    @Test func afterClosingEveryCallFails() async throws {
        let far = FarEnd()
        let host = Self.host(far)
        try await host.cleanup([.sample()])
        await host.close()
        #expect(await Self.code { try await host.cleanup([.sample()]) } == .transport)
        #expect(far.counts.channels == 1)
    }

    @Test func closingEndsAReconnectionThatHangs() async throws {
        let far = FarEnd()
        let host = Self.host(far)
        _ = try await host.connect()
        await far.drop()
        far.hangNext(1)
        let contact = Task { await Self.code { _ = try await host.connect() } }
        while far.counts.channels < 2 { await Task.yield() }
        await host.close()
        #expect(await contact.value == .transport)
        #expect(far.counts.open.isEmpty)
    }

    @Test func anAnswerThatNamesAnotherAttemptIsNone() async {
        let far = FarEnd { _ in .reports(Reports([.sample("another")])) }
        let host = Self.host(far)
        let request = StartRequest(key: .sample(), arguments: ["true"], workingDirectory: "/")
        #expect(await Self.code { _ = try await host.start(request) } == .malformed)
        await host.close()
    }

    @Test func anAnswerOfAnotherKindIsNone() async {
        let host = Self.host(FarEnd())
        #expect(await Self.code { _ = try await host.status(of: []) } == .malformed)
        #expect(await Self.code { _ = try await host.log(of: .sample(), offset: 0, limit: 1) } == .malformed)
        #expect(await Self.code { _ = try await host.end(.sample(), mode: .stop, grace: 1) } == .malformed)
        #expect(await Self.code { _ = try await host.collect(.sample(), patterns: []) } == .malformed)
        await host.close()
    }

    @Test func manyRecordsAreRemovedInSeveralRequests() async throws {
        let far = FarEnd()
        let host = Self.host(far)
        try await host.cleanup((0..<2_500).map { .sample("t\($0)") })
        let sizes = far.counts.requests.map { if case .cleanup(let request) = $0 { request.keys.count } else { 0 } }
        #expect(sizes == [1_000, 1_000, 500])
        await host.close()
    }

    @Test(arguments: [(EndOutcome.stopped, true), (.alreadyExited, true), (.unknown, true), (.survivors, false)])
    func aRestartStartsOnlyWhatIsAlone(_ outcome: EndOutcome, _ isStarted: Bool) async throws {
        let far = FarEnd { request in
            switch request {
            case .end(let end):
                var report = AttemptReport.sample(end.key.task, .exited)
                if outcome == .survivors { report.survivors = [12] }
                return .ended(EndReply(outcome: outcome, report: report))
            case .start(let start): return .reports(Reports([AttemptReport(key: start.key, state: .running)]))
            case .claim: return .reports(Reports([]))
            default: return nil
            }
        }
        let host = Self.host(far)
        let next = StartRequest(key: .sample("t", attempt: 2), arguments: ["true"], workingDirectory: "/")
        let code = await Self.code { _ = try await host.restart(.sample(), as: next) }
        #expect(code == (isStarted ? nil : .running))
        // Ended, given up where nothing is known of it, and then started.
        #expect(far.counts.requests.count == (outcome == .unknown ? 3 : isStarted ? 2 : 1))
        await host.close()
    }

    @Test(
        arguments: [
            (TransportError(.authentication, "no"), .authentication), (TransportError(.hostKey, "no"), .hostKey),
            (TransportError(.configuration, "no"), .configuration), (HostError(.running, "no"), .running),
            (CancellationError(), .transport), (WireError.truncated, .transport),
        ] as [(any Error & Sendable, HostError.Code)]
    )
    func anyFailureHasACode(_ error: any Error & Sendable, _ code: HostError.Code) {
        #expect(HostError(wrapping: error, host: "h").code == code)
    }
}
