import FleetWire
import NIOCore
import Testing

@testable import FleetHost

/// Polls of a host adapter, over sockets.
@Suite(.timeLimit(.minutes(1))) struct PolledHostTests {
    private static func report(_ key: AttemptKey, _ state: AttemptState, _ revision: UInt64) -> AttemptReport {
        var report = AttemptReport(key: key, state: state)
        report.pid = 7
        report.revision = revision
        return report
    }

    /// A host that pushes nothing: attempts run when they are started, and polls find them like this.
    private static func far(_ state: AttemptState, _ revision: UInt64) -> FarEnd {
        FarEnd { request in
            switch request {
            case .start(let start): .reports(Reports([report(start.key, .running, 2)]))
            case .status(let status): .reports(Reports(status.keys.map { report($0, state, revision) }))
            default: .done
            }
        }
    }

    private static func host(
        _ far: FarEnd,
        _ polling: PollSettings,
        onNotice: @escaping @Sendable (HostNotice) -> Void
    ) -> SupervisedHost {
        var configuration = SupervisedHost.Configuration(
            name: "h",
            launch: .command(["supervisor", "attach"]),
            environment: [:]
        )
        configuration.polling = polling
        return SupervisedHost(configuration: configuration, transport: far, onNotice: onNotice)
    }

    private static func start(_ task: String) -> StartRequest {
        StartRequest(key: .sample(task), arguments: ["x"], workingDirectory: "/")
    }

    @Test func whatNoPushHasToldIsToldByAPoll() async throws {
        let (changes, told) = AsyncStream<[AttemptReport]>.makeStream()
        let host = Self.host(Self.far(.exited, 5), PollSettings(bound: .milliseconds(1))) { notice in
            if case .changed(let reports) = notice { told.yield(reports) }
        }
        _ = try await host.start(Self.start("a"))
        var iterator = changes.makeAsyncIterator()
        #expect(await iterator.next() == [Self.report(.sample("a"), .exited, 5)])
        #expect(host.meter.batches == 1)
        await host.close()
    }

    @Test func quietPollsGoOnAndTellNobody() async throws {
        let (answers, answered) = AsyncStream<TimeAmount>.makeStream()
        var polling = PollSettings.every(PollSettings.least)
        polling.onAnswer = { answered.yield($0) }
        let (changes, told) = AsyncStream<Void>.makeStream()
        let host = Self.host(Self.far(.running, 2), polling) { if case .changed = $0 { told.yield() } }
        for task in ["a", "b", "c"] { _ = try await host.start(Self.start(task)) }
        var count = 0
        for await _ in answers {
            count += 1
            if count == 500 { break }
        }
        let meter = host.meter
        #expect(meter.answered >= 500)
        #expect(meter.sent - meter.answered <= 1)
        #expect(meter.batches == 0)
        #expect(meter.heardAt != nil)
        await host.close()
        told.finish()
        for await _ in changes { Issue.record("a quiet poll told something") }
    }

    @Test func aHostThatAnswersNoPollIsLost() async throws {
        let (losses, lost) = AsyncStream<HostError>.makeStream()
        let far = FarEnd { request in
            guard case .start(let start) = request else { return nil }
            return .reports(Reports([Self.report(start.key, .running, 2)]))
        }
        let polling = PollSettings(bound: .milliseconds(1), patience: .milliseconds(20))
        let host = Self.host(far, polling) { if case .disconnected(let error) = $0 { lost.yield(error) } }
        _ = try await host.start(Self.start("a"))
        var iterator = losses.makeAsyncIterator()
        #expect(await iterator.next()?.code == .transport)
        await host.close()
    }
}
