import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Foundation
import Testing

@testable import FleetManager

/// The hosts know attempts that the ledger does not.
@Suite(.timeLimit(.minutes(1))) struct LostRecordTests {
    /// Takes the lines of a type out of the ledger.
    private static func lose(_ type: String, in site: Site) throws {
        let path = site.workspace.ledger
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let kept = lines.filter { !$0.contains("\"\(type)\"") }.map { $0 + "\n" }.joined()
        try Data(kept.utf8).write(to: URL(fileURLWithPath: path))
    }

    private static func calls(_ machine: FakeMachine) -> [String] {
        machine.calls.all.compactMap { call in
            switch call {
            case .start(let key): "start \(key.attempt)"
            case .claim(let key): "claim \(key.attempt)"
            case .end(let key, _): "end \(key.attempt)"
            default: nil
            }
        }
    }

    @Test func whatRunsAndIsNotInTheLedgerIsEndedBeforeItsTaskIsLeasedAgain() async throws {
        let machine = FakeMachine { request in request.key.attempt == 1 ? .endless : .init() }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            await driving.die()
            try Self.lose("task_leased", in: site)
            let next = try await RunManager.takeOver(driving.run, purpose: .drive, context: site.context)
            #expect(try await site.begin(#require(next)).end.status == .completed)
            #expect(try site.state(of: driving.run)["t0"]?.attempts.map(\.number) == [2])
            #expect(Self.calls(machine) == ["start 1", "end 1", "start 2"])
            #expect(machine.keys.isEmpty)
        }
    }

    @Test func aNumberThatWasUsedIsNoTryAndTheNextIsAboveIt() async throws {
        let machine = FakeMachine { request in
            guard request.key.attempt < 8 else { return .init() }
            var error = HostError(.refused, "fake: it was given up")
            error.usedNumber = 7
            return .init(start: .refuse(error))
        }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive(.samples(1))
            #expect(end.status == .completed)
            #expect(run["t0"]?.attempts.map(\.number) == [1, 8])
            #expect(run["t0"]?.attempts.map(\.failure?.class) == [.lost, nil])
            #expect(run["t0"]?.tries == 1)
        }
    }

    @Test(
        "a host that refuses every number, and lies of those that were used, gets an end",
        arguments: [nil, UInt32.max]
    )
    func endless(_ used: UInt32?) async throws {
        let machine = FakeMachine { _ in
            var error = HostError(.conflict, "fake: it is another's")
            error.usedNumber = used
            return .init(start: .refuse(error))
        }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive([.sample("t0", retry: .atOnce(2))])
            #expect(end.status == .failed)
            #expect(run["t0"]?.failure?.class == .lost)
            #expect(run["t0"]?.attempts.count == 10 && run["t0"]?.tries == 2)
        }
    }
}
