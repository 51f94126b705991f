import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Testing

@testable import FleetManager

/// A start is never sent a second time on doubt, and silence is no end.
@Suite(.timeLimit(.minutes(1))) struct LostTests {
    @Test func aStartWhoseAnswerIsLostIsAskedForAndNotSentAgain() async throws {
        let machine = FakeMachine { request in .init(start: request.key.task == "t1" ? .loseAnswer : .run) }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive(.samples(4, retry: .atOnce(5)))
            #expect(end.status == .completed)
            #expect(run["t1"]?.attempts.count == 1)
            #expect(machine.starts.all.count == 4)
        }
    }

    @Test func aStartThatNeverArrivedIsGivenUpBeforeTheNextOne() async throws {
        let machine = FakeMachine { request in .init(start: request.key.attempt == 1 ? .loseRequest : .run) }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive([.sample("a", retry: .atOnce(3, on: [.transport]))])
            #expect(end.status == .completed)
            #expect(run["a"]?.attempts.map(\.failure?.class) == [.transport, nil])
            let calls = machine.calls.all.compactMap { call -> String? in
                switch call {
                case .start(let key): "start \(key.attempt)"
                case .claim(let key): "claim \(key.attempt)"
                default: nil
                }
            }
            #expect(calls == ["start 1", "claim 1", "start 2"])
        }
    }

    @Test func aPolicyWithoutTheClassTriesNothingAgain() async throws {
        let machine = FakeMachine { _ in .init(start: .loseRequest) }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive([.sample("a", retry: .atOnce(3, on: [.task]))])
            #expect(end.status == .failed)
            #expect(run["a"]?.failure?.class == .transport)
            #expect(machine.starts.all.count == 1)
        }
    }

    @Test func aStartThatArrivesJustBeforeItIsGivenUpGoesOn() async throws {
        let machine = FakeMachine { _ in .init(start: .arriveAtClaim) }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive([.sample("a", retry: .atOnce(3))])
            #expect(end.status == .completed)
            #expect(run["a"]?.attempts.map(\.outcome) == [.passed])
        }
    }

    @Test func whatCannotBeGivenUpYetIsNotTriedAgain() async throws {
        let machine = FakeMachine { request in .init(start: request.key.attempt == 1 ? .loseRequest : .run) }
        try await Site.with(machine) { site in
            var site = site
            let inner = site.context.makeHost
            site.context.makeHost = { configuration, loop, onNotice in
                UnwillingHost(inner(configuration, loop, onNotice), refusals: 2)
            }
            let (end, _, _) = try await site.drive([.sample("a", retry: .atOnce(3))])
            #expect(end.status == .completed)
            let calls = machine.calls.all.compactMap { call -> String? in
                switch call {
                case .start(let key): "start \(key.attempt)"
                case .claim(let key): "claim \(key.attempt)"
                default: nil
                }
            }
            #expect(calls == ["start 1", "claim 1", "start 2"])
        }
    }

    @Test func aLostChannelHarmsNoAttempt() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(2, retry: .atOnce(5))))
            await driving.waitForRunning(2)
            machine.disconnect()
            await machine.calls.wait { if case .status(let keys) = $0 { keys.count == 2 } else { false } }
            machine.finish("t0")
            machine.finish("t1")
            #expect(try await driving.end.status == .completed)
            #expect(machine.starts.all.count == 2)
        }
    }

    @Test func whatEndedWhileTheChannelWasLostIsLearntByAsking() async throws {
        let machine = FakeMachine { _ in .init(exit: nil, pushes: 0) }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            machine.finish("t0")
            machine.disconnect()
            #expect(try await driving.end.status == .completed)
        }
    }

    @Test func aHostThatCannotBeSetUpIsNoEndOfWhatRunsOnIt() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            machine.fail(with: HostError(.configuration, "the supervisor is gone"))
            machine.disconnect()
            await machine.calls.wait { if case .status = $0 { true } else { false } }
            machine.fail(with: nil)
            machine.finish("t0")
            #expect(try await driving.end.status == .completed)
        }
    }

    @Test func silenceBeyondLostAfterGivesAnAttemptUpAndEndsItBeforeTheNext() async throws {
        let machine = FakeMachine { request in request.key.attempt == 1 ? .endless : .init() }
        try await Site.with(machine) { site in
            let tasks: [TaskSpec] = [.sample("a", retry: .atOnce(3, on: [.lost]))]
            let driving = site.begin(try await site.create(tasks, lostAfter: 0.05))
            await driving.waitForRunning()
            machine.fail(with: FakeMachine.lost)
            machine.disconnect()
            await driving.records.wait { $0.event.type == "attempt_finished" }
            #expect(machine.runningCount == 1)
            machine.fail(with: nil)
            _ = try await driving.end
            let run = try site.state(of: driving.run)
            #expect(run["a"]?.attempts.first?.failure?.class == .lost)
            #expect(run["a"]?.status == .passed)
            #expect(machine.runningCount == 0)
            #expect(machine.calls.all.contains(.end(machine.starts.all[0].key, .stop)))
        }
    }

    @Test func anEndThatWasSeenButNotCollectedIsCollectedLater() async throws {
        var entry = ArtifactEntry()
        entry.path = "report.xml"
        entry.pattern = 1
        entry.bytes = 5
        entry.digest = "ab"
        var left = CollectReply()
        left.entries = [entry]
        let machine = FakeMachine { [left] _ in .init(exit: nil, artifacts: left) }
        try await Site.with(machine) { site in
            var task = TaskSpec.sample("a")
            task.expectedArtifacts = [ExpectedArtifact(kind: "junit", path: "*.xml")]
            let driving = site.begin(try await site.create([task]))
            await driving.waitForRunning()
            machine.fail(with: FakeMachine.lost)
            machine.finish("a")
            await machine.calls.wait { if case .collect = $0 { true } else { false } }
            machine.fail(with: nil)
            #expect(try await driving.end.status == .completed)
            let attempt = try #require(try site.state(of: driving.run)["a"]?.attempts.first)
            #expect(
                attempt.artifacts == [
                    ArtifactRecord(
                        kind: "junit",
                        path: ".codewhale/fleet/\(driving.run)/artifacts/a.1/report.xml",
                        bytes: 5,
                        sha256: "ab"
                    )
                ]
            )
        }
    }

    @Test func anAttemptThatTheHostHasForgottenIsLost() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            for key in machine.keys { machine.forget(key) }
            machine.disconnect()
            #expect(try await driving.end.status == .failed)
            #expect(try site.state(of: driving.run)["t0"]?.failure?.class == .lost)
        }
    }
}
