import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import TestSupport
import Testing

@testable import FleetManager

/// Random runs on a machine that goes wrong in every way, whose managers die at random moments.
@Suite(.timeLimit(.minutes(2))) struct ManagerHistoryTests {
    /// A seed of its own for every run of the tests; it is printed where one fails.
    static let seeds: [UInt64] = {
        var generator = SystemRandomNumberGenerator()
        return (0..<12).map { _ in generator.next() }
    }()

    @Test(arguments: seeds) func everyTaskEndsAndNothingRunsTwice(_ seed: UInt64) async throws {
        let machine = FakeMachine { Self.behaviour(of: $0.key, seed: seed) }
        try await Site.with(machine) { site in
            var generator = SeededGenerator(seed: seed)
            let tasks = Self.tasks(using: &generator)
            let workers: [WorkerSpec] = [.sample("a", slots: 2), .sample("b", capabilities: ["x"])]
            var manager = try await site.create(tasks, workers: workers)
            let run = manager.runID
            var deaths = Int.random(in: 0...4, using: &generator)
            while true {
                let driving = site.begin(manager)
                guard deaths > 0 else {
                    _ = try await driving.end
                    break
                }
                deaths -= 1
                let count = Int.random(in: 1...12, using: &generator)
                await driving.records.waitForAll {
                    $0.count >= count || $0.contains { $0.event.type == "run_finished" }
                }
                await driving.die()
                guard try site.state(of: run).status == nil else { break }
                if Bool.random(using: &generator) { try await site.operations.refresh() }
                guard
                    let next = try await RunManager.takeOver(run, purpose: .drive, context: site.context, orEnded: true)
                else { break }
                manager = next
            }
            try Self.check(site, run)
        }
    }

    private static func tasks(using generator: inout SeededGenerator) -> [TaskSpec] {
        (0..<14)
            .map { place in
                let after = (0..<place).filter { _ in Int.random(in: 0..<12, using: &generator) == 0 }
                return .sample(
                    "t\(place)",
                    priority: Int.random(in: 0...1, using: &generator),
                    requires: Int.random(in: 0..<5, using: &generator) == 0 ? ["x"] : [],
                    after: after.map { "t\($0)" },
                    retry: .atOnce(Int.random(in: 1...4, using: &generator))
                )
            }
    }

    /// What becomes of an attempt: the same for the same seed.
    private static func behaviour(of key: AttemptKey, seed: UInt64) -> FakeMachine.Behaviour {
        let number = UInt64(key.task.dropFirst()) ?? 0
        var generator = SeededGenerator(seed: seed &+ number &* 1_000 &+ UInt64(key.attempt))
        let starts: [FakeMachine.Behaviour.Start] = [
            .run, .run, .run, .run, .runToItsEnd, .loseAnswer, .loseRequest, .arriveAtClaim,
            .refuse(HostError(.environment, "no")),
        ]
        let exits: [AttemptExit] = [.code(0), .code(0), .code(0), .code(1), .signal(9)]
        return FakeMachine.Behaviour(
            start: starts.randomElement(using: &generator) ?? .run,
            exit: exits.randomElement(using: &generator),
            pushes: Int.random(in: 0...2, using: &generator),
            isPolled: true
        )
    }

    private static func check(_ site: Site, _ run: RunID) throws {
        let state = try site.state(of: run)
        #expect(state.status != nil)
        #expect(state.tasks.allSatisfy { $0.status.isTerminal })
        #expect(site.machine.peak("a") <= 2 && site.machine.peak("b") <= 1)
        let sent = site.machine.calls.all.compactMap { call in
            if case .start(let key) = call { key } else { nil }
        }
        #expect(Set(sent).count == sent.count, "a start was sent twice")
        let leases = try site.events(of: run)
            .compactMap { event in
                if case .taskLeased(let lease) = event { AttemptKey(lease) } else { nil }
            }
        #expect(Set(leases).count == leases.count)
        #expect(Set(sent).isSubset(of: leases), "a start was sent without a lease")
        #expect(site.machine.keys.isEmpty, "records were left on the host")
    }
}
